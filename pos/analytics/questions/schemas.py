"""The JSON of questions."""

from marshmallow import fields, validate

from pos.analytics.questions.flows import MOST_ROWS
from pos.analytics.questions.grammar import LONGEST_CHARACTERS
from pos.http.schemas import Body, Whole

TYPES = ("boolean", "integer", "number", "date", "time", "timestamp", "instant", "interval", "id", "text")


class QueryIn(Body):
    # No Text: what SQL is made of has line ends and tabs.
    sql = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_CHARACTERS),
        metadata={"description": "one SELECT over the views that GET /analytics/schema lists"},
    )
    limit = Whole(
        least=1, most=MOST_ROWS, load_default=1_000, metadata={"description": "the most rows that are wanted"}
    )


class AnswerColumn(Body):
    name = fields.String(required=True)
    type = fields.String(required=True, validate=validate.OneOf(TYPES))


class QueryOut(Body):
    columns = fields.List(fields.Nested(AnswerColumn), required=True)
    rows = fields.List(
        fields.List(fields.Raw(allow_none=True)),
        required=True,
        metadata={"description": "amounts in minor units; numbers that JSON cannot hold come as text"},
    )
    row_count = fields.Integer(required=True)
    is_cut = fields.Boolean(required=True, metadata={"description": "there were more rows"})
    ms = fields.Integer(required=True, metadata={"description": "what PostgreSQL needed"})


class ViewOut(Body):
    name = fields.String(required=True)
    about = fields.String(required=True)
    columns = fields.List(fields.Nested(AnswerColumn), required=True)


class SchemaOut(Body):
    views = fields.List(fields.Nested(ViewOut), required=True)
    functions = fields.List(fields.String(), required=True)
