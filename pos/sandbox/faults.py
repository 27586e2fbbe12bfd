"""Faults to order: the provider fails, delays or forgets when a test or a curious person asks for it.

`500`: fails in the middle (Stripe keeps that answer with the idempotency key). `429`: refuses before it begins.
`timeout_before`: is silent and does nothing; `timeout_after`: acts, then is silent; `reset`: acts, then cuts the line.
`500_after`: Twilio, which knows no keys, acts and fails then.
`503`, `html`, `garbage`: the web shop is being mended, shows a page for people, or sends half of its JSON.
`refund_pending`, `refund_fails`: what becomes of a refund. `drop_event`, `hold_event`: an event is never sent, or waits
to be sent by hand.
"""

from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select

from pos.db import db
from pos.sandbox.models import SandboxFault

PROVIDERS = ("stripe", "twilio", "woocommerce")
_OF_ALL = ("500", "429", "timeout_before", "timeout_after", "reset")
OF_REQUESTS = {
    "stripe": (*_OF_ALL, "refund_pending", "refund_fails"),
    "twilio": (*_OF_ALL, "500_after"),
    "woocommerce": ("500", "503", "429", "timeout_before", "reset", "html", "garbage"),
}
OF_EVENTS = ("drop_event", "hold_event")


def replace_all(faults: list[dict[str, Any]]) -> None:
    """From now on these faults strike, and no others; the first that fits strikes first."""
    db.session.execute(delete(SandboxFault))
    for position, fault in enumerate(faults):
        db.session.add(SandboxFault(position=position, **fault))
    db.session.flush()


def left() -> list[dict[str, Any]]:
    """The faults that are still to strike."""
    rows = db.session.scalars(select(SandboxFault).where(SandboxFault.times > 0).order_by(SandboxFault.position))
    return [
        {"provider": row.provider, "match": row.match, "fault": row.fault, "times": row.times} for row in rows
    ]  # fmt: skip


def strike(provider: str, subject: str, *kinds: str, or_named: str | None = None) -> str | None:
    """Takes one of these kinds of fault for a subject ("POST /v1/refunds", or an event's type), if one is ordered. The subject
    may have another name beside."""
    asked = {"provider": provider, "kinds": kinds, "subject": subject, "or_named": or_named or subject}
    fault = db.session.scalar(_ORDERED, asked)
    if fault is None:
        return None
    fault.times -= 1
    db.session.flush()
    return fault.fault


_FITS = or_(
    func.starts_with(bindparam("subject"), SandboxFault.match),
    func.starts_with(bindparam("or_named"), SandboxFault.match),
    SandboxFault.match == "*",
)
# Built once: each request asks.
_ORDERED = (
    select(SandboxFault)
    .where(
        SandboxFault.provider == bindparam("provider"),
        SandboxFault.fault.in_(bindparam("kinds", expanding=True)),
        SandboxFault.times > 0,
        _FITS,
    )
    .order_by(SandboxFault.position)
    .limit(1)
    .with_for_update()
)
