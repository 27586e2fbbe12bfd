"""Who acted, in words: the actor that the books keep (user:…, register:…, api-key, stripe) as people call them."""

from collections.abc import Mapping

# What acts by itself, or by a key that nobody's name is on.
NAMES = {
    "api-key": "the store's API key",
    "stripe": "Stripe",
    "twilio": "Twilio",
    "guest": "a guest",
    "customer": "the customer",
    "command": "whoever runs the server",
    "cli": "whoever runs the server",
    "audit": "the audit",
    "demo": "the demo",
    "import": "an import",
    "legacy": "an import",
    "outbox": "the texts by themselves",
    "sweep": "the clock",
    "system": "the clock",
    "housekeeping": "the clock",
    "enrolment": "a tablet",
}


def said_of(actor: str, names: Mapping[tuple[str, str], str]) -> str:
    """An actor in words; `names` are those of people and registers by their ids. What has no name is shown as it stands."""
    kind, _, row_id = actor.partition(":")
    table = {"user": "people", "register": "registers"}.get(kind)
    if table:
        return names.get((table, row_id), "somebody who left" if kind == "user" else "a register that is gone")
    return NAMES.get(actor, actor)
