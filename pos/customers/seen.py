"""Customers as a role sees them, by the API and in the office alike: what a silent customer has is shown to a cashier when they have
said who they are (pos/care/numbers.py)."""

from typing import Any

from pos import phone
from pos.http.access import Caller


def as_seen(customer: dict[str, Any], who: Caller) -> dict[str, Any]:
    """A customer with `has_hidden_balance`; and without the member where it is true."""
    is_hidden = customer["is_silent"] and customer["member"] is not None and not who.reaches("manager")
    return customer | {"has_hidden_balance": is_hidden} | ({"member": None} if is_hidden else {})


def as_found(row: dict[str, Any], who: Caller) -> dict[str, Any]:
    """The same of one among many who were found; of their numbers a cashier sees the end."""
    is_whole = who.reaches("manager") or not row["phone"]
    return as_seen(row, who) | {"phone": row["phone"] if is_whole else phone.masked(row["phone"])}
