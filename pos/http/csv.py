"""Rows of CSV (RFC 4180) that a spreadsheet opens as what they are: no text of somebody else's is taken for a formula."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

# A spreadsheet reads a cell that begins so as a formula, and would run it.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DISARM = "'"


def csv_row(values: Iterable[Any]) -> str:
    """One row with its line's end. Numbers stay numbers, also below zero; nothing is an empty cell; a text that a spreadsheet would
    take for a formula gets an apostrophe in front, which `armed` takes away again."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([_cell(value) for value in values])
    return written.getvalue()


def disarmed(text: str) -> str:
    """A text that no spreadsheet takes for a formula. One that begins with an apostrophe before such a sign gets another, so
    that nothing is lost on the way back."""
    return _DISARM + text if text.lstrip(_DISARM).startswith(_BEGINS_FORMULA) else text


def armed(cell: str) -> str:
    """The text again, of a cell that `disarmed` wrote."""
    is_disarmed = cell.startswith(_DISARM) and cell.lstrip(_DISARM).startswith(_BEGINS_FORMULA)
    return cell[len(_DISARM) :] if is_disarmed else cell


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | Decimal) else disarmed(str(value))
