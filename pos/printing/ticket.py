"""A kitchen ticket, out of a ticket of GET /kitchen: to be read from two steps away, with wet hands. Pure."""

from collections.abc import Iterator
from typing import Any

from pos.printing.paper import Block, Document, document, pair, rule, space, text
from pos.printing.saying import Saying, mark

Ticket = dict[str, Any]


def tickets(shown: list[Ticket], saying: Saying) -> Document:
    """Tickets of one order, each a round at one station, one below the other. What was voided is said as loudly as what is to be made."""
    blocks = [block for each in shown for block in (space(), space(), rule(), *_ticket(each, saying))]
    return document(saying.words.say("ticket", reference=shown[0]["reference"]), blocks[3:])


def _ticket(shown: Ticket, saying: Saying) -> list[Block]:
    return [*_head(shown, saying), rule(), *_made(shown), *_voided(shown, saying), rule(), *_foot(shown, saying)]


def _head(shown: Ticket, saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    if shown["is_canceled"]:
        yield mark(said("canceled"))
    yield mark(shown["reference"])
    name = shown["tab_name"] or shown["customer_name"]
    if name:
        yield mark(name)
    yield pair(shown["station"] or said("kitchen"), said("round", number=shown["round"]), bold=True)
    yield text(said("fired", hour=saying.words.hour(saying.local(shown["fired_at"]))))


def _made(shown: Ticket) -> Iterator[Block]:
    """Units of a line that are not equally far are one quantity on paper: it is printed once."""
    quantities: dict[str, int] = {}
    lines = {line["line_id"]: line for line in shown["lines"] if line["status"] != "void"}
    for line in shown["lines"]:
        if line["status"] != "void":
            quantities[line["line_id"]] = quantities.get(line["line_id"], 0) + line["quantity"]
    for line_id, quantity in quantities.items():
        yield text(f"{quantity} × {lines[line_id]['name']}", bold=True, size=2)
        yield from _details(lines[line_id])


def _voided(shown: Ticket, saying: Saying) -> Iterator[Block]:
    for line in shown["lines"]:
        if line["status"] == "void":
            yield text(f"{saying.words.say('void')} {line['quantity']} × {line['name']}", bold=True, size=2)
            yield from _details(line)


def _details(line: dict[str, Any]) -> Iterator[Block]:
    for modifier in line["modifiers"]:
        yield text(f"    + {modifier}", bold=True)
    if line["note"]:
        yield text(f"    » {line['note']}", bold=True)
    yield space()


def _foot(shown: Ticket, saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    if shown["note"]:
        yield text(f"» {shown['note']}", bold=True)
    if shown["elsewhere"]:
        stations = ", ".join(each["station"] or said("kitchen") for each in shown["elsewhere"])
        yield text(said("elsewhere", stations=stations))
    if not shown["is_paid"]:
        yield text(said("unpaid"), align="center", bold=True)
