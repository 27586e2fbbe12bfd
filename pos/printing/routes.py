"""Papers: what is printed, as a document for the browser or as the bytes of a receipt printer."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import aside, clock
from pos.checkout.queries import order
from pos.db import transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer
from pos.printing import escpos, queries, schemas
from pos.printing.paper import Document
from pos.printing.receipt import receipt
from pos.printing.report import report
from pos.printing.ticket import tickets
from pos.qr import as_image
from pos.shifts import routes as shifts

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
    with transaction(store.id):
        shown = order(store, order_id)
        saying = queries.saying(store, shown["location_id"], asked["language"], shown["currency"])
        seller = queries.seller(shown)
    return _paper(receipt(shown, saying, seller=seller, is_copy=asked["is_copy"]), asked)


@blueprint.route("/orders/<uuid:order_id>/ticket")
@allow("cashier")
@blueprint.arguments(schemas.TicketAsked, location="query")
@blueprint.response(200, schemas.PaperOut)
@blueprint.doc(**_BYTES)
def print_ticket(asked: dict[str, Any], order_id: UUID) -> Response:
    """What the kitchen makes of an order, as its screen shows it: of one round and station, or of all that hangs there"""
    store = caller().store
    with transaction(store.id):
        shown = order(store, order_id)
        found = queries.tickets(shown, clock.now(), round_=asked.get("round"), station_id=asked.get("station_id"))
        saying = queries.saying(store, shown["location_id"], asked["language"])
    return _paper(tickets(found, saying), asked)


@blueprint.route("/shifts/<uuid:shift_id>/report/paper")
@allow("cashier")
@blueprint.arguments(schemas.PaperAsked, location="query")
@blueprint.response(200, schemas.PaperOut)
@blueprint.doc(**_BYTES)
def print_report_of_shift(asked: dict[str, Any], shift_id: UUID) -> Response:
    """How the shift stands at this moment (X), or its report, once it is closed (Z)"""
    with transaction(caller().store.id):
        return _report(shifts.report_of(shift_id), asked)


@blueprint.route("/z-reports/<uuid:report_id>/paper")
@allow("cashier")
@blueprint.arguments(schemas.PaperAsked, location="query")
@blueprint.response(200, schemas.PaperOut)
@blueprint.doc(**_BYTES)
def print_report(asked: dict[str, Any], report_id: UUID) -> Response:
    """One report, as it was made"""
    with transaction(caller().store.id):
        return _report(shifts.report(report_id), asked)


def _report(shown: dict[str, Any], asked: dict[str, Any]) -> Response:
    saying = queries.saying(caller().store, shown["location"]["id"], asked["language"], shown["currency"])
    return _paper(report(shown, saying), asked)


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
