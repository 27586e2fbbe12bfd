"""The JSON of orders at the counter."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.catalog.prices import MAX_MODIFIERS
from pos.checkout.selection import OF_SOURCE, SEARCHED_DAYS
from pos.customers.schemas import phone
from pos.http.schemas import Amount, Body, Flag, Instant, Page, Text, Whole, nullable
from pos.loyalty.schemas import MemberBriefly
from pos.orders.lifecycle import FULFILLMENT_STATUSES, PAYMENT_STATUSES, STATUSES
from pos.orders.models import DISCOUNT_KINDS, ORDER_KINDS, SOURCES
from pos.payments.lifecycle import LINK_STATUSES
from pos.payments.lifecycle import STATUSES as STATUSES_OF_MONEY
from pos.payments.models import COUNTER_METHODS, DISPUTE_STATUSES, REFUND_SOURCES

MAX_LINES = 200
MAX_QUANTITY = 10_000
MAX_REWARDS = 20


def rewards_in(**options: Any) -> fields.List:
    """Ids of rewards; one may be named more than once."""
    return fields.List(fields.UUID(), validate=validate.Length(0, MAX_REWARDS), **options)


class DiscountIn(Body):
    """Whole percent or minor units, or all of it as a comp; always with the reason."""

    percent = Whole(least=1, most=100)
    amount = Amount(least=1)
    comp = Flag()
    reason = Text(least=1, most=500, required=True)

    @validates_schema
    def _one_way(self, discount: dict[str, Any], **_: Any) -> None:
        ways = [name for name in ("percent", "amount", "comp") if discount.get(name)]
        if len(ways) != 1:
            raise ValidationError("Send one of percent, amount and comp: true.")


class ItemIn(Body):
    product_id = fields.UUID()
    sku = Text(least=1, most=64)
    quantity = Whole(least=1, most=MAX_QUANTITY, required=True)
    modifiers = fields.List(Text(least=1, most=60), validate=validate.Length(0, MAX_MODIFIERS))
    unit_price = Amount(
        metadata={"description": "modifiers included; of a product with an open price, and of an offline sale"}
    )
    name = Text(least=1, most=200, metadata={"description": "of an offline sale: what the tablet called it"})
    discount = fields.Nested(DiscountIn)
    note = Text(most=500, allow_none=True)

    @validates_schema
    def _one_key(self, item: dict[str, Any], **_: Any) -> None:
        if ("sku" in item) == ("product_id" in item):
            raise ValidationError("Send either sku or product_id.")


class TenderIn(Body):
    method = fields.String(required=True, validate=validate.OneOf(COUNTER_METHODS))
    amount = Amount(least=1)
    tendered = Amount()


def sent_at(header: str | None) -> datetime | None:
    """The tablet's clock when it sent the request, by its X-Sent-At; nonsense counts as not said."""
    try:
        instant = datetime.fromisoformat(header) if header else None
    except ValueError:
        return None
    return instant if instant and instant.tzinfo else None


class LinkAsked(Body):
    """With a sale: also make its link."""

    send_sms = Flag(metadata={"description": "text it to the customer"})


class LinkIn(Body):
    tip = Amount(metadata={"description": "on top of what is due; not said, it stays as it was"})
    send_sms = Flag(metadata={"description": "text it to the customer; again after five minutes at the earliest"})


class OrderIn(Body):
    phone = phone()
    walk_in = Flag()
    name = Text(most=200, allow_none=True)
    items = fields.List(fields.Nested(ItemIn), required=True, validate=validate.Length(1, MAX_LINES))
    tip = Amount()
    note = Text(most=1000, allow_none=True)
    tab_name = Text(most=100, allow_none=True)
    placed_at = Instant()
    location_id = fields.UUID()
    expected_total = Amount()
    marketing_consent = Flag()
    wording_version = Text(least=1, most=50)
    payment = fields.Nested(TenderIn)
    payment_link = fields.Nested(LinkAsked, metadata={"description": "make a payment link for what is due"})
    coupon = Text(least=1, most=40, metadata={"description": "a coupon's code, or that of a redeemed reward"})
    rewards = rewards_in(metadata={"description": "rewards that the customer spends points on now"})
    join = Flag(metadata={"description": "the customer joins TapPass with this sale; who is a member stays one"})
    discount = fields.Nested(DiscountIn)
    offline = Flag(metadata={"description": "sold without network: taken as it was made, never refused for being late"})
    catalog_version = Text(least=1, most=40)
    user_id = fields.UUID(
        metadata={
            "description": "of an offline sale: who stood at the register, by the tablet's word; it lends no authority"
        }
    )


class RoundIn(Body):
    items = fields.List(fields.Nested(ItemIn), required=True, validate=validate.Length(1, MAX_LINES))


class LineChange(Body):
    quantity = Whole(least=1, most=MAX_QUANTITY)
    note = Text(most=500, allow_none=True)
    discount = fields.Nested(DiscountIn, allow_none=True)
    reason = Text(least=1, most=500, metadata={"description": "needed for a smaller quantity"})


class VoidIn(Body):
    reason = Text(least=1, most=500, required=True)
    restock = Flag(metadata={"description": "into stock again; if not said, unless it was handed over"})


class HolderIn(Body):
    """Whose a tab is from now on, if somebody else's, and what it is called."""

    phone = phone()
    walk_in = Flag()
    name = Text(most=200, allow_none=True)
    tab_name = Text(most=100, allow_none=True)
    note = Text(most=1000, allow_none=True)

    @validates_schema
    def _one_holder(self, change: dict[str, Any], **_: Any) -> None:
        if "phone" in change and change.get("walk_in"):
            raise ValidationError("Send either the customer's phone or walk_in: true.", "phone")
        if change.get("name") and not change.get("phone"):
            raise ValidationError("A name goes with a phone; what the tab is called is its tab_name.", "name")


class OrderChange(HolderIn):
    discount = fields.Nested(DiscountIn, allow_none=True)
    coupon = Text(most=40, allow_none=True, metadata={"description": "null takes it off"})
    rewards = rewards_in(metadata={"description": "the rewards that the order has from now on; [] takes all off"})


class PartIn(Body):
    line_id = fields.UUID(required=True)
    quantity = Whole(least=1, most=MAX_QUANTITY)


class SplitIn(HolderIn):
    lines = fields.List(fields.Nested(PartIn), required=True, validate=validate.Length(1, MAX_LINES))


class MergeIn(Body):
    order_id = fields.UUID(required=True, metadata={"description": "the open order whose lines come over"})


class RefundIn(Body):
    amount = Amount(least=1)
    lines = fields.List(fields.Nested(PartIn), validate=validate.Length(1, MAX_LINES))
    reason = Text(least=1, most=500, required=True)
    restock = Flag()


class PaymentIn(TenderIn):
    tip = Amount()


class CancelIn(Body):
    reason = Text(least=1, most=500, required=True)
    refund = Flag()


class FulfillmentIn(Body):
    status = fields.String(required=True, validate=validate.OneOf(("reserved", "prepared", "completed")))


class LineOut(Body):
    id = fields.UUID(required=True)
    position = fields.Integer(required=True)
    product_id = fields.UUID(required=True, allow_none=True)
    sku = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    unit_price = fields.Integer(required=True)
    list_price = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "what the catalogue asked for, if it was sold at another price"},
    )
    price_rule = fields.String(required=True, allow_none=True)
    modifiers = fields.List(fields.Dict(), required=True)
    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    total = fields.Integer(required=True)
    tax = fields.Integer(required=True)
    tax_rate = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class VoidedLineOut(LineOut):
    voided_at = fields.AwareDateTime(required=True)
    void_reason = fields.String(required=True)


class OrderDiscountOut(Body):
    id = fields.UUID(required=True)
    line_id = fields.UUID(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(DISCOUNT_KINDS))
    name = fields.String(required=True)
    percent = fields.Integer(required=True, allow_none=True)
    amount = fields.Integer(required=True, allow_none=True)
    off = fields.Integer(required=True, metadata={"description": "what it comes to, in minor units"})
    reason = fields.String(required=True, allow_none=True)


class PaymentOut(Body):
    id = fields.UUID(required=True)
    method = fields.String(required=True)
    amount = fields.Integer(required=True)
    tendered = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)


class RefundOut(Body):
    id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    amount = fields.Integer(required=True)
    request_id = fields.UUID(required=True, metadata={"description": "joins the refunds of one request"})
    status = fields.String(
        required=True, validate=validate.OneOf(STATUSES_OF_MONEY), metadata={"description": "pending: Stripe is at it"}
    )
    source = fields.String(required=True, validate=validate.OneOf(REFUND_SOURCES))
    reason = fields.String(required=True, allow_none=True)
    failure = fields.String(required=True, allow_none=True)


class DisputeOut(Body):
    id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    amount = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(DISPUTE_STATUSES))
    reason = fields.String(required=True, allow_none=True)


class PaymentLinkOut(Body):
    """The link by which an order may be paid, or its last one."""

    id = fields.UUID(required=True)
    url = fields.String(required=True, metadata={"description": "ours: for QR codes and texts; it never changes"})
    qr_url = fields.String(required=True, metadata={"description": "the url as a QR code (SVG)"})
    provider_url = fields.String(
        required=True, allow_none=True, metadata={"description": "Stripe's page, once it is made"}
    )
    status = fields.String(required=True, validate=validate.OneOf(LINK_STATUSES))
    amount = fields.Integer(required=True, metadata={"description": "what was due, and the tip"})
    tip = fields.Integer(required=True)
    attempt = fields.Integer(required=True, metadata={"description": "another amount needs another link at Stripe"})
    failure = fields.String(required=True, allow_none=True)
    declined_count = fields.Integer(required=True, metadata={"description": "how often a card was refused"})
    expires_at = fields.AwareDateTime(required=True)


class PointsOut(Body):
    """What the order did to its member's points so far."""

    earned = fields.Integer(required=True, metadata={"description": "less what refunds took back"})
    redeemed = fields.Integer(required=True, metadata={"description": "less what was given back"})
    balance = fields.Integer(required=True, metadata={"description": "the member's points now"})


class SpentOn(Body):
    """A reward that points were spent on in an order."""

    id = fields.UUID(required=True, metadata={"description": "the reward's"})
    redemption_id = fields.UUID(required=True)
    name = fields.String(required=True)
    points = fields.Integer(required=True)
    returned_points = fields.Integer(required=True)


class BuyerOut(Body):
    id = fields.UUID(required=True)
    phone = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    origin = fields.String(required=True)
    created = fields.Boolean(required=True, metadata={"description": "Whether this order made the customer."})
    order_count = fields.Integer(required=True)
    marketing_consent = fields.Boolean(required=True, allow_none=True)
    member = nullable(MemberBriefly)


class OrderOut(Body):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    payment_status = fields.String(required=True, validate=validate.OneOf(PAYMENT_STATUSES))
    fulfillment_status = fields.String(required=True, validate=validate.OneOf(FULFILLMENT_STATUSES))
    kind = fields.String(required=True, validate=validate.OneOf(ORDER_KINDS))
    source = fields.String(required=True, validate=validate.OneOf(SOURCES))
    wc_order_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "the web shop's number, of an order that was placed there"},
    )
    currency = fields.String(required=True)
    tax_included = fields.Boolean(required=True)
    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    tax = fields.Integer(required=True)
    tip = fields.Integer(required=True)
    shipping = fields.Integer(required=True)
    fees = fields.Integer(required=True)
    tax_in_charges = fields.Integer(
        required=True,
        metadata={"description": "the tax within shipping and fees, of web orders; `tax` is that of the lines"},
    )
    total = fields.Integer(required=True)
    amount_paid = fields.Integer(required=True)
    amount_refunded = fields.Integer(required=True)
    amount_due = fields.Integer(required=True)
    change_due = fields.Integer(required=True)
    note = fields.String(required=True, allow_none=True)
    tab_name = fields.String(required=True, allow_none=True)
    is_offline = fields.Boolean(required=True)
    merged_into_id = fields.UUID(required=True, allow_none=True)
    split_from_id = fields.UUID(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    voided_lines = fields.List(fields.Nested(VoidedLineOut), required=True)
    discounts = fields.List(fields.Nested(OrderDiscountOut), required=True)
    payments = fields.List(fields.Nested(PaymentOut), required=True)
    refunds = fields.List(fields.Nested(RefundOut), required=True)
    disputes = fields.List(fields.Nested(DisputeOut), required=True)
    customer = fields.Nested(BuyerOut, required=True)
    payment_link = nullable(PaymentLinkOut)
    points = nullable(PointsOut)
    rewards = fields.List(fields.Nested(SpentOn), required=True)
    public_url = fields.String(required=True)
    location_id = fields.UUID(required=True)
    register_id = fields.UUID(required=True, allow_none=True)
    user_id = fields.UUID(required=True, allow_none=True)
    member_id = fields.UUID(required=True, allow_none=True)
    placed_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    completed_at = fields.AwareDateTime(required=True, allow_none=True)
    canceled_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class PaidOut(OrderOut):
    payment = nullable(PaymentOut)


class RefundedOut(OrderOut):
    refunded = fields.List(fields.Nested(RefundOut), required=True, metadata={"description": "by this request"})


class OrderList(Body):
    data = fields.List(fields.Nested(OrderOut), required=True)
    next = fields.String(required=True, allow_none=True)


class OrderPage(Page):
    status = fields.String(validate=validate.OneOf(STATUSES))
    payment_status = fields.String(validate=validate.OneOf(PAYMENT_STATUSES))
    fulfillment_status = fields.String(validate=validate.OneOf(FULFILLMENT_STATUSES))
    kind = fields.String(validate=validate.OneOf(ORDER_KINDS))
    source = fields.String(
        validate=validate.OneOf(OF_SOURCE),
        metadata={"description": "where it was placed; `counter` is all but the web shop's"},
    )
    customer_id = fields.UUID()
    location_id = fields.UUID()
    since = Instant(metadata={"description": "placed at this instant or later"})
    q = Text(
        least=1,
        most=100,
        metadata={
            "description": "a reference, a phone number or its end (four digits or more), or a part of the name of the customer or "
            "the tab, in any case. A reference is looked up among all orders; the rest, unless `since` is given, among those "
            f"that came in within {SEARCHED_DAYS} days"
        },
    )


class CheckOut(Body):
    name = fields.String(required=True)
    is_fine = fields.Boolean(required=True)
    advice = fields.String(required=True)


class Checks(Body):
    data = fields.List(fields.Nested(CheckOut), required=True)
