"""What is asked of reports and what they answer, as JSON."""

from typing import Any

from marshmallow import Schema, fields, validate

from pos.analytics.reports.catalogue import REPORTS
from pos.analytics.reports.shape import KINDS, Kind
from pos.analytics.rollups.spans import ALL_DAYS
from pos.http.schemas import Body

FORMATS = ("json", "csv")


def _day(name: str, about: str) -> fields.Date:
    return fields.Date(data_key=name, validate=validate.Range(*ALL_DAYS), metadata={"description": about})


def query_of(name: str, kind: Kind) -> type[Schema]:
    """What may be asked of one report."""
    asked: dict[str, Any] = {
        "first_on": _day("from", "the first day; thirty days before `to`"),
        "last_on": _day("to", "the last day, included; today"),
        "by": fields.String(load_default=kind.by[0], validate=validate.OneOf(kind.by)),
        "format": fields.String(load_default="json", validate=validate.OneOf(FORMATS)),
        **{field: fields.UUID() for field in sorted(kind.filters)},
    }
    return Body.from_dict(asked, name=f"{name.capitalize()}Query")


class ColumnOut(Body):
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))


class FiguresOut(Body):
    report = fields.String(required=True, validate=validate.OneOf(list(REPORTS)))
    by = fields.String(required=True)
    first_on = fields.Date(required=True, data_key="from")
    last_on = fields.Date(required=True, data_key="to")
    currency = fields.String(required=True)
    timezone = fields.String(required=True, metadata={"description": "the store's; sales are told by their location's"})
    as_of = fields.AwareDateTime(required=True)
    columns = fields.List(fields.Nested(ColumnOut), required=True)
    totals = fields.Dict(keys=fields.String(), required=True)
    data = fields.List(fields.Dict(keys=fields.String()), required=True)
