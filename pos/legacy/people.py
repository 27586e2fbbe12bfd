"""Whether two names may be one person: pure. A number or an address alone does not say so, families share them."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Of these scripts alone a letter with an accent is often written without it; in others a mark makes another letter.
_HAVE_ACCENTS = ("LATIN", "GREEK", "CYRILLIC")
# Signs that join, turn or vary what stands beside them.
_UNSEEN = re.compile("[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_NO_BLANK = "\u200b"


def is_same_person(one: str | None, other: str | None) -> bool:
    """Whether nothing in two names speaks against one person who is known by the same number.

    Without a name nothing does. Else the first words agree, and so do the last ones where both have several; an initial
    agrees with each name that begins with it. Case, accents and signs do not count, but a name of nothing but signs agrees
    with the same signs alone. `Jo` and `Joan` are two people: what was kept apart can be merged later, what was mixed up cannot
    be told apart again.
    """
    mine, theirs = _words(one or ""), _words(other or "")
    if not mine or not theirs:
        return True
    is_short = len(mine) == 1 or len(theirs) == 1
    return _agree(mine[0], theirs[0]) and (is_short or _agree(mine[-1], theirs[-1]))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name, or all its signs as one."""
    plain = "".join(_plain(name)).casefold()
    text = " "
    for sign in plain:
        text += sign if sign.isalnum() or (_is_mark(sign) and not text.endswith(" ")) else " "
    return tuple(text.split()) or tuple(filter(None, ["".join(plain.split())]))


def _plain(name: str) -> Iterator[str]:
    """What can be seen of a name, without accents."""
    letter = " "
    for sign in unicodedata.normalize("NFKD", _UNSEEN.sub("", name).replace(_NO_BLANK, " ")):
        letter = letter if _is_mark(sign) else sign
        if sign == letter or not unicodedata.name(letter, "").startswith(_HAVE_ACCENTS):
            yield sign


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M")


def _agree(one: str, other: str) -> bool:
    return one == other or _begins(one, other) or _begins(other, one)


def _begins(initial: str, name: str) -> bool:
    return len(initial) == 1 and initial.isalnum() and name.startswith(initial)
