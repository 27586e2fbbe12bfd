"""Whether two names may be one person: pure. A number or an address alone does not say so, families share them."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")


def is_same_person(one: str | None, other: str | None) -> bool:
    """Whether nothing in two names speaks against one person who is known by the same number.

    Without a name nothing does. Else the first words agree, and so do the last ones where both have several; an initial
    agrees with each name that begins with it. Case, accents and signs do not count. `Jo` and `Joan` are two people: what
    was kept apart can be merged later, what was mixed up cannot be told apart again.
    """
    mine, theirs = _words(one or ""), _words(other or "")
    if not mine or not theirs:
        return True
    is_short = len(mine) == 1 or len(theirs) == 1
    return _agree(mine[0], theirs[0]) and (is_short or _agree(mine[-1], theirs[-1]))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return tuple(_WORD.findall(plain.casefold()))


def _agree(one: str, other: str) -> bool:
    return one == other or (len(one) == 1 and other.startswith(one)) or (len(other) == 1 and one.startswith(other))
