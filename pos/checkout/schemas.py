"""The JSON of orders at the counter."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.customers.schemas import phone
from pos.http.schemas import Amount, Body, Flag, Instant, Page, Text, Whole, nullable
from pos.orders.lifecycle import FULFILLMENT_STATUSES, PAYMENT_STATUSES, STATUSES
from pos.orders.models import ORDER_KINDS
from pos.payments.models import COUNTER_METHODS

MAX_LINES = 200
MAX_QUANTITY = 10_000


class ItemIn(Body):
    product_id = fields.UUID()
    sku = Text(least=1, most=64)
    quantity = Whole(least=1, most=MAX_QUANTITY, required=True)
    note = Text(most=500, allow_none=True)

    @validates_schema
    def _one_key(self, item: dict[str, Any], **_: Any) -> None:
        if ("sku" in item) == ("product_id" in item):
            raise ValidationError("Send either sku or product_id.")


class TenderIn(Body):
    method = fields.String(required=True, validate=validate.OneOf(COUNTER_METHODS))
    amount = Amount(least=1)
    tendered = Amount()


class OrderIn(Body):
    phone = phone()
    walk_in = Flag()
    name = Text(most=200, allow_none=True)
    items = fields.List(fields.Nested(ItemIn), required=True, validate=validate.Length(1, MAX_LINES))
    tip = Amount()
    note = Text(most=1000, allow_none=True)
    placed_at = Instant()
    location_id = fields.UUID()
    expected_total = Amount()
    marketing_consent = Flag()
    wording_version = Text(least=1, most=50)
    payment = fields.Nested(TenderIn)


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
    modifiers = fields.List(fields.Dict(), required=True)
    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    total = fields.Integer(required=True)
    tax = fields.Integer(required=True)
    tax_rate = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


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
    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class BuyerOut(Body):
    id = fields.UUID(required=True)
    phone = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    origin = fields.String(required=True)
    created = fields.Boolean(required=True, metadata={"description": "Whether this order made the customer."})
    order_count = fields.Integer(required=True)
    marketing_consent = fields.Boolean(required=True, allow_none=True)
    member = fields.Dict(required=True, allow_none=True)


class OrderOut(Body):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    payment_status = fields.String(required=True, validate=validate.OneOf(PAYMENT_STATUSES))
    fulfillment_status = fields.String(required=True, validate=validate.OneOf(FULFILLMENT_STATUSES))
    kind = fields.String(required=True, validate=validate.OneOf(ORDER_KINDS))
    source = fields.String(required=True)
    currency = fields.String(required=True)
    tax_included = fields.Boolean(required=True)
    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    tax = fields.Integer(required=True)
    tip = fields.Integer(required=True)
    shipping = fields.Integer(required=True)
    fees = fields.Integer(required=True)
    total = fields.Integer(required=True)
    amount_paid = fields.Integer(required=True)
    amount_refunded = fields.Integer(required=True)
    amount_due = fields.Integer(required=True)
    change_due = fields.Integer(required=True)
    note = fields.String(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    payments = fields.List(fields.Nested(PaymentOut), required=True)
    refunds = fields.List(fields.Nested(RefundOut), required=True)
    customer = fields.Nested(BuyerOut, required=True)
    payment_link = fields.Dict(required=True, allow_none=True)
    points = fields.Dict(required=True, allow_none=True)
    public_url = fields.String(required=True)
    location_id = fields.UUID(required=True)
    register_id = fields.UUID(required=True, allow_none=True)
    user_id = fields.UUID(required=True, allow_none=True)
    placed_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    completed_at = fields.AwareDateTime(required=True, allow_none=True)
    canceled_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class PaidOut(OrderOut):
    payment = nullable(PaymentOut)


class OrderList(Body):
    data = fields.List(fields.Nested(OrderOut), required=True)
    next = fields.String(required=True, allow_none=True)


class OrderPage(Page):
    status = fields.String(validate=validate.OneOf(STATUSES))
    payment_status = fields.String(validate=validate.OneOf(PAYMENT_STATUSES))
    fulfillment_status = fields.String(validate=validate.OneOf(FULFILLMENT_STATUSES))
    kind = fields.String(validate=validate.OneOf(ORDER_KINDS))
    customer_id = fields.UUID()
    since = Instant(metadata={"description": "placed at this instant or later"})
