"""A document as the bytes of a receipt printer, which are those of Epson's ESC/POS: nearly every make understands them.

Text reaches the printer in one code page, cleaned and wrapped before (layout.py): python-escpos, left alone, would look for a
page for each sign, many of which cheap printers lack, and would send Chinese as it is.
"""

import os
import shutil
from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

import segno

from pos.printing.layout import Code, Line, laid_out
from pos.printing.paper import Document
from pos.printing.signs import CODE_PAGE

MEDIA_TYPE = "application/octet-stream"
# Nearly all makes have our code page at Epson's place, 16, as this profile has it.
_PROFILE = "default"
# FS ., which the library has no name for. Printers made for China start in a mode in which two bytes above 7F are one sign, so that
# "ñó" would come out Chinese; others know no such mode and pass over it.
_ONE_BYTE_PER_SIGN = b"\x1c."
_DRAWER_PIN = 2
# A column of font A is 12 dots wide; a module of a QR code 6, if it fits: 25 mm for an address of ours.
_COLUMN_DOTS, _MODULE_DOTS = 12, 6
# GS v 0: a picture, row by row, a bit for each dot.
_PICTURE = b"\x1dv0\0"


def as_bytes(document: Document, columns: int) -> bytes:
    """From the reset of the printer to the cut. The drawer opens first: change is given while it prints."""
    printer = _library().Dummy(profile=_PROFILE)
    printer.hw("INIT")
    printer._raw(_ONE_BYTE_PER_SIGN)  # noqa: SLF001 - the library has no other way to send a command that it does not know
    printer.charcode(CODE_PAGE)
    if document["opens_drawer"]:
        printer.cashdraw(_DRAWER_PIN)
    for line in laid_out(document, columns):
        if isinstance(line, Code):
            _draw(printer, line, columns)
        else:
            _write(printer, line)
    printer.cut(mode="PART")
    return bytes(printer.output)


def _write(printer: Any, line: Line) -> None:
    printer.set(align=line.align, bold=line.bold, custom_size=True, width=line.size, height=line.size)
    printer.textln(line.text)


def _draw(printer: Any, code: Code, columns: int) -> None:
    """As a picture, five kilobytes, though newer printers could draw it by themselves: many of 58 mm cannot, and would print the command.
    The library's own way would print a warning where the width of the paper is not in the profile."""
    printer.set(align="center", bold=False, custom_size=True, width=1, height=1)
    printer._raw(raster(code.text, columns * _COLUMN_DOTS))  # noqa: SLF001
    printer.textln()


def raster(text: str, width: int) -> bytes:
    """A QR code as the command that prints it, at most so many dots wide."""
    modules = segno.make(text, error="m", micro=False).matrix
    dots = max(1, min(_MODULE_DOTS, width // len(modules)))
    row_bytes = -(-len(modules) * dots // 8)
    rows = b"".join(_row(row, dots, row_bytes) * dots for row in modules)
    size = row_bytes.to_bytes(2, "little") + (len(modules) * dots).to_bytes(2, "little")
    return _PICTURE + size + rows


def _row(modules: Iterable[int], dots: int, row_bytes: int) -> bytes:
    bits = "".join(str(module) * dots for module in modules)
    return int(bits.ljust(row_bytes * 8, "0"), 2).to_bytes(row_bytes, "big")


@cache
def _library() -> ModuleType:
    """python-escpos, when the first bytes are made: it brings 5 MB (13 MB without Pillow) and a quarter of a second with it, which a
    web process that prints nothing should not pay. It leaves a copy of its table of printers in a new temporary folder for each process, which goes at once."""
    from escpos import capabilities, printer

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return printer  # type: ignore[no-any-return]
