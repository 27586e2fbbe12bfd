"""The life cycles of links, payments, refunds and disputes: pure.

What Stripe tells arrives late, twice and in any order. So a payment or a refund never goes back: of two things that are told
of it the later one in its life holds, whichever came first (`later`).
"""

from collections.abc import Mapping

from pos.orders.lifecycle import move

STATUSES = ("pending", "succeeded", "failed", "canceled")
LINK_STATUSES = ("creating", "active", "completed", "expired", "canceled", "failed")
LIVE = ("creating", "active")

LINK = {
    ("creating", "made"): "active",
    ("creating", "fail"): "failed",
    ("creating", "cancel"): "canceled",
    ("creating", "expire"): "expired",
    ("active", "fail"): "failed",
    ("active", "cancel"): "canceled",
    ("active", "expire"): "expired",
    # Money always completes the link that it came by, also one that had ended here.
    **{(state, "pay"): "completed" for state in LINK_STATUSES},
}
# An authorisation that fails was never money; one that succeeded stays money until it is refunded.
PAYMENT_RANK = {"pending": 0, "canceled": 1, "failed": 1, "succeeded": 2}
# A refund may succeed first and come back later, when the customer's bank does not take it.
REFUND_RANK = {"pending": 0, "succeeded": 1, "canceled": 2, "failed": 2}
# Stripe's words for the states of a refund and a dispute (its API reference, objects refund and dispute).
REFUND_AT_STRIPE = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
}
_DISPUTES_CLOSED = {"won": "won", "lost": "lost", "warning_closed": "won", "prevented": "won"}


def move_link(status: str, event: str) -> str:
    """The state of a link after an event. Raises WrongState."""
    return move(LINK, status, event, what="payment link")


def later(rank: Mapping[str, int], known: str, told: str) -> str:
    """Of what is known and what is told the state that is later in a life."""
    return told if rank[told] > rank[known] else known


def refund_status(at_stripe: str | None) -> str:
    """Our word for Stripe's state of a refund; Stripe may leave it out of very old ones, which have succeeded."""
    return REFUND_AT_STRIPE.get(at_stripe or "succeeded", "pending")


def dispute_status(at_stripe: str) -> str:
    """Our word for Stripe's state of a dispute: open, until it is won or lost."""
    return _DISPUTES_CLOSED.get(at_stripe, "open")
