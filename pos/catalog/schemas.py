"""The JSON of categories and products."""

from marshmallow import fields, validate

from pos.catalog.models import KINDS, STATUSES
from pos.http.schemas import Amount, Body, Flag, Page, Pattern, Text, Whole

MAX_STOCK = 10**9
_SKU = Pattern(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", error="Use letters, digits, dots, dashes; 64 at most.")
_URL = Pattern(r"^https?://[^\s]{1,500}$", error="Write a whole address: https://…")


class CategoryChange(Body):
    name = Text(least=1, most=100)
    parent_id = fields.UUID(allow_none=True)


class CategoryNew(CategoryChange):
    name = Text(least=1, most=100, required=True)


class CategoryOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    product_count = fields.Integer(required=True)
    version = fields.Integer(required=True)


class CategoryList(Body):
    data = fields.List(fields.Nested(CategoryOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ProductChange(Body):
    name = Text(least=1, most=200)
    sku = fields.String(validate=_SKU)
    kind = fields.String(validate=validate.OneOf(KINDS))
    category_id = fields.UUID(allow_none=True)
    price = Amount()
    tax_class = Text(least=1, most=30)
    needs_preparation = Flag()
    stock_quantity = Whole(least=0, most=MAX_STOCK, allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES))
    image_url = fields.String(validate=_URL, allow_none=True)


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
    price = fields.Integer(required=True)
    tax_class = fields.String(required=True)
    needs_preparation = fields.Boolean(required=True)
    stock_quantity = fields.Integer(required=True, allow_none=True)
    stock_status = fields.String(required=True)
    status = fields.String(required=True)
    image_url = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ProductList(Body):
    data = fields.List(fields.Nested(ProductOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ProductPage(Page):
    kind = fields.String(validate=validate.OneOf(KINDS))
    category_id = fields.UUID()
    status = fields.String(validate=validate.OneOf(STATUSES))
    sku = fields.String(validate=validate.Length(1, 64))
