"""The JSON of categories and products."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.catalog.models import DISCOUNT_TYPES, KINDS, STATUSES
from pos.catalog.prices import DAYS, MAX_MODIFIERS
from pos.http.schemas import Amount, Body, Flag, Instant, Page, Pattern, Text, Whole

MAX_STOCK = 10**9
MAX_SHEET = 2 * 1024 * 1024
_SKU = Pattern(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", error="Use letters, digits, dots, dashes; 64 at most.")
_CODE = Pattern(r"^\s*[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$", error="Use letters, digits, dots, dashes; 40 at most.")
_TIME = Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", error="Write a time of day as 16:00.")
_URL = Pattern(r"^https?://[^\s]{1,500}$", error="Write a whole address: https://…")


class CategoryChange(Body):
    name = Text(least=1, most=100)
    parent_id = fields.UUID(allow_none=True)
    station_id = fields.UUID(
        allow_none=True, metadata={"description": "where it is made; null: where what is around it is made"}
    )


class CategoryNew(CategoryChange):
    name = Text(least=1, most=100, required=True)


class CategoryOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    station_id = fields.UUID(required=True, allow_none=True)
    product_count = fields.Integer(required=True)
    version = fields.Integer(required=True)


class CategoryList(Body):
    data = fields.List(fields.Nested(CategoryOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ChoiceIn(Body):
    name = Text(least=1, most=60, required=True)
    price = Amount(load_default=0)


class ModifierGroupIn(Body):
    """Of its choices, from `min` to `max` are taken; one choice may be taken more than once."""

    name = Text(least=1, most=60, required=True)
    min = Whole(most=20, load_default=0)
    max = Whole(least=1, most=20, load_default=1)
    choices = fields.List(fields.Nested(ChoiceIn), required=True, validate=validate.Length(1, 50))

    @validates_schema
    def _bounds(self, group: dict[str, Any], **_: Any) -> None:
        if group.get("min", 0) > group.get("max", 1):
            raise ValidationError("min is above max.", "min")


class PriceRuleIn(Body):
    """Another price on some days between two times of the location; it may pass midnight."""

    name = Text(least=1, most=60, required=True)
    days = fields.List(fields.String(validate=validate.OneOf(DAYS)), required=True, validate=validate.Length(1, 7))
    starts = fields.String(required=True, validate=_TIME)
    ends = fields.String(required=True, validate=_TIME)
    price = Amount()
    percent = Whole(least=1, most=100)

    @validates_schema
    def _one_of_both(self, rule: dict[str, Any], **_: Any) -> None:
        if ("price" in rule) == ("percent" in rule):
            raise ValidationError("Send either price or percent.")
        if rule.get("starts") == rule.get("ends"):
            raise ValidationError("It starts when it ends.", "ends")


class ProductChange(Body):
    name = Text(least=1, most=200)
    sku = fields.String(validate=_SKU)
    kind = fields.String(validate=validate.OneOf(KINDS))
    category_id = fields.UUID(allow_none=True)
    station_id = fields.UUID(
        allow_none=True, metadata={"description": "where it is made; null: where its category is made"}
    )
    price = Amount()
    sale_price = Amount(allow_none=True)
    is_open_price = Flag()
    modifiers = fields.List(fields.Nested(ModifierGroupIn), validate=validate.Length(0, 20))
    price_rules = fields.List(fields.Nested(PriceRuleIn), validate=validate.Length(0, 20))
    tax_class = Text(least=1, most=30)
    needs_preparation = Flag()
    stock_quantity = Whole(least=0, most=MAX_STOCK, allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES))
    image_url = fields.String(validate=_URL, allow_none=True)

    @validates_schema
    def _choices_are_told_apart(self, product: dict[str, Any], **_: Any) -> None:
        names = [choice["name"] for group in product.get("modifiers", ()) for choice in group["choices"]]
        if len(names) != len(set(names)):
            raise ValidationError("A choice is named by its name alone; give each one another.", "modifiers")

    @validates_schema
    def _can_be_had(self, product: dict[str, Any], **_: Any) -> None:
        if sum(group["min"] for group in product.get("modifiers", ())) > MAX_MODIFIERS:
            raise ValidationError(f"An item takes {MAX_MODIFIERS} choices at most; ask for fewer.", "modifiers")


class ProductNew(ProductChange):
    name = Text(least=1, most=200, required=True)
    sku = fields.String(validate=_SKU, required=True)
    kind = fields.String(validate=validate.OneOf(KINDS), required=True)
    price = Amount(required=True)
    tax_class = Text(least=1, most=30, required=True)


class ProductOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    sku = fields.String(required=True)
    kind = fields.String(required=True)
    category_id = fields.UUID(required=True, allow_none=True)
    station_id = fields.UUID(required=True, allow_none=True)
    price = fields.Integer(required=True)
    regular_price = fields.Integer(
        required=True, metadata={"description": "what it costs when no sale price holds: the same as `price`"}
    )
    sale_price = fields.Integer(required=True, allow_none=True)
    is_open_price = fields.Boolean(required=True)
    modifiers = fields.List(fields.Dict(), required=True)
    price_rules = fields.List(fields.Dict(), required=True)
    tax_class = fields.String(required=True)
    needs_preparation = fields.Boolean(required=True)
    stock_quantity = fields.Integer(required=True, allow_none=True)
    stock_status = fields.String(required=True)
    status = fields.String(required=True)
    image_url = fields.String(required=True, allow_none=True)
    wc_product_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "the web shop's number of it"}
    )
    is_of_web_shop = fields.Boolean(
        required=True, metadata={"description": "it came from the web shop, and follows it in name, price and status"}
    )
    version = fields.Integer(required=True)


class ProductList(Body):
    data = fields.List(fields.Nested(ProductOut), required=True)
    catalog_version = fields.String(
        required=True, metadata={"description": "grows with each edit; an offline sale says by which it sold"}
    )
    next = fields.String(required=True, allow_none=True)


class ProductPage(Page):
    kind = fields.String(validate=validate.OneOf(KINDS))
    category_id = fields.UUID()
    status = fields.String(validate=validate.OneOf(STATUSES))
    sku = fields.String(validate=validate.Length(1, 64))


class SheetIn(Body):
    csv = fields.String(
        required=True,
        validate=validate.Length(1, MAX_SHEET),
        metadata={"description": "The sheet with its head; columns that it leaves out stay as they are."},
    )
    dry_run = Flag(load_default=True)
    digest = fields.String(
        validate=validate.Length(1, 100),
        allow_none=True,
        metadata={"description": "The preview's; needed to carry it out."},
    )


class CellChange(Body):
    column = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)


class SheetLine(Body):
    line = fields.Integer(required=True, metadata={"description": "as a spreadsheet counts; the head is line 1"})
    sku = fields.String(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(("created", "changed", "unchanged")))
    changes = fields.List(fields.Nested(CellChange), required=True)


class SheetFault(Body):
    line = fields.Integer(required=True)
    column = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True)


class SheetOut(Body):
    """What a sheet has done, or would do."""

    is_carried_out = fields.Boolean(required=True)
    digest = fields.String(required=True)
    created = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    new_categories = fields.List(fields.String(), required=True)
    lines = fields.List(fields.Nested(SheetLine), required=True)
    errors = fields.List(fields.Nested(SheetFault), required=True)


class CouponChange(Body):
    starts_at = Instant(allow_none=True)
    ends_at = Instant(allow_none=True)
    usage_limit = Whole(least=1, most=10**9, allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES))


class CouponNew(CouponChange):
    code = fields.String(validate=_CODE, required=True)
    discount_type = fields.String(validate=validate.OneOf(DISCOUNT_TYPES), required=True)
    amount = Amount(
        least=1,
        required=True,
        metadata={"description": "whole percent (1 to 100), or minor units, as discount_type says"},
    )

    @validates_schema
    def _at_most_all(self, coupon: dict[str, Any], **_: Any) -> None:
        if coupon.get("discount_type") == "percent" and coupon.get("amount", 0) > 100:
            raise ValidationError("At most 100 percent can be taken off.", "amount")


class CouponOut(Body):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    discount_type = fields.String(required=True)
    amount = fields.Integer(required=True)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    usage_limit = fields.Integer(required=True, allow_none=True)
    usage_count = fields.Integer(required=True)
    status = fields.String(required=True)
    version = fields.Integer(required=True)


class CouponList(Body):
    data = fields.List(fields.Nested(CouponOut), required=True)
    next = fields.String(required=True, allow_none=True)


class CouponPage(Page):
    code = fields.String(validate=validate.Length(1, 40))
    status = fields.String(validate=validate.OneOf(STATUSES))
