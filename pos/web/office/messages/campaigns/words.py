"""A segment in words, and what may be done with a campaign and what that means: pure."""

from collections.abc import Callable, Mapping
from typing import Any

from pos.messaging.lifecycle import CAMPAIGN_MOVES
from pos.web.office.writing import Writing
from pos.web.words import NAMES

Named = Mapping[str, str]

RULES: Mapping[str, tuple[str, Callable[[Any, Writing, Named], str]]] = {
    "is_member": ("TapPass", lambda value, *_: "members only" if value else "only who is no member"),
    "levels": ("Level", lambda value, *_: " or ".join(value)),
    "min_spent": ("Spent at least", lambda value, say, _: say.money(value)),
    "max_spent": ("Spent at most", lambda value, say, _: say.money(value)),
    "seen_since": ("Ordered since", lambda value, say, _: say.moment(value)),
    "seen_within_days": ("Ordered within", lambda value, say, _: f"{say.number(value)} days before it begins"),
    "not_seen_since": ("No order since", lambda value, say, _: say.moment(value)),
    "not_seen_for_days": ("No order for", lambda value, say, _: f"{say.number(value)} days before it begins"),
    "tags": ("Tagged", lambda value, *_: " or ".join(value)),
    "bought_product_ids": ("Bought", lambda value, _, named: " or ".join(_called(value, named))),
    "bought_category_ids": ("Bought something of", lambda value, _, named: " or ".join(_called(value, named))),
    "language": ("Language", lambda value, *_: NAMES.get(value, value)),
}
# What each act on a campaign means; the API's verb, the button, and what is asked before.
_ACTS = {
    "pause": ("Pause", "", "Paused: nothing more of it leaves until it is resumed."),
    "resume": ("Resume", "", "It goes on where it was."),
    "cancel": (
        "Cancel the campaign",
        "A canceled campaign cannot be resumed, changed or sent again: what still waits is never sent. What has left stays sent.",
        "Canceled: nothing more of it leaves.",
    ),
}
_BY_EVENT = {"resume": "resume", "wait": "resume", "pause": "pause", "cancel": "cancel"}


def segment(kept: Mapping[str, Any], say: Writing, named: Named) -> list[tuple[str, str]]:
    """Each rule of a segment with its title; nothing for everybody with a phone number."""
    return [(title, said(kept[name], say, named)) for name, (title, said) in RULES.items() if name in kept]


def acts(status: str) -> list[tuple[str, str, str, str]]:
    """What may be done with a campaign in this state: the API's verb, the button, what is asked before, and what is told after."""
    verbs = {_BY_EVENT[event] for state, event in CAMPAIGN_MOVES if state == status and event in _BY_EVENT}
    return [(verb, *said) for verb, said in _ACTS.items() if verb in verbs]


def _called(ids: list[str], named: Named) -> list[str]:
    return [named.get(each, "something that is not there any more") for each in ids]
