"""What is printed, before it is known on what: a document is a title, blocks from top to bottom, and whether the drawer opens. Pure.

A document is JSON; one that the API gives away is drawn by the browser (static/print), or becomes a printer's bytes (escpos.py).
"""

import re
from collections.abc import Iterable
from typing import Any

Block = dict[str, Any]
Document = dict[str, Any]

KINDS = ("text", "pair", "rule", "space", "qr")
ALIGNMENTS = ("left", "center", "right")
SIZES = (1, 2)
# What moves a cursor, or turns the direction of the text, does not belong on paper, wherever it came from.
_UNSAID = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def document(title: str, blocks: Iterable[Block], *, opens_drawer: bool = False) -> Document:
    return {"title": clean(title), "blocks": list(blocks), "opens_drawer": opens_drawer}


def text(said: str, *, align: str = "left", bold: bool = False, size: int = 1) -> Block:
    """A paragraph, wrapped by words; blanks in front of it indent all of its lines. Size 2 is twice as wide and high."""
    return {"kind": "text", "text": clean(said), "align": align, "bold": bold, "size": size}


def pair(left: str, right: str, *, bold: bool = False) -> Block:
    """What something is, and at the right edge what it comes to: the left is wrapped, the right is never cut."""
    return {"kind": "pair", "left": clean(left), "right": clean(right), "bold": bold}


def rule() -> Block:
    return {"kind": "rule"}


def space() -> Block:
    return {"kind": "space"}


def qr(address: str) -> Block:
    return {"kind": "qr", "text": clean(address)}


def clean(said: str) -> str:
    """One line of text: line feeds, control characters and those that turn the direction are blanks."""
    return _UNSAID.sub(" ", said)
