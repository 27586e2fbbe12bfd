"""What is asked of reports and what they answer, as JSON."""

from marshmallow import fields, validate

from pos.analytics.reports.catalogue import REPORTS
from pos.analytics.reports.shape import KINDS
from pos.http.schemas import Body

FORMATS = ("json", "csv")


class ReportQuery(Body):
    first_on = fields.Date(data_key="from", metadata={"description": "the first business day; thirty days before `to`"})
    last_on = fields.Date(data_key="to", metadata={"description": "the last business day, included; today"})
    by = fields.String(
        validate=validate.OneOf(sorted({by for kind in REPORTS.values() for by in kind.by})),
        metadata={"description": "; ".join(f"{name}: {', '.join(kind.by)}" for name, kind in REPORTS.items())},
    )
    location_id = fields.UUID()
    register_id = fields.UUID()
    user_id = fields.UUID()
    format = fields.String(load_default="json", validate=validate.OneOf(FORMATS))


class ColumnOut(Body):
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))


class ReportOut(Body):
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
