"""Papers: what is printed, as a document for the browser or as the bytes of a receipt printer."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import aside
from pos.checkout.queries import order
from pos.db import glance
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer
from pos.printing import escpos, queries, schemas
from pos.printing.paper import Document
from pos.printing.receipt import receipt
from pos.qr import as_image

blueprint = Blueprint("printing", __name__, description="Papers: receipts, kitchen tickets and reports")

_BYTES = {"responses": {200: {"content": {escpos.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}}}


@blueprint.route("/orders/<uuid:order_id>/receipt")
@allow("cashier")
@blueprint.arguments(schemas.ReceiptAsked, location="query")
@blueprint.response(200, schemas.PaperOut)
@blueprint.doc(**_BYTES)
def print_receipt(asked: dict[str, Any], order_id: UUID) -> Response:
    """An order's receipt as it stands now, with what was paid and what went back"""
    store = caller().store
    with glance(store.id):
        shown = order(store, order_id)
        saying = queries.saying(store, shown["location_id"], asked["language"], shown["currency"])
        seller = queries.seller(shown)
    return _paper(receipt(shown, saying, seller=seller, is_copy=asked["is_copy"]), asked)


def _paper(document: Document, asked: dict[str, Any]) -> Response:
    """As it was asked for. No cache keeps it: it is as private as the order."""
    kept = {"Cache-Control": "private, no-store"}
    if asked["as_"] == "json":
        return answer(_with_pictures(document), headers=kept)
    return Response(
        aside.compute(escpos.as_bytes, document, asked["columns"]), mimetype=escpos.MEDIA_TYPE, headers=kept
    )


def _with_pictures(document: Document) -> Document:
    """A browser cannot draw a QR code by itself."""
    blocks = [
        block | {"image": as_image(block["text"])} if block["kind"] == "qr" else block for block in document["blocks"]
    ]
    return document | {"blocks": blocks}
