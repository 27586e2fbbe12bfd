"""How reports hang together: each digest covers its report and the digest of the one before it at that register, so none can be changed,
left out or slipped in without all later ones showing it. `flask audit` computes both digests by SQL (proofs.py)."""

import json
from collections.abc import Iterable
from typing import Any

from pos import ids
from pos.shifts.figures import Figures, Found

# Before a register's first report.
NOTHING = ""


def written(body: dict[str, Any]) -> str:
    """A report's body as the text that is kept, printed and digested."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(previous: str, body: str) -> str:
    """SHA-256 of the digest before and the body, as hex."""
    return ids.digest(f"{previous}\n{body}")


def digest_of_rows(found: Found) -> str:
    """SHA-256 of all that a report counts, row by row: orders by id with their version and figures, then what was paid and earned."""
    orders = (
        f"{order.id} {order.version} {_text(order.figures)}" for order in sorted(found.orders, key=lambda each: each.id)
    )
    entries = (
        f"{entry.item_id} {entry.kind} {entry.method} {entry.count} {entry.amount} {_flag(entry.is_in_drawer)} {_flag(entry.is_own)}"
        for entry in sorted(found.entries, key=lambda each: each.item_id)
    )
    return ids.digest("\n".join([_lines(orders), _lines(entries)]))


def _lines(rows: Iterable[str]) -> str:
    return "\n".join(rows)


def _text(figures: Figures) -> str:
    """By the bytes of their names, as SQL orders them under the collation C."""
    return ",".join(f"{name}={figures[name]}" for name in sorted(figures))


def _flag(holds: bool) -> str:
    return "t" if holds else "f"
