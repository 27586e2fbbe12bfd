"""The JSON of spending points, and of what a basket would bring."""

from marshmallow import fields, validate

from pos.checkout.schemas import MAX_LINES, DiscountIn, ItemIn, rewards_in
from pos.customers.schemas import phone
from pos.http.schemas import Amount, Body, Page, Text, nullable
from pos.loyalty.schemas import MemberBriefly


class RedemptionIn(Body):
    reward_id = fields.UUID(required=True)
    order_id = fields.UUID(metadata={"description": "an open order of the member; without it a code is made"})


class RedeemedReward(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class CodeOut(Body):
    code = fields.String(required=True, metadata={"description": "to be sent as the coupon of an order"})
    expires_at = fields.AwareDateTime(required=True)


class RedemptionOut(Body):
    """Points spent on a reward. Of `points`, `returned_points` went back."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    reward = nullable(RedeemedReward)
    points = fields.Integer(required=True)
    returned_points = fields.Integer(required=True)
    order_id = fields.UUID(required=True, allow_none=True)
    coupon = nullable(CodeOut)
    balance = fields.Integer(required=True, metadata={"description": "the member's points now"})


class QuoteIn(Body):
    phone = phone()
    items = fields.List(fields.Nested(ItemIn), required=True, validate=validate.Length(1, MAX_LINES))
    tip = Amount()
    location_id = fields.UUID()
    coupon = Text(least=1, most=40)
    rewards = rewards_in()
    discount = fields.Nested(
        DiscountIn,
        metadata={"description": "of the whole order, by hand; to ask needs nobody's approval, to sell does"},
    )


class QuotedReward(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    points = fields.Integer(required=True)
    is_enough = fields.Boolean(required=True, metadata={"description": "whether the member has the points"})


class QuoteOut(Body):
    """`points` are what the customer would get as a member, who is null for others."""

    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    tax = fields.Integer(required=True)
    total = fields.Integer(required=True)
    points = fields.Integer(required=True)
    base_points = fields.Integer(required=True, metadata={"description": "before the level's and a promotion's factor"})
    bonus_points = fields.Integer(required=True, metadata={"description": "of them by a promotion"})
    member = nullable(MemberBriefly)
    rewards = fields.List(fields.Nested(QuotedReward), required=True)


class OpportunityPage(Page):
    by = fields.String(
        load_default="points",
        validate=validate.OneOf(("points", "visits", "spend")),
        metadata={"description": "what the best have most of; among equals visits decide, then spend"},
    )


class Opportunity(Body):
    customer_id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True)
    visits = fields.Integer(required=True, metadata={"description": "orders that were not canceled"})
    spent = fields.Integer(required=True, metadata={"description": "paid and not given back, in minor units"})
    last_order_at = fields.AwareDateTime(required=True, allow_none=True)
    points = fields.Integer(required=True, metadata={"description": "what they would hold if they joined now"})


class OpportunityList(Body):
    data = fields.List(fields.Nested(Opportunity), required=True)
    next = fields.String(required=True, allow_none=True)


class RehearsalOf(Body):
    days = fields.Integer(
        load_default=30,
        validate=validate.Range(1, 366),
        metadata={"description": "orders placed since so many days ago, by the store's clock"},
    )


class RehearsedSide(Body):
    """What the members looked at would have had. `missed` are points of rewards that would have been out of reach."""

    earned = fields.Integer(required=True)
    expired = fields.Integer(required=True)
    redeemed = fields.Integer(required=True)
    missed = fields.Integer(required=True)
    liability = fields.Integer(required=True, metadata={"description": "points held in the end"})
    liability_amount = fields.Integer(required=True, allow_none=True)


class RehearsedInForce(RehearsedSide):
    version = fields.Integer(required=True)


class RehearsedChange(Body):
    tappass_id = fields.String(required=True)
    points = fields.Integer(required=True)


class BestReward(Body):
    name = fields.String(required=True)
    amount_per_1000_points = fields.Integer(required=True)


class RehearsalOut(Body):
    """Both programmes over the same orders. With fewer `members` than `of_members` it is a sample of them, drawn by lot."""

    since = fields.Date(required=True)
    orders = fields.Integer(required=True)
    members = fields.Integer(required=True)
    of_members = fields.Integer(required=True)
    in_force = fields.Nested(RehearsedInForce, required=True)
    proposed = fields.Nested(RehearsedSide, required=True)
    helped = fields.Integer(required=True)
    hurt = fields.Integer(required=True)
    same = fields.Integer(required=True)
    gains = fields.List(fields.Nested(RehearsedChange), required=True)
    losses = fields.List(fields.Nested(RehearsedChange), required=True)
    best_reward = nullable(BestReward)
