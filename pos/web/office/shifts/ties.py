"""How a report's figures hang together, each as an equation that anybody can reckon after. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Term:
    """An amount with its name; `is_taken` if it counts against the others."""

    title: str
    amount: int
    is_taken: bool = False

    @property
    def counts(self) -> int:
        return -self.amount if self.is_taken else self.amount


@dataclass(frozen=True)
class Tie:
    """The sum of `left` is the sum of `right`."""

    title: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]

    @property
    def off(self) -> int:
        """By how much it is not so."""
        return sum(term.counts for term in self.left) - sum(term.counts for term in self.right)


def ties(report: Mapping[str, Any]) -> list[Tie]:
    """All that a report claims of its own figures (pos/shifts/report.py)."""
    sales, balance, drawer = report["sales"], report["balance"], report["drawer"]
    classes = tuple(Term(f"{each['kind']}, {each['tax_class']}", _net(each)) for each in sales["classes"])
    tax = 0 if report["tax_included"] else sales["tax"]
    return [
        Tie("Classes", classes, (Term("goods less discounts", sales["net"]),)),
        Tie("Sales", _sales(sales, tax), (Term("sold", sales["total"]),)),
        Tie("Drawer", _drawer(drawer), (Term("expected in the drawer", drawer["expected"]),)),
        Tie("Money", _sold(balance), _kept(balance)),
        Tie("Tenders", tuple(Term(each["method"], each["net"]) for each in report["tenders"]), _received(balance)),
    ]


def _net(each: Mapping[str, Any]) -> int:
    return int(each["subtotal"] - each["discount"])


def _sales(sales: Mapping[str, Any], tax: int) -> tuple[Term, ...]:
    more = (("tax", tax), ("tips", sales["tip"]), ("shipping", sales["shipping"]), ("fees", sales["fees"]))
    return Term("goods less discounts", sales["net"]), *(Term(*each) for each in more if each[1])


def _drawer(drawer: Mapping[str, Any]) -> tuple[Term, ...]:
    return (
        Term("float", drawer["opening_float"]),
        Term("cash taken", drawer["cash_payments"]),
        Term("cash given back", drawer["cash_refunds"], is_taken=True),
        Term("paid in", drawer["paid_in"]),
        Term("paid out", drawer["paid_out"], is_taken=True),
    )


def _sold(balance: Mapping[str, Any]) -> tuple[Term, ...]:
    return Term("sold", balance["sold"]), Term("given back", balance["given_back"], is_taken=True)


def _kept(balance: Mapping[str, Any]) -> tuple[Term, ...]:
    due = Term("due now", balance["due_after"]), Term("due before", balance["due_before"], is_taken=True)
    return Term("kept", balance["kept"]), *due


def _received(balance: Mapping[str, Any]) -> tuple[Term, ...]:
    return (
        Term("kept", balance["kept"]),
        Term("received elsewhere", balance["received_elsewhere"], is_taken=True),
        Term("received for other registers", balance["received_for_others"]),
    )
