"""The JSON of questions and answers."""

from marshmallow import fields

from pos.http.schemas import Body, Text

MOST_CHARACTERS = 1_000


class QuestionIn(Body):
    text = Text(least=1, most=MOST_CHARACTERS, required=True)
    phone = Text(
        least=1,
        most=40,
        allow_none=True,
        load_default=None,
        metadata={"description": "the customer who asks; left out, it is about the business, for managers and owners"},
    )
    conversation_id = fields.UUID(
        allow_none=True,
        load_default=None,
        metadata={
            "description": "goes on with this conversation: “and yesterday?” is understood by what was asked before"
        },
    )


class Fact(Body):
    tool = fields.String(required=True)
    arguments = fields.Dict(required=True)
    rows = fields.Dict(required=True)
    figures = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "all that an answer may say of the rows, as it is written"},
    )
    link = fields.String(metadata={"description": "the page of the office with the same figures"})


class Answer(Body):
    reply = fields.String(required=True)
    intent = fields.String(
        required=True, metadata={"description": "unknown, ambiguous or not_allowed if there is no answer"}
    )
    facts = fields.List(fields.Nested(Fact), required=True)
    language = fields.String(required=True)
    conversation_id = fields.UUID(required=True)
