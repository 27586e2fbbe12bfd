"""The JSON of charts."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.analytics.charts.actions import MOST_CHARTS
from pos.analytics.charts.models import MARKS
from pos.http.schemas import Body, Flag, Text

MOST_TITLE, MOST_QUERY = 120, 8_000


def _config(**options: Any) -> fields.Dict:
    described = "Vega-Lite without data: mark, encoding, transform, layer… The rows of the answer are its data"
    return fields.Dict(keys=fields.String(), metadata={"description": described}, **options)


class ChartNew(Body):
    title = Text(least=1, most=MOST_TITLE, required=True)
    query_text = Text(
        least=1, most=MOST_QUERY, required=True, metadata={"description": "SQL, as of POST /analytics/query"}
    )
    chart_config = _config(required=True)


class ChartChange(Body):
    title = Text(least=1, most=MOST_TITLE)
    query_text = Text(least=1, most=MOST_QUERY)
    chart_config = _config()
    is_confirmed = Flag(
        metadata={"description": "true: what has changed is fine; the mark goes, without any other change"}
    )


class ChartOrder(Body):
    ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(0, MOST_CHARTS),
        metadata={"description": "all charts of the store, each once"},
    )  # fmt: skip

    @validates_schema
    def _each_once(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(data["ids"])) < len(data["ids"]):
            raise ValidationError("Name each chart once.", "ids")


class ChartColumn(Body):
    name = fields.String(required=True)
    type = fields.String(required=True)


class AnswerOut(Body):
    columns = fields.List(fields.Nested(ChartColumn), required=True)
    row_count = fields.Integer(required=True)
    is_cut = fields.Boolean(required=True, metadata={"description": "the query gives more rows than are kept"})


class AnswerWhole(AnswerOut):
    rows = fields.List(fields.List(fields.Raw(allow_none=True)), required=True)


class ChartOut(Body):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    query_text = fields.String(required=True)
    chart_config = fields.Dict(required=True)
    position_index = fields.Integer(required=True)
    answer = fields.Nested(AnswerOut, required=True, allow_none=True)
    refreshed_at = fields.AwareDateTime(required=True, allow_none=True)
    change_mark = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*MARKS, None]),
        metadata={"description": "what has changed since the chart was saved; saving it again takes the mark away"},
    )
    changes = fields.List(fields.String(), required=True, metadata={"description": "the same in words"})
    failure = fields.String(
        required=True, allow_none=True, metadata={"description": "why the query gave no answer when it was asked last"}
    )
    missing_fields = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "columns that the picture asks for and the answer lacks"},
    )
    version = fields.Integer(required=True)


class ChartWhole(ChartOut):
    answer = fields.Nested(AnswerWhole, required=True, allow_none=True)


class ChartList(Body):
    data = fields.List(fields.Nested(ChartOut), required=True)
