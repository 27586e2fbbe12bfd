"""The life cycles of an order as tables: state × event → state. A move that is not in the table is a conflict."""

from collections.abc import Mapping

from pos.errors import Conflict

STATUSES = ("open", "completed", "canceled")
PAYMENT_STATUSES = ("unpaid", "partially_paid", "paid", "overpaid", "partially_refunded", "refunded")
FULFILLMENT_STATUSES = ("proposed", "reserved", "prepared", "completed", "canceled")

# The event is the status that is asked for.
ORDER = {
    ("open", "completed"): "completed",
    ("open", "canceled"): "canceled",
}
# Steps may be skipped: not every kitchen taps each of them.
FULFILLMENT = {
    ("proposed", "reserved"): "reserved",
    ("proposed", "prepared"): "prepared",
    ("proposed", "completed"): "completed",
    ("proposed", "canceled"): "canceled",
    ("reserved", "prepared"): "prepared",
    ("reserved", "completed"): "completed",
    ("reserved", "canceled"): "canceled",
    ("prepared", "completed"): "completed",
    ("prepared", "canceled"): "canceled",
}

# What the kitchen undoes or calls back, of an open order. What is more to make than before lets an order go back, too.
RECALL = {
    ("completed", "prepared"): "prepared",
    ("completed", "reserved"): "reserved",
    ("completed", "proposed"): "proposed",
    ("prepared", "reserved"): "reserved",
    ("prepared", "proposed"): "proposed",
    ("reserved", "proposed"): "proposed",
}

# What is being made when more is asked for: of two states of making, the one of both together.
_MADE = ("prepared", "completed")


class WrongState(Conflict):
    title = "Not possible in this state"
    advice = "This {what} is {state}, so it cannot become {event}."


class WebOrder(Conflict):
    title = "An order of the web shop"
    advice = "This order was placed in the web shop. Change, refund or cancel it there; what is done there comes here by itself."


def move(table: Mapping[tuple[str, str], str], state: str, event: str, *, what: str = "order") -> str:
    """The state after an event. Raises WrongState."""
    if (state, event) not in table:
        raise WrongState(what=what, state=state, event=event)
    return table[state, event]


def made_together(one: str, other: str) -> str:
    """How far the making of two things is as one: of a tab and a new round, or of two tabs that are merged."""
    if one == other or (one in _MADE and other in _MADE):
        return one if one == other else "prepared"
    return "reserved"


def payment_status(*, total: int, paid: int, refunded: int, is_canceled: bool = False) -> str:
    """What the amounts say of an order, the first rule that fits (docs/pricing.md); never set by hand.

    Nobody owes anything for a canceled order, so money in it is too much.
    """
    net = paid - refunded
    if total == 0 and net == 0:
        return "paid"
    if paid == 0:
        return "unpaid"
    if net > (0 if is_canceled else total):
        return "overpaid"
    if net == total:
        return "paid"
    if net == 0:
        return "refunded"
    return "partially_refunded" if refunded else "partially_paid"


def amount_due(*, status: str, total: int, paid: int, refunded: int) -> int:
    """What is still to be paid of an open order: what was given back is due again until the order is completed."""
    return max(total - paid + refunded, 0) if status == "open" else 0


def is_covered(*, total: int, paid: int, refunded: int) -> bool:
    """Whether what is held pays for all of it."""
    return paid - refunded >= total


def is_finished(*, status: str, was_paid: bool, handed_over: bool) -> bool:
    """Whether nothing remains to be done: paid in full once, and handed over. What needs no preparation counts as
    handed over with the payment; what was given back since does not open the order again."""
    return status == "open" and was_paid and handed_over
