"""Owners' texts name facts of a customer in braces, e.g. {first_name|friend}: replaced from a list, by nothing that could compute.

After a bar stands what is said when the fact is missing. (A template engine, even a sandboxed one, ran "x" * 10**9 for 43 s.)
"""

import re
from collections.abc import Mapping

from pos.errors import Invalid

NAMES = ("name", "first_name", "points", "level", "tappass_id", "store")
# What may be said instead, as an owner is advised.
EXAMPLES = {"name": "friend", "first_name": "friend", "points": "no", "level": "new", "tappass_id": "none"}
# A customer as there are many, to see how long a text becomes.
SAMPLE = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "points": "1,280",
    "level": "Silver",
    "tappass_id": "TP-7KQ2M9XR",
}
_PLACEHOLDER = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")


class UnknownPlaceholder(Invalid):
    title = "Unknown placeholder"


def require_known(text: str, pointer: str = "/body") -> None:
    """Raises UnknownPlaceholder for a name that is not on the list, or for a brace that stands alone."""
    unknown = [match[1] for match in _PLACEHOLDER.finditer(text) if match[1] not in NAMES]
    known = ", ".join(f"{{{name}}}" for name in NAMES)
    if unknown:
        reason = f"{{{unknown[0][:40]}}} is not known. Write one of {known}; after a bar what to say when it is missing: {{name|friend}}."
        raise UnknownPlaceholder(reason=reason, pointer=pointer)
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise UnknownPlaceholder(
            reason=f"A brace stands alone. Braces are for placeholders only: {known}.", pointer=pointer
        )


def used(text: str) -> set[str]:
    """The names of the facts that a text uses."""
    return {match[1] for match in _PLACEHOLDER.finditer(text)}


def without_fallback(text: str) -> set[str]:
    """Those among them of which nothing is said when they are missing."""
    return {match[1] for match in _PLACEHOLDER.finditer(text) if match[2] is None}


def fill(text: str, facts: Mapping[str, str | None]) -> str:
    """The text with its facts; what is missing is what stands after the bar, or nothing. Facts are not looked through again."""
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1]) or match[2] or "", text)
