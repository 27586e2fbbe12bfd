"""Whether two names may be one person: pure. A number or an address alone does not say so, families share them."""

from pos.customers.words import words_of


def is_same_person(one: str | None, other: str | None) -> bool:
    """Whether nothing in two names speaks against one person who is known by the same number.

    Without a name nothing does. Else the first words agree, and so do the last ones where both have several; an initial
    agrees with each name that begins with it. Case, accents and signs do not count, but a name of nothing but signs agrees
    with the same signs alone. `Jo` and `Joan` are two people: what was kept apart can be merged later, what was mixed up cannot
    be told apart again.
    """
    mine, theirs = words_of(one or ""), words_of(other or "")
    if not mine or not theirs:
        return True
    is_short = len(mine) == 1 or len(theirs) == 1
    return _agree(mine[0], theirs[0]) and (is_short or _agree(mine[-1], theirs[-1]))


def _agree(one: str, other: str) -> bool:
    return one == other or _begins(one, other) or _begins(other, one)


def _begins(initial: str, name: str) -> bool:
    return len(initial) == 1 and initial.isalnum() and name.startswith(initial)
