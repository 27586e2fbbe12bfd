"""The JSON of papers, and how they are asked for."""

from marshmallow import fields, validate

from pos.http.schemas import Body
from pos.kitchen.schemas import STATION
from pos.printing.layout import COLUMNS
from pos.printing.paper import ALIGNMENTS, KINDS, SIZES
from pos.printing.words import LANGUAGES

MOST_ROUNDS = 10_000
WAYS = ("json", "escpos")


class PaperAsked(Body):
    as_ = fields.String(
        data_key="as",
        load_default="json",
        validate=validate.OneOf(WAYS),
        metadata={"description": "json: the document; escpos: the bytes of a receipt printer"},
    )
    columns = fields.Integer(
        load_default=COLUMNS[0],
        validate=validate.OneOf(COLUMNS),
        metadata={"description": "of escpos: 48 and 42 are paper of 80 mm, 32 is one of 58 mm"},
    )
    language = fields.String(load_default=LANGUAGES[0], validate=validate.OneOf(LANGUAGES))


class ReceiptAsked(PaperAsked):
    is_copy = fields.Boolean(
        load_default=False, metadata={"description": "true: it says COPY, and leaves the drawer shut"}
    )


class TicketAsked(PaperAsked):
    round = fields.Integer(
        validate=validate.Range(1, MOST_ROUNDS),
        metadata={"description": "as the kitchen's screen counts them; left out: all"},
    )
    station_id = fields.String(
        validate=STATION, metadata={"description": "a station, or `none`: what no station makes; left out: all"}
    )


class BlockOut(Body):
    """A line or more; which fields it has depends on its kind."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = fields.String(metadata={"description": "of text and qr"})
    align = fields.String(validate=validate.OneOf(ALIGNMENTS))
    bold = fields.Boolean()
    size = fields.Integer(validate=validate.OneOf(SIZES))
    left = fields.String(metadata={"description": "of a pair"})
    right = fields.String(metadata={"description": "of a pair, at the right edge: never cut"})
    image = fields.String(metadata={"description": "of qr: the code as a picture in an address of its own (data:)"})


class PaperOut(Body):
    title = fields.String(required=True)
    blocks = fields.List(fields.Nested(BlockOut), required=True)
    opens_drawer = fields.Boolean(required=True)
