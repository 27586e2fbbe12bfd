"""The JSON of shifts and of their reports."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.http.schemas import Amount, Body, Instant, Page, Text
from pos.money import MAX_AMOUNT
from pos.shifts.models import MOVEMENTS, REPORT_KINDS, STATUSES


class ShiftNew(Body):
    opening_float = Amount(required=True, metadata={"description": "what was counted into the drawer"})
    register_id = fields.UUID(metadata={"description": "for who is no register: a manager opens it for one"})


class MovementNew(Body):
    kind = fields.String(required=True, validate=validate.OneOf(MOVEMENTS))
    amount = Amount(load_default=0, metadata={"description": "left out for no_sale"})
    reason = Text(least=1, most=200, required=True)

    @validates_schema
    def _has_its_amount(self, body: dict[str, Any], **_: Any) -> None:
        if (body["kind"] == "no_sale") != (body["amount"] == 0):
            raise ValidationError("Say how much; 0 or nothing for no_sale.", "amount")


class CountNew(Body):
    cash = Amount(required=True)
    card = Amount(allow_none=True, metadata={"description": "the sum of the terminal's own report, if somebody looked"})


class CloseIn(Body):
    pass


class ShiftPage(Page):
    register_id = fields.UUID()
    status = fields.String(validate=validate.OneOf(STATUSES))


class ReportPage(Page):
    register_id = fields.UUID()


class Named(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class Movement(Body):
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(MOVEMENTS))
    amount = fields.Integer(required=True)
    reason = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)


class Count(Body):
    id = fields.UUID(required=True)
    cash = fields.Integer(required=True)
    card = fields.Integer(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)


class ShiftOut(Body):
    id = fields.UUID(required=True)
    register = fields.Nested(Named, required=True)
    location_id = fields.UUID(required=True)
    number = fields.Integer(required=True, metadata={"description": "counts the register's shifts"})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    currency = fields.String(required=True)
    opening_float = fields.Integer(required=True)
    opened_at = Instant(required=True)
    opened_by = fields.String(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)
    movements = fields.List(fields.Nested(Movement), required=True)
    counts = fields.List(fields.Nested(Count), required=True)
    report_id = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)


class CurrentShift(Body):
    shift = fields.Nested(ShiftOut, required=True, allow_none=True)


class ShiftList(Body):
    data = fields.List(fields.Nested(ShiftOut), required=True)
    next = fields.String(required=True, allow_none=True)


class Tender(Body):
    method = fields.String(required=True)
    payment_count = fields.Integer(required=True)
    payments = fields.Integer(required=True, metadata={"description": "with tips"})
    refund_count = fields.Integer(required=True)
    refunds = fields.Integer(required=True)
    net = fields.Integer(required=True)
    expected = fields.Integer(required=True, allow_none=True)
    counted = fields.Integer(required=True, allow_none=True)
    difference = fields.Integer(
        required=True, allow_none=True, metadata={"description": "counted less expected: too much is above 0"}
    )


class Counted(Body):
    id = fields.UUID(required=True)
    count = fields.Nested(Count, required=True)
    tenders = fields.List(fields.Nested(Tender), required=True)


class OfOrders(Body):
    count = fields.Integer(
        required=True, metadata={"description": "sold, less what was canceled after an earlier report"}
    )
    canceled_count = fields.Integer(required=True)
    voided_count = fields.Integer(required=True, metadata={"description": "lines"})
    voided_amount = fields.Integer(required=True)


class SalesClass(Body):
    kind = fields.String(required=True)
    tax_class = fields.String(required=True)
    tax_rate = fields.String(required=True)
    quantity = fields.Integer(required=True)
    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    total = fields.Integer(required=True)
    tax = fields.Integer(required=True)


class Sales(Body):
    classes = fields.List(fields.Nested(SalesClass), required=True)
    subtotal = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    net = fields.Integer(required=True, metadata={"description": "subtotal less discount"})
    tax = fields.Integer(required=True)
    tip = fields.Integer(required=True)
    shipping = fields.Integer(required=True)
    fees = fields.Integer(required=True)
    total = fields.Integer(required=True)


class Discounted(Body):
    kind = fields.String(required=True, metadata={"description": "comp, manual, coupon, reward"})
    count = fields.Integer(required=True)
    amount = fields.Integer(required=True)


class Coupon(Body):
    code = fields.String(required=True)
    count = fields.Integer(required=True)
    amount = fields.Integer(required=True)


class Points(Body):
    given = fields.Integer(required=True)
    used = fields.Integer(required=True)
    returned = fields.Integer(required=True, metadata={"description": "spent ones that came back"})
    reversed = fields.Integer(required=True, metadata={"description": "earned ones that were taken back"})
    outstanding = fields.Integer(required=True, metadata={"description": "what all members hold at that moment"})
    outstanding_worth = fields.Integer(
        required=True, allow_none=True, metadata={"description": "by the best reward; null without one"}
    )


class Drawer(Body):
    opening_float = fields.Integer(required=True)
    cash_payments = fields.Integer(required=True)
    cash_refunds = fields.Integer(required=True)
    paid_in = fields.Integer(required=True)
    paid_out = fields.Integer(required=True)
    no_sale_count = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    counted = fields.Integer(required=True, allow_none=True)
    difference = fields.Integer(required=True, allow_none=True)


class OfStripe(Body):
    to_come = fields.Integer(required=True, metadata={"description": "paid by link: Stripe pays it out, less its fees"})
    links_waiting_count = fields.Integer(required=True)
    links_waiting = fields.Integer(
        required=True, metadata={"description": "asked for by link, not paid at that moment"}
    )


class Balance(Body):
    """sold − given_back = kept + due_after − due_before; received = kept − received_elsewhere + received_for_others."""

    sold = fields.Integer(required=True)
    given_back = fields.Integer(required=True)
    kept = fields.Integer(required=True)
    due_before = fields.Integer(required=True)
    due_after = fields.Integer(required=True)
    received = fields.Integer(required=True)
    received_elsewhere = fields.Integer(required=True)
    received_for_others = fields.Integer(required=True)


class Location(Named):
    timezone = fields.String(required=True)


class Span(Body):
    id = fields.UUID(required=True)
    opened_at = Instant(required=True)
    opened_by = fields.String(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)


class ReportOut(Body):
    id = fields.UUID(required=True, allow_none=True, metadata={"description": "null for an X, which is not kept"})
    kind = fields.String(required=True, validate=validate.OneOf(("x", *REPORT_KINDS)))
    number = fields.Integer(required=True, metadata={"description": "the shift's"})
    ordinal = fields.Integer(required=True, allow_none=True, metadata={"description": "which addendum of its shift"})
    sequence = fields.Integer(
        required=True, metadata={"description": "counts the register's reports"}, validate=validate.Range(1, MAX_AMOUNT)
    )
    digest = fields.String(required=True, allow_none=True)
    previous_digest = fields.String(required=True, allow_none=True)
    made_at = Instant(required=True)
    business_day = fields.Date(required=True)
    currency = fields.String(required=True)
    tax_included = fields.Boolean(required=True)
    register = fields.Nested(Named, required=True)
    location = fields.Nested(Location, required=True)
    shift = fields.Nested(Span, required=True)
    orders = fields.Nested(OfOrders, required=True)
    sales = fields.Nested(Sales, required=True)
    discounts = fields.List(fields.Nested(Discounted), required=True)
    coupons = fields.List(fields.Nested(Coupon), required=True)
    points = fields.Nested(Points, required=True)
    tenders = fields.List(fields.Nested(Tender), required=True)
    drawer = fields.Nested(Drawer, required=True)
    stripe = fields.Nested(OfStripe, required=True)
    balance = fields.Nested(Balance, required=True)
    movements = fields.List(fields.Nested(Movement), required=True)


class ReportList(Body):
    data = fields.List(fields.Nested(ReportOut), required=True)
    next = fields.String(required=True, allow_none=True)
