"""How a web order ought to stand in the books, and how that differs from how it stands: pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pos.woocommerce.bill import Bill, BillLine, bill, minor_units
from pos.woocommerce.records import LeftOut, WebOrder
from pos.woocommerce.statuses import meaning

CANCELED = "Canceled in the web shop"
DELETED = "Deleted in the web shop"
DOUBLED = "Paid by the same transaction as another web order"


class LineKey(NamedTuple):
    """By which a line that is kept is known to be one of the shop's: what a person would call the same line."""

    name: str
    sku: str
    quantity: int
    unit_price: int
    discount: int
    tax: int

    @classmethod
    def of(cls, line: BillLine) -> "LineKey":
        return cls(line.name, line.sku, line.quantity, line.unit_price, line.discount, line.tax)


@dataclass(frozen=True)
class Wanted:
    """A web order as it ought to stand. The shop holds `held` of its money, and `refunds` tell what it gave back before, by their
    numbers, of which those that are `taken` stand at another order already. `was_paid`: it was paid in full once, at `paid_at`."""

    order: WebOrder
    bill: Bill
    status: str
    held: int
    refunds: Mapping[int, int]
    was_paid: bool
    cancel_reason: str | None
    doubles: int | None = None
    taken: frozenset[int] = frozenset()

    @property
    def paid_at(self) -> datetime | None:
        told = self.order
        return (told.paid_at or told.completed_at or told.modified_at) if self.was_paid else None

    @property
    def completed_at(self) -> datetime | None:
        return (self.order.completed_at or self.order.modified_at) if self.status == "completed" else None

    @property
    def fulfillment_status(self) -> str:
        return "proposed" if self.status == "open" else self.status

    @property
    def gross(self) -> int:
        """What came in, before any of it went back."""
        return self.held + self.went_back

    @property
    def went_back(self) -> int:
        """All that the shop gave back, be it more than the order comes to, e.g. since a line was taken out of it later."""
        return sum(self.refunds.values())

    @property
    def holds_money(self) -> bool:
        """Whether it is paid, and not all of it went back."""
        return self.held > 0

    def figures(self) -> dict[str, Any]:
        """What is compared, by the names of the columns."""
        made = self.bill
        return {
            "status": self.status, "subtotal": made.subtotal, "discount": made.discount, "tax": made.tax,
            "shipping": made.shipping, "fees": made.fees, "tax_in_charges": made.tax_in_charges, "total": made.total,
            "placed_at": self.order.placed_at,
        }  # fmt: skip


@dataclass(frozen=True)
class KeptLine:
    """A line that counts, as it is kept."""

    id: UUID
    key: LineKey


@dataclass(frozen=True)
class Kept:
    """A web order as it stands in the books. Of somebody who was erased no words are compared."""

    id: UUID
    customer_id: UUID
    is_erased: bool
    modified_at: datetime
    updated_at: datetime
    figures: Mapping[str, Any]
    note: str | None
    held: int
    refunds: frozenset[int]
    lines: tuple[KeptLine, ...]


def wanted(order: WebOrder, currency: str, digits: int, *, doubles: int | None = None) -> Wanted:
    """How an order ought to stand in books of this currency; one that `doubles` another was not paid a second time. Raises LeftOut."""
    if order.currency != currency:
        raise LeftOut("foreign_currency", currency=order.currency, total=str(order.total))
    made = bill(order, digits)
    meant = meaning(order.status, has_paid_date=order.paid_at is not None)
    refunds = {each.wc_id: minor_units(each.amount, digits) for each in order.refunds}
    refunds = {number: amount for number, amount in refunds.items() if amount > 0}
    is_set_aside = doubles is not None
    went_back = 0 if is_set_aside else sum(refunds.values())
    is_held = meant.is_paid and order.status != "refunded" and not is_set_aside
    return Wanted(
        order=order,
        bill=made,
        status="canceled" if is_set_aside else meant.status,
        held=max(made.total - went_back, 0) if is_held else 0,
        refunds={} if is_set_aside else refunds,
        was_paid=not is_set_aside and (meant.is_paid or went_back > 0),
        cancel_reason=_reason(order.status, doubles) if is_set_aside or meant.status == "canceled" else None,
        doubles=doubles,
    )


def _reason(status: str, doubles: int | None) -> str:
    if doubles is not None:
        return DOUBLED
    return DELETED if status == "trash" else CANCELED


def differences(kept: Kept, asked: Wanted) -> dict[str, tuple[Any, Any]]:
    """What differs, each with what is kept and what is wanted; nothing if the order stands as it ought to."""
    figures = asked.figures()
    found = {name: (kept.figures[name], value) for name, value in figures.items() if kept.figures[name] != value}
    if kept.held != asked.held:
        found["held"] = (kept.held, asked.held)
    # By a number that is taken it would never be found again; what went back is seen from the money.
    if missing := sorted(asked.refunds.keys() - kept.refunds - asked.taken):
        found["refunds"] = (sorted(kept.refunds & asked.refunds.keys()), missing)
    if Counter(line.key for line in kept.lines) != Counter(LineKey.of(line) for line in asked.bill.lines):
        found["lines"] = (len(kept.lines), len(asked.bill.lines))
    if not kept.is_erased and kept.note != asked.order.note:
        found["note"] = ("…", "…")
    return found


def what(found: Mapping[str, Any], asked: Wanted) -> str:
    """One word for a difference."""
    if asked.doubles is not None and "status" in found:
        return "doubled"
    if asked.order.status == "trash":
        return "gone"
    return "refunded" if "refunds" in found else "changed"


def matched(
    kept: Sequence[KeptLine], lines: Sequence[BillLine]
) -> tuple[list[tuple[UUID, BillLine]], list[BillLine], list[UUID]]:
    """Which kept line is which of the shop's; which are new; which are there no more."""
    waiting: dict[LineKey, list[UUID]] = {}
    for line in kept:
        waiting.setdefault(line.key, []).append(line.id)
    same, new = [], []
    for each in lines:
        found = waiting.get(LineKey.of(each))
        if found:
            same.append((found.pop(0), each))
        else:
            new.append(each)
    return same, new, [line_id for ids in waiting.values() for line_id in ids]
