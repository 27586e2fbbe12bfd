"""Who did something, as people say it: the books keep an id, or the name of what works by itself."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from pos.statements import Statement

_NAMES = Statement("""
    SELECT 'user:' || user_id, name FROM memberships WHERE store_id = :store AND user_id = ANY(:wanted ::uuid[])
    UNION ALL SELECT 'register:' || id, name FROM registers WHERE store_id = :store AND id = ANY(:wanted ::uuid[])
""")
OTHERS = {
    "api-key": "with the API key",
    "command": "at the command line",
    "cli": "at the command line",
    "customer": "the customer",
    "guest": "the guest",
    "stripe": "Stripe",
    "twilio": "Twilio",
    "audit": "by itself",
    "housekeeping": "by itself",
    "outbox": "by itself",
    "sweep": "by itself",
    "system": "by itself",
    "enrolment": "a tablet",
    "demo": "the demo",
    "woocommerce": "the web shop",
    "import": "an import",
    "legacy": "an import",
}


def named(actors: Iterable[str]) -> dict[str, str]:
    """What people call each of these actors: one statement."""
    asked = set(actors)
    found = dict(_NAMES.rows(wanted=sorted({each.partition(":")[2] for each in asked if _is_of_somebody(each)})))
    return {each: found.get(each) or OTHERS.get(each) or each.partition(":")[0] for each in asked}


def said_of(actor: str, names: Mapping[tuple[str, str], str]) -> str:
    """The same of one actor whose name was asked for already, by its table and id."""
    kind, _, row_id = actor.partition(":")
    table = {"user": "people", "register": "registers"}.get(kind, "")
    return names.get((table, row_id)) or OTHERS.get(actor) or kind


def _is_of_somebody(actor: str) -> bool:
    kind, _, row_id = actor.partition(":")
    return kind in ("user", "register") and _is_id(row_id)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
