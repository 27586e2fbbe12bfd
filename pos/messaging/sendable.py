"""What can leave at all: refused while somebody is there who can mend it, since nobody is when it leaves."""

import unicodedata

from pos.errors import Invalid
from pos.messaging import segments
from pos.messaging.gateway import MOST_CHARACTERS
from pos.messaging.policy import Policy

# Letters by their category, of which nobody sees anything.
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"


class NothingToRead(Invalid):
    title = "Nothing to read"


class BodyTooLong(Invalid):
    title = "Too long for a text"


class BeyondTheDay(Invalid):
    title = "More than a day takes"


def require_readable(body: str) -> None:
    """Raises NothingToRead for a text in which there is nothing to see."""
    if not any(_is_seen(sign) for sign in segments.fold(body)):
        raise NothingToRead(reason="There is nothing in it that can be seen. Write some words.", pointer="/body")


def require_short(said: str, *, counted: str) -> None:
    """Raises BodyTooLong for a text that is longer than Twilio takes; `counted` says what was counted in."""
    excess = len(said) - MOST_CHARACTERS
    if excess > 0:
        raise BodyTooLong(
            reason=f"{counted} it has {len(said)} characters; a text takes {MOST_CHARACTERS}. Take {excess} away.",
            pointer="/body",
        )


def require_fitting(said: str, rules: Policy, *, is_marketing: bool) -> None:
    """Raises BeyondTheDay for a text that is larger than a whole day's budget, and would wait for ever. A budget of nothing is a
    switch: what waits for that leaves when it is back."""
    whose = "marketing" if is_marketing else "all texts"
    most = rules.marketing_segments_day if is_marketing else rules.segments_day
    needed = segments.count(said).segments
    if 0 < most < needed:
        reason = f"It takes {needed} segments, and {whose} may use {most} in a day. Shorten it, or raise segments_day in the policy."
        raise BeyondTheDay(reason=reason, pointer="/body")


def _is_seen(sign: str) -> bool:
    """A letter, a figure, a sign or an emoji: no accent alone, no blank, no mark."""
    return unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK_LETTERS
