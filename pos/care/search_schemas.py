"""The JSON of looking for customers."""

from marshmallow import fields

from pos.customers.schemas import phone
from pos.http.schemas import Body, Page, Text


class CustomersQuery(Page):
    phone = phone()
    q = Text(
        least=2,
        most=100,
        metadata={
            "description": "beginnings of names, of tags (#regular) or the last digits of a number; all words must fit. "
            "Or a whole number, or a TapPass ID"
        },
    )
    tag = Text(least=1, most=100, metadata={"description": "a whole tag, e.g. regular"})


class FoundOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(
        required=True, allow_none=True, metadata={"description": "a cashier sees its last two digits"}
    )
    origin = fields.String(required=True)
    order_count = fields.Integer(required=True)
    last_order_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    tags = fields.List(fields.String(), required=True)
    member = fields.Dict(required=True, allow_none=True)
    is_silent = fields.Boolean(required=True)
    has_hidden_balance = fields.Boolean(required=True)


class FoundList(Body):
    data = fields.List(fields.Nested(FoundOut), required=True)
    next = fields.String(required=True, allow_none=True)
