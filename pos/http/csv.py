"""Tables as CSV (RFC 4180) that a spreadsheet may open: what would be a formula there stays text. Pure."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

MEDIA_TYPE = "text/csv"
# Without it Excel takes UTF-8 for the alphabet of its own country.
BYTE_ORDER_MARK = "\ufeff"
# https://owasp.org/www-community/attacks/CSV_Injection. Apostrophes before such a sign are counted in, so that the one put in front
# is exactly what is taken away again.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def csv_row(values: Iterable[Any]) -> str:
    """One line with its end. Text is disarmed; numbers are written as they are, also negative ones; None is an empty cell,
    instants are in UTC with a Z."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_cell(value) for value in values])
    return line.getvalue()


def disarmed(text: str) -> str:
    """The text with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def armed(cell: str) -> str:
    """What `disarmed` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else disarmed(str(value))
