"""The JSON that only registers exchange: all they sell by, and what they could not get booked."""

from marshmallow import fields

from pos.catalog.schemas import ProductOut
from pos.customers.schemas import phone
from pos.http.idempotency import MAX_LENGTH
from pos.http.schemas import Body, Flag, Pattern, Text
from pos.staff.schemas import Place


class NamedOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class PlaceOut(NamedOut):
    timezone = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    tax_rates = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PersonOut(NamedOut):
    role = fields.String(required=True)


class ShelfOut(NamedOut):
    parent_id = fields.UUID(required=True, allow_none=True)


class OfferedProduct(ProductOut):
    class Meta:
        exclude = ("status", "version", "station_id", "regular_price", "wc_product_id", "is_of_web_shop")


class OfferedCoupon(Body):
    code = fields.String(required=True)
    discount_type = fields.String(required=True)
    amount = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)


class OfferedReward(NamedOut):
    points = fields.Integer(required=True)
    discount_type = fields.String(required=True)
    amount = fields.Integer(required=True, allow_none=True)
    product_id = fields.UUID(required=True, allow_none=True)


class WordingOut(Body):
    version = fields.String(required=True)
    text = fields.String(required=True)


class OfferOut(Body):
    """All that a register sells by."""

    register = fields.Nested(NamedOut, required=True)
    store = fields.Nested(Place, required=True)
    location = fields.Nested(PlaceOut, required=True)
    people = fields.List(
        fields.Nested(PersonOut), required=True, metadata={"description": "who can sign in by PIN, by name"}
    )
    categories = fields.List(fields.Nested(ShelfOut), required=True)
    products = fields.List(
        fields.Nested(OfferedProduct), required=True, metadata={"description": "what is sold, by name"}
    )
    catalog_version = fields.String(required=True)
    coupons = fields.List(
        fields.Nested(OfferedCoupon),
        required=True,
        metadata={"description": "active and not limited in number: those that a sale without network may take"},
    )
    rewards = fields.List(fields.Nested(OfferedReward), required=True)
    wordings = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Nested(WordingOut)),
        required=True,
        metadata={"description": "what a customer is asked, by purpose and language, with the store's name in it"},
    )
    takes_links = fields.Boolean(required=True, metadata={"description": "whether a payment link can be made"})
    sends_texts = fields.Boolean(required=True, metadata={"description": "whether texts leave"})


class RefusedSaleIn(Body):
    key = fields.String(
        required=True,
        validate=Pattern(f"^[ -~]{{1,{MAX_LENGTH}}}$", error="Send the Idempotency-Key of the sale."),
        metadata={"description": "the Idempotency-Key with which the sale was sent"},
    )
    sale = fields.Dict(required=True, metadata={"description": "the sale as it was sent"})
    problem = fields.Dict(required=True, metadata={"description": "the problem with which it was answered"})


class LateBookingIn(Body):
    """What is put right before a refused sale is booked; what is not named stays as it was made."""

    phone = phone()
    name = Text(most=200, allow_none=True)
    walk_in = Flag()
    coupon = Text(most=40, allow_none=True, metadata={"description": "null books it without the coupon"})


class RefusedSaleOut(Body):
    id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "the attention item's; null if the sale is booked by now"},
    )
    key = fields.String(required=True)


class BuyerIn(Body):
    """What a sale says of who bought."""

    phone = phone(required=True)
    name = Text(most=200, allow_none=True)
