"""How a report's figures hang together, each as an equation that anybody can reckon after. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Term = tuple[str, int]


@dataclass(frozen=True)
class Tie:
    """The sum of `left` is the sum of `right`; each term has its name and its amount, with its sign."""

    title: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]

    @property
    def off(self) -> int:
        """By how much it is not so."""
        return sum(amount for _, amount in self.left) - sum(amount for _, amount in self.right)


def ties(report: Mapping[str, Any]) -> list[Tie]:
    """All that a report claims of its own figures (pos/shifts/report.py)."""
    sales, balance, drawer = report["sales"], report["balance"], report["drawer"]
    tax = 0 if report["tax_included"] else sales["tax"]
    return [
        Tie("Classes", tuple(_of_class(each) for each in sales["classes"]), (("goods less discounts", sales["net"]),)),
        Tie("Sales", _sales(sales, tax), (("sold", sales["total"]),)),
        Tie("Drawer", _drawer(drawer), (("expected in the drawer", drawer["expected"]),)),
        Tie(
            "Money",
            (("sold", balance["sold"]), ("given back", -balance["given_back"])),
            (("kept", balance["kept"]), ("due now", balance["due_after"]), ("due before", -balance["due_before"])),
        ),
        Tie("Tenders", _tenders(report), _received(balance)),
    ]


def _of_class(each: Mapping[str, Any]) -> Term:
    return f"{each['kind']}, {each['tax_class']}", each["subtotal"] - each["discount"]


def _sales(sales: Mapping[str, Any], tax: int) -> tuple[Term, ...]:
    more = (("tax", tax), ("tips", sales["tip"]), ("shipping", sales["shipping"]), ("fees", sales["fees"]))
    return ("goods less discounts", sales["net"]), *(term for term in more if term[1])


def _drawer(drawer: Mapping[str, Any]) -> tuple[Term, ...]:
    return (
        ("float", drawer["opening_float"]),
        ("cash taken", drawer["cash_payments"]),
        ("cash given back", -drawer["cash_refunds"]),
        ("paid in", drawer["paid_in"]),
        ("paid out", -drawer["paid_out"]),
    )


def _tenders(report: Mapping[str, Any]) -> tuple[Term, ...]:
    return tuple((each["method"], each["net"]) for each in report["tenders"])


def _received(balance: Mapping[str, Any]) -> tuple[Term, ...]:
    return (
        ("kept", balance["kept"]),
        ("received elsewhere", -balance["received_elsewhere"]),
        ("received for other registers", balance["received_for_others"]),
    )
