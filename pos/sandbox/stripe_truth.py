"""What was made in Stripe's name, whatever the product believes."""

from typing import Any

from pos.sandbox.models import SandboxObject
from pos.sandbox.records import those


def all_there_is() -> dict[str, Any]:
    """Counts and lists of all accounts, oldest first: what was asked twice stands twice under its id of ours."""
    links, refunds = those("payment_link")[::-1], those("refund")[::-1]
    paid, sessions = those("payment_intent", status="succeeded")[::-1], those("checkout.session")[::-1]
    return {
        "links": {
            "count": len(links),
            "active": [link.id for link in links if link.body["active"]],
            "by_link_id": _by_ours(links, "link_id"),
        },
        "sessions": {
            state: [session.id for session in sessions if session.body["status"] == state]
            for state in ("open", "complete", "expired")
        },
        "payments": {
            "count": len(paid),
            "amount": sum(intent.body["amount_received"] for intent in paid),
            "list": [_shown(intent, "amount", "currency", "metadata", "latest_charge") for intent in paid],
        },
        "refunds": {
            "count": len(refunds),
            "amount": sum(each.body["amount"] for each in refunds if each.body["status"] != "failed"),
            "list": [_shown(each, "amount", "currency", "metadata", "payment_intent", "status") for each in refunds],
            "by_refund_id": _by_ours(refunds, "refund_id"),
        },
        "disputes": [_shown(each, "amount", "currency", "payment_intent", "status") for each in those("dispute")[::-1]],
    }


def _by_ours(rows: list[SandboxObject], name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if name in row.body["metadata"]:
            found.setdefault(row.body["metadata"][name], []).append(row.id)
    return found


def _shown(row: SandboxObject, *names: str) -> dict[str, Any]:
    return {"id": row.id, "account": row.account} | {name: row.body[name] for name in names}
