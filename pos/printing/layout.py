"""A document on a paper of so many columns: what stands on each line, and nothing of it wider than the paper. Pure."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from pos.printing.paper import Block, Document
from pos.printing.signs import printable

# Characters of font A: 80 mm at 203 dpi; 80 mm at 180 dpi (Epson TM-T88); 58 mm.
COLUMNS = (48, 42, 32)
# A name needs so much beside its amount; else the amount stands below it.
_LEAST_BESIDE = 10
_HANGING = "  "
_MOST_INDENT = 8


@dataclass(frozen=True)
class Line:
    text: str
    align: str = "left"
    bold: bool = False
    size: int = 1


@dataclass(frozen=True)
class Code:
    """A QR code with this text."""

    text: str


def laid_out(document: Document, columns: int) -> list[Line | Code]:
    """The lines from top to bottom; one of size 2 has half as many characters."""
    return [line for block in document["blocks"] for line in _lines(block, columns)]


def _lines(block: Block, columns: int) -> Iterator[Line | Code]:
    match block["kind"]:
        case "text":
            yield from _text(block, columns)
        case "pair":
            yield from (Line(line, bold=block["bold"]) for line in _pair(block["left"], block["right"], columns))
        case "rule":
            yield Line("-" * columns)
        case "space":
            yield Line("")
        case "qr":
            yield Code(block["text"])


def _text(block: Block, columns: int) -> Iterator[Line]:
    look = {name: block[name] for name in ("align", "bold", "size")}
    # A big line is a quantity and a name: what is wrapped of it should not look like another one.
    hanging = _HANGING if block["size"] > 1 and block["align"] == "left" else ""
    for line in wrapped(printable(block["text"]), columns // block["size"], hanging=hanging):
        yield Line(line if block["align"] == "left" else line.strip(), **look)


def _pair(left: str, right: str, columns: int) -> Iterator[str]:
    amount, beside = printable(right).strip(), columns - len(printable(right).strip()) - 1
    if beside < _LEAST_BESIDE:
        yield from wrapped(printable(left), columns, hanging=_HANGING)
        yield from (line.strip().rjust(columns) for line in wrapped(amount, columns))
        return
    first, *others = wrapped(printable(left), beside, hanging=_HANGING)
    yield f"{first:{beside}} {amount}".rstrip()
    yield from others


def wrapped(said: str, width: int, *, hanging: str = "") -> list[str]:
    """The text by words in lines of at most this width, at least one line; a word that is wider is broken, after a hyphen if it has one.
    Blanks in front indent all lines, `hanging` all but the first."""
    indent = said[: len(said) - len(said.lstrip(" "))][: min(_MOST_INDENT, width // 2)]
    lines = textwrap.wrap(said.strip(" "), width, initial_indent=indent, subsequent_indent=indent + hanging)
    return lines or [indent]
