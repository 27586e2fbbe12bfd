"""flask printing: a paper to a printer in the same network."""

import re
from typing import Any
from uuid import UUID

import click
from flask import Flask

from pos import clock, ids
from pos.checkout.queries import order_by_reference
from pos.db import find, transaction
from pos.http.access import StoreFacts
from pos.http.commands import CommandRefused, Group
from pos.printing import escpos, queries, sending
from pos.printing.layout import COLUMNS
from pos.printing.paper import Document
from pos.printing.receipt import receipt
from pos.printing.report import report
from pos.printing.ticket import tickets
from pos.printing.words import LANGUAGES
from pos.shifts import reports
from pos.shifts.models import ZReport
from pos.stores import queries as stores
from pos.stores.models import Store

KINDS = ("receipt", "ticket")
# An IPv6 address stands in brackets.
_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\[\]:\s]+))(?::(?P<port>[0-9]{1,5}))?")

printing = Group("printing", help="Papers: receipts, kitchen tickets and reports (docs/printing.md).")


class WhichStore(CommandRefused):
    advice = "This server has several stores; say whose paper it is: --store SLUG."


class WhichPaper(CommandRefused):
    advice = "Say either --order REFERENCE or --report ID."


class NotTaken(CommandRefused):
    advice = "The printer {printer} does not take it: {reason}. Is it switched on, in this network, and is this its raw port?"


class Printer(click.ParamType):
    """HOST or HOST:PORT; an IPv6 address stands in brackets."""

    name = "host:port"

    def convert(
        self, value: str | tuple[str, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        found = _ADDRESS.fullmatch(value)
        port = int(found["port"] or sending.RAW_PORT) if found else 0
        if not found or not 0 < port < 2**16:
            self.fail(f"{value!r} is no address of a printer. Write 192.168.1.50 or 192.168.1.50:9100.", param, ctx)
        return found["host"] or found["ipv6"], port


@printing.command("send")
@click.option("--to", "printer", type=Printer(), required=True, help="The printer; without a port it is 9100.")
@click.option("--order", "reference", help="The reference of the order to print.")
@click.option("--report", "report_id", type=click.UUID, help="The id of the report (Z or addendum) to print.")
@click.option("--as", "kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="What of the order.")
@click.option("--copy", "is_copy", is_flag=True, help="Say COPY on a receipt, and leave the drawer shut.")
@click.option("--store", "slug", help="The store's slug; needed where there are several.")
@click.option(
    "--columns", type=click.Choice([str(each) for each in COLUMNS]), default=str(COLUMNS[0]), show_default=True
)
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
def send_command(printer: tuple[str, int], slug: str | None, columns: str, **wanted: Any) -> None:
    """Print a receipt, what the kitchen makes of an order, or a report."""
    if (wanted["reference"] is None) == (wanted["report_id"] is None):
        raise WhichPaper
    with transaction(None):
        store = _store(slug)
    with transaction(store.id):
        document = _document(store, **wanted)
    _hand_over(printer, escpos.as_bytes(document, int(columns)))
    click.echo(f"{document['title']} went to {_address(printer)}.")


def _document(
    store: StoreFacts, *, reference: str | None, report_id: UUID | None, kind: str, is_copy: bool, language: str
) -> Document:
    if report_id is not None:
        shown = reports.kept(find(ZReport, report_id))
        return report(shown, queries.saying(store, shown["location"]["id"], language, shown["currency"]))
    order = order_by_reference(store, ids.read_reference(reference or ""))
    saying = queries.saying(store, order["location_id"], language, order["currency"])
    if kind == "ticket":
        return tickets(queries.tickets(order, clock.now()), saying)
    return receipt(order, saying, seller=queries.seller(order), is_copy=is_copy)


def _hand_over(printer: tuple[str, int], sent: bytes) -> None:
    try:
        sending.send(*printer, sent)
    except sending.PrinterAway as error:
        raise NotTaken(printer=_address(printer), reason=error) from error


def _address(printer: tuple[str, int]) -> str:
    host, port = printer
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _store(slug: str | None) -> StoreFacts:
    """The named store, or the only one."""
    found = [stores.store_by_slug(slug).id] if slug else stores.store_ids()
    if len(found) != 1:
        raise WhichStore
    return _facts(stores.find_store(found[0]))


def _facts(store: Store) -> StoreFacts:
    return StoreFacts(**{name: getattr(store, name) for name in StoreFacts.__annotations__})


def init_app(app: Flask) -> None:
    app.cli.add_command(printing)
