"""The JSON of members, their ledger, rewards and the programme."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.catalog.prices import DAYS
from pos.customers.schemas import phone
from pos.http.schemas import Amount, Body, Flag, Instant, Page, Pattern, Text, Whole, nullable
from pos.loyalty.models import ENTRY_TYPES, MEMBER_SOURCES, REWARD_TYPES
from pos.loyalty.rules import MAX_POINTS

_TIME = Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", error="Write a time of day as 16:00.")
_MULTIPLIER = Pattern(
    r"^([1-9]|[1-9][0-9])(\.[0-9]{1,2})?$", error='Write a factor from "1" to "99.99" in quotes, e.g. "1.25".'
)
_LEVEL = Pattern(r"^[a-z][a-z0-9_-]{0,29}$", error="Name a level with a short lower-case word, e.g. silver.")
_MOST_RULES = 200


def points(**options: Any) -> Whole:
    """Whole points, to a thousand million."""
    return Whole(most=MAX_POINTS, **options)


class SpendRule(Body):
    """So many points for each whole `per` of what the goods cost, before tax and without the tip."""

    points = points(least=1, required=True)
    per = Amount(least=1, required=True, metadata={"description": "minor units: 100 is a dollar"})
    excluded_categories = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(0, _MOST_RULES),
        metadata={"description": "with all in them"},
    )


class VisitRule(Body):
    points = points(least=1, required=True)
    minimum = Amount(load_default=0, metadata={"description": "what the goods must cost, before tax (minor units)"})


class ProductRule(Body):
    product_id = fields.UUID(required=True)
    points = points(least=1, required=True, metadata={"description": "for each piece"})


class CategoryRule(Body):
    category_id = fields.UUID(required=True)
    points = points(
        least=1, required=True, metadata={"description": "for each piece in it, or in a category within it"}
    )


class AccrualRules(Body):
    """Where points come from; what applies is added up."""

    spend = fields.Nested(SpendRule, allow_none=True, load_default=None)
    visit = fields.Nested(VisitRule, allow_none=True, load_default=None)
    products = fields.List(fields.Nested(ProductRule), load_default=list, validate=validate.Length(0, _MOST_RULES))
    categories = fields.List(fields.Nested(CategoryRule), load_default=list, validate=validate.Length(0, _MOST_RULES))

    @validates_schema
    def _once_each(self, accrual: dict[str, Any], **_: Any) -> None:
        for name, key in (("products", "product_id"), ("categories", "category_id")):
            named = [each[key] for each in accrual.get(name, ())]
            if len(named) != len(set(named)):
                raise ValidationError("Name each once.", name)


class LevelRule(Body):
    name = fields.String(required=True, validate=_LEVEL)
    points = points(required=True, metadata={"description": "reached with so many"})
    multiplier = fields.String(required=True, validate=_MULTIPLIER)


class PromotionRule(Body):
    """More points on some days between two times of the location; it may pass midnight."""

    name = Text(least=1, most=60, required=True)
    days = fields.List(fields.String(validate=validate.OneOf(DAYS)), required=True, validate=validate.Length(1, 7))
    starts = fields.String(required=True, validate=_TIME)
    ends = fields.String(required=True, validate=_TIME)
    multiplier = fields.String(required=True, validate=_MULTIPLIER)
    limit_per_day = points(
        least=1, allow_none=True, load_default=None, metadata={"description": "what it may bring one member on one day"}
    )
    from_on = fields.Date(allow_none=True, load_default=None)
    until_on = fields.Date(allow_none=True, load_default=None)

    @validates_schema
    def _in_order(self, promotion: dict[str, Any], **_: Any) -> None:
        if promotion.get("starts") == promotion.get("ends"):
            raise ValidationError("It starts when it ends.", "ends")
        since, until = promotion.get("from_on"), promotion.get("until_on")
        if since and until and until < since:
            raise ValidationError("It ends before it starts.", "until_on")


class RulesIn(Body):
    """The whole programme; what is left out is off, or as a store has it that never set any."""

    accrual = fields.Nested(AccrualRules, required=True)
    levels_by = fields.String(
        load_default="year",
        validate=validate.OneOf(("year", "lifetime")),
        metadata={"description": "points of the last twelve months, or all ever earned"},
    )
    levels = fields.List(fields.Nested(LevelRule), required=True, validate=validate.Length(1, 20))
    promotions = fields.List(fields.Nested(PromotionRule), load_default=list, validate=validate.Length(0, 50))
    expiry_months = Whole(
        least=1, most=120, allow_none=True, load_default=12, metadata={"description": "to the month's end; null: never"}
    )
    shortfall = fields.String(
        load_default="debt",
        validate=validate.OneOf(("debt", "forgive")),
        metadata={"description": "when a refund takes back more points than there are: they are owed, or forgiven"},
    )
    birthday_points = points(load_default=0)
    joining_days = Whole(
        most=366, load_default=30, metadata={"description": "who joins gets points for orders of so many days before"}
    )

    @validates_schema
    def _levels_rise(self, rules: dict[str, Any], **_: Any) -> None:
        levels = rules.get("levels", ())
        steps, names = [level["points"] for level in levels], [level["name"] for level in levels]
        if not steps or steps[0] != 0 or steps != sorted(set(steps)):
            raise ValidationError("The first level begins with 0 points, and each one after it with more.", "levels")
        if len(names) != len(set(names)):
            raise ValidationError("Give each level another name.", "levels")


class ProgramIn(Body):
    rules = fields.Nested(RulesIn, required=True)


class ProgramOut(Body):
    version = fields.Integer(required=True, metadata={"description": "0: the built-in rules, as long as none were set"})
    rules = fields.Nested(RulesIn, required=True)
    since = Instant(required=True, allow_none=True)


class MemberBriefly(Body):
    id = fields.UUID(required=True)
    tappass_id = fields.String(required=True)
    level = fields.String(required=True)
    balance = fields.Integer(required=True)


class NextLevel(Body):
    name = fields.String(required=True)
    points_needed = fields.Integer(required=True)


class NextExpiry(Body):
    points = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(required=True)


class MemberOut(MemberBriefly):
    customer_id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    debt = fields.Integer(required=True, metadata={"description": "owed: the next points repay it"})
    lifetime_points = fields.Integer(required=True)
    level_points = fields.Integer(required=True, metadata={"description": "those that count for the level"})
    next_level = nullable(NextLevel)
    next_expiry = nullable(NextExpiry)
    joined_at = fields.AwareDateTime(required=True)
    source = fields.String(required=True, validate=validate.OneOf(MEMBER_SOURCES))


class MemberNew(Body):
    phone = phone()
    customer_id = fields.UUID()
    name = Text(most=200, allow_none=True)

    @validates_schema
    def _one_of_both(self, member: dict[str, Any], **_: Any) -> None:
        if ("phone" in member) == ("customer_id" in member):
            raise ValidationError("Send either the customer's phone or customer_id.", "phone")


class LineOrder(Body):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)


class LedgerLine(Body):
    """One act: an accumulation, a redemption, what a refund took back."""

    id = fields.UUID(required=True)
    type = fields.String(required=True, validate=validate.OneOf(ENTRY_TYPES))
    points = fields.Integer(required=True)
    text = fields.String(required=True, metadata={"description": "in words that can be read out"})
    order = nullable(LineOrder)
    actor = fields.String(required=True)
    occurred_at = fields.AwareDateTime(required=True)


class LedgerPage(Body):
    data = fields.List(fields.Nested(LedgerLine), required=True)
    next = fields.String(required=True, allow_none=True)


class AdjustmentIn(Body):
    points = Whole(
        least=-MAX_POINTS, most=MAX_POINTS, required=True, metadata={"description": "more, or below zero fewer"}
    )
    reason = Text(least=1, most=500, required=True)

    @validates_schema
    def _moves_something(self, adjustment: dict[str, Any], **_: Any) -> None:
        if adjustment.get("points") == 0:
            raise ValidationError("Send more or fewer than 0 points.", "points")


class RewardChange(Body):
    name = Text(least=1, most=100)
    points = points(least=1)
    is_active = Flag()


class RewardNew(RewardChange):
    name = Text(least=1, most=100, required=True)
    points = points(least=1, required=True)
    discount_type = fields.String(required=True, validate=validate.OneOf(REWARD_TYPES))
    amount = Amount(
        least=1, metadata={"description": "whole percent (1 to 100), or minor units, as discount_type says"}
    )
    product_id = fields.UUID(
        metadata={"description": "of discount_type product: one piece of it is free, without its modifiers"}
    )

    @validates_schema
    def _fits(self, reward: dict[str, Any], **_: Any) -> None:
        is_product = reward.get("discount_type") == "product"
        if is_product != ("product_id" in reward) or is_product == ("amount" in reward):
            raise ValidationError(
                "Send product_id for discount_type product, and amount for the others.", "discount_type"
            )
        if reward.get("discount_type") == "percent" and reward["amount"] > 100:
            raise ValidationError("At most 100 percent can be taken off.", "amount")


class RewardOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    points = fields.Integer(required=True)
    discount_type = fields.String(required=True, validate=validate.OneOf(REWARD_TYPES))
    amount = fields.Integer(required=True, allow_none=True)
    product_id = fields.UUID(required=True, allow_none=True)
    is_active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RewardList(Body):
    data = fields.List(fields.Nested(RewardOut), required=True)
    next = fields.String(required=True, allow_none=True)


class RewardPage(Page):
    is_active = fields.Boolean()


def as_kept(rules: dict[str, Any]) -> dict[str, Any]:
    """Rules as they are kept: what JSON has no type for as text."""
    kept: dict[str, Any] = RulesIn().dump(rules)
    return kept
