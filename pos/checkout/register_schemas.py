"""The JSON that only registers exchange: all they sell by, and what they could not get booked."""

from marshmallow import fields

from pos.customers.schemas import phone
from pos.http.idempotency import MAX_LENGTH
from pos.http.schemas import Body, Pattern, Text


class RefusedSaleIn(Body):
    key = fields.String(
        required=True,
        validate=Pattern(f"^[ -~]{{1,{MAX_LENGTH}}}$", error="Send the Idempotency-Key of the sale."),
        metadata={"description": "the Idempotency-Key with which the sale was sent"},
    )
    sale = fields.Dict(required=True, metadata={"description": "the sale as it was sent"})
    problem = fields.Dict(required=True, metadata={"description": "the problem with which it was answered"})


class RefusedSaleOut(Body):
    id = fields.UUID(required=True, metadata={"description": "the attention item's"})
    key = fields.String(required=True)


class BuyerIn(Body):
    """What a sale says of who bought."""

    phone = phone(required=True)
    name = Text(most=200, allow_none=True)
