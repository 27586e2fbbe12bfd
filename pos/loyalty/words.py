"""A line of the ledger in words that a cashier can read out: pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

Entry = Mapping[str, Any]


def line(act: Mapping[str, Any]) -> dict[str, Any]:
    """One act: how many points came or went, why, and which order it was about. Its entries name lots; nobody asks for those."""
    entries = act["entries"]
    kind = entries[0]["type"]
    order = {"id": act["order_id"], "reference": act["reference"]} if act["order_id"] else None
    return {
        "id": act["act_id"],
        "type": kind,
        "points": act["points"],
        "text": _TEXTS[kind](act, entries),
        "order": order,
        "actor": act["actor"],
        "occurred_at": act["occurred_at"],
    }


def _accumulated(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    terms = entries[0]["terms"] or {}
    why = [f"{terms['level']} × {terms['multiplier']}"] if Decimal(terms.get("multiplier", 1)) != 1 else []
    why += [terms["promotion"]] if terms.get("promotion") else []
    said = f"Earned with order {act['reference']}" + (f" ({', '.join(why)})" if why else "")
    repaid = _repaid(entries)
    return said + (f"; {repaid} of them repay points of an order that was paid back" if repaid else "")


def _redeemed(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    return f"Spent on {act['reward']}" + (f" in order {act['reference']}" if act["reference"] else " (code)")


def _returned(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    if act["points"] < 0:
        return f"Taken again for {act['reward']}: {_redone(act)}"
    if act["reference"] is None:
        return f"Given back: the code for {act['reward']} was not used"
    return f"Given back for {act['reward']}: order {act['reference']} {_undone(act)}"


def _reversed(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    if act["points"] > 0:
        return f"Given back: {_redone(act)}"
    owed = -sum(entry["points"] for entry in entries if entry["lot_id"] is None and entry["type"] == "reverse")
    said = f"Taken back: order {act['reference']} {_undone(act)}"
    return said + (f"; {owed} of them were spent already" if owed else "")


def _expired(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    return "Expired"


def _adjusted(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    return f"Adjusted: {act.get('words') or entries[0]['reason']}"


def _transferred(act: Mapping[str, Any], entries: Sequence[Entry]) -> str:
    if act["points"] == 0:
        return "Repaid what was owed"
    return "Came over from another account" if act["points"] > 0 else "Went over to another account"


def _repaid(entries: Sequence[Entry]) -> int:
    return sum(entry["points"] for entry in entries if entry["type"] == "transfer" and entry["points"] > 0)


def _redone(act: Mapping[str, Any]) -> str:
    return (
        f"the refund of order {act['reference']} failed"
        if act["by_refund"]
        else f"order {act['reference']} counts again"
    )


def _undone(act: Mapping[str, Any]) -> str:
    if act["by_refund"]:
        return "was paid back"
    return "was canceled" if act["order_status"] == "canceled" else "was changed"


_TEXTS = {
    "accumulate": _accumulated,
    "redeem": _redeemed,
    "return": _returned,
    "reverse": _reversed,
    "expire": _expired,
    "adjust": _adjusted,
    "transfer": _transferred,
}
