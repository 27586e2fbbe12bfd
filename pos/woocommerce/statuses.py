"""What the shop's word for the state of an order means here: pure, one table."""

from typing import NamedTuple


class Meaning(NamedTuple):
    """`status` is the order's here. Of one that `is_paid` the shop holds the money, less what it gave back."""

    status: str
    is_paid: bool


PAID, WAITING, DONE, CALLED_OFF = (
    Meaning("open", is_paid=True),
    Meaning("open", is_paid=False),
    Meaning("completed", is_paid=True),
    Meaning("canceled", is_paid=False),
)
STATUSES = {
    "pending": WAITING,  # the guest has not paid yet
    "on-hold": WAITING,  # a bank transfer is waited for, say
    "processing": PAID,  # paid, and still to be sent
    "completed": DONE,
    "refunded": DONE,  # all of it was given back: the refunds say so
    "cancelled": CALLED_OFF,
    "failed": CALLED_OFF,  # the payment was refused; the guest may yet pay, and it is processing then
    "trash": CALLED_OFF,
}
# A basket that somebody is filling in is no order yet.
DRAFTS = ("checkout-draft", "auto-draft")


def meaning(status: str, *, has_paid_date: bool) -> Meaning:
    """The meaning of a status; one that a plugin made up is read by whether the order was paid."""
    return STATUSES.get(status) or (PAID if has_paid_date else WAITING)
