"""The JSON of the kitchen: stations, what a screen shows, and what is tapped there."""

from typing import Any

from marshmallow import fields, validate

from pos.http.schemas import Body, Flag, Instant, Page, Pattern, Text, Whole
from pos.kitchen.portions import STEPS
from pos.orders.lifecycle import FULFILLMENT_STATUSES

MAX_LINES, MAX_QUANTITY = 200, 10_000
SHOWN = (*STEPS, "void")
STATION = Pattern(
    r"^(none|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$", error="Name a station by its id, or write none."
)


class StationChange(Body):
    name = Text(least=1, most=60)
    position = Whole(most=1000, metadata={"description": "stations are shown in this order"})
    is_active = Flag(metadata={"description": "a closed station has no screen; the kitchen makes what it made"})


class StationNew(StationChange):
    name = Text(least=1, most=60, required=True)


class StationOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    position = fields.Integer(required=True)
    is_active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class StationList(Body):
    data = fields.List(fields.Nested(StationOut), required=True)
    next = fields.String(required=True, allow_none=True)


class StationPage(Page):
    is_active = fields.Boolean()


class BoardAsked(Body):
    location_id = fields.UUID(metadata={"description": "of callers other than registers, which have one"})
    station_id = fields.String(
        validate=STATION, metadata={"description": "a station, or `none`: what no station makes; left out: all"}
    )


class KitchenPart(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class TicketLine(Body):
    line_id = fields.UUID(required=True)
    name = fields.String(required=True)
    modifiers = fields.List(fields.String(), required=True)
    note = fields.String(required=True, allow_none=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(SHOWN),
        metadata={"description": "void: not wanted any more, until somebody has seen it"},
    )
    quantity = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ready_at = fields.AwareDateTime(required=True, allow_none=True)


class ElsewhereOut(Body):
    """What another station makes of the same round; null is the kitchen."""

    station = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(STEPS))


class TicketOut(Body):
    """What one station makes of one round of an order."""

    key = fields.String(required=True)
    order_id = fields.UUID(required=True)
    round = fields.Integer(required=True)
    station_id = fields.UUID(required=True, allow_none=True)
    station = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True)
    tab_name = fields.String(required=True, allow_none=True)
    customer_name = fields.String(required=True, allow_none=True, metadata={"description": "the first name"})
    note = fields.String(required=True, allow_none=True)
    is_offline = fields.Boolean(required=True)
    is_paid = fields.Boolean(required=True)
    is_canceled = fields.Boolean(required=True)
    placed_at = fields.AwareDateTime(required=True)
    fired_at = fields.AwareDateTime(required=True, metadata={"description": "when the round was asked for"})
    status = fields.String(required=True, validate=validate.OneOf(STEPS))
    lines = fields.List(fields.Nested(TicketLine), required=True)
    elsewhere = fields.List(fields.Nested(ElsewhereOut), required=True)


class BoardOut(Body):
    location = fields.Nested(KitchenPart, required=True)
    stations = fields.List(fields.Nested(KitchenPart), required=True)
    slow_minutes = fields.Integer(required=True)
    late_minutes = fields.Integer(required=True)
    older = fields.Integer(
        required=True, metadata={"description": "orders that wait longer than a day and are not shown, up to 500"}
    )
    tickets = fields.List(
        fields.Nested(TicketOut), required=True, metadata={"description": "oldest first, 200 at most"}
    )
    recent = fields.List(
        fields.Nested(TicketOut), required=True, metadata={"description": "served within the hour, newest first, 20"}
    )


class TimesAsked(Body):
    since = Instant(metadata={"description": "left out: a week before `until`"})
    until = Instant(metadata={"description": "left out: now"})
    location_id = fields.UUID(metadata={"description": "left out: all locations"})


def _seconds(what: str, *, allow_none: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=allow_none, metadata={"description": f"seconds, {what}"})


class TimesOut(Body):
    """How long one product took that became ready."""

    product_id = fields.UUID(required=True, allow_none=True)
    product = fields.String(required=True)
    station = fields.String(required=True, allow_none=True)
    portion_count = fields.Integer(required=True, metadata={"description": "taps; one may be about several units"})
    quantity = fields.Integer(required=True, metadata={"description": "units"})
    fired_average_seconds = _seconds("from the round to ready")
    fired_median_seconds = _seconds("from the round to ready")
    fired_percentile_90_seconds = _seconds("from the round to ready, of nine in ten at most")
    started_count = fields.Integer(
        required=True, metadata={"description": "taps of which it was said when they were begun"}
    )
    started_average_seconds = _seconds("from begun to ready", allow_none=True)
    started_median_seconds = _seconds("from begun to ready", allow_none=True)
    started_percentile_90_seconds = _seconds("from begun to ready, of nine in ten at most", allow_none=True)


class TimesList(Body):
    data = fields.List(fields.Nested(TimesOut), required=True)
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)


class UnitsIn(Body):
    line_id = fields.UUID(required=True)
    quantity = Whole(least=1, most=MAX_QUANTITY, required=True)


def _units() -> Any:
    return fields.List(fields.Nested(UnitsIn), required=True, validate=validate.Length(1, MAX_LINES))


class PreparationIn(Body):
    """Units that go from one state to another. Fewer than named are fine: then somebody was faster."""

    lines = _units()
    start = fields.String(required=True, data_key="from", validate=validate.OneOf(STEPS))
    end = fields.String(required=True, data_key="to", validate=validate.OneOf(STEPS))


class PreparationOut(Body):
    moved = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "units; 0 if somebody was faster, null if this very request was carried out before"},
    )
    fulfillment_status = fields.String(required=True, validate=validate.OneOf(FULFILLMENT_STATUSES))


class SeenIn(Body):
    """Lines of which somebody has seen what is not wanted any more."""

    lines = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MAX_LINES))


class SeenOut(Body):
    fulfillment_status = fields.String(required=True, validate=validate.OneOf(FULFILLMENT_STATUSES))
