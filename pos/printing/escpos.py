"""A document as the bytes of a receipt printer, which are those of Epson's ESC/POS: nearly every make understands them.

Text reaches the printer in one code page, cleaned and wrapped before (layout.py): python-escpos, left alone, would look for a
page for each sign, many of which cheap printers lack, and would send Chinese as it is.
"""

import os
import shutil
from functools import cache
from types import ModuleType
from typing import Any

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
# Dots for each module of a QR code: 25 mm for an address of ours, on either paper; longer texts have more modules.
_DOTS, _DOTS_LONG, _LONG = 6, 3, 120
_ERROR_CORRECTION_M = 1


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
            _draw(printer, line)
        else:
            _write(printer, line)
    printer.cut(mode="PART")
    return bytes(printer.output)


def _write(printer: Any, line: Line) -> None:
    printer.set(align=line.align, bold=line.bold, custom_size=True, width=line.size, height=line.size)
    printer.textln(line.text)


def _draw(printer: Any, code: Code) -> None:
    """By the printer itself: sharp, and a hundredth of the bytes of a picture."""
    printer.set(align="center", bold=False, custom_size=True, width=1, height=1)
    dots = _DOTS if len(code.text) <= _LONG else _DOTS_LONG
    printer.qr(code.text, ec=_ERROR_CORRECTION_M, size=dots, native=True)
    printer.textln()


@cache
def _library() -> ModuleType:
    """python-escpos, when the first bytes are made: it brings 5 MB (13 MB without Pillow) and a quarter of a second with it, which a
    web process that prints nothing should not pay. It leaves a copy of its table of printers in a new temporary folder for each process, which goes at once."""
    from escpos import capabilities, printer

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return printer  # type: ignore[no-any-return]
