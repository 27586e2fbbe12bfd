"""What a name says of who has a number: pure. A number is passed on, and comes back under another name."""

from collections.abc import Iterable

from pos.customers.words import words_of


def is_another(name: str, *known: str | None) -> bool:
    """Whether a name shares no word with those by which somebody is known. One word that begins as another counts as equal, so
    `Ali` may be Alice; and of whom no name is known, nobody is another."""
    mine, theirs = _words([name]), _words(known)
    return bool(mine and theirs) and not any(_agree(one, other) for one in mine for other in theirs)


def is_whole(name: str, known: str | None, first: str | None = None, last: str | None = None) -> bool:
    """Whether it is the whole name by which somebody is known: that of the customer, or the profile's first and last name.
    Of two of which one says less, it must be the other. Case, accents, signs and the order do not count."""
    wholes = [words for each in (known, " ".join(filter(None, (first, last)))) if (words := _words([each]))]
    told = _words([name])
    return told in wholes and not any(told < whole for whole in wholes)


def _words(names: Iterable[str | None]) -> frozenset[str]:
    return frozenset(word for name in names if name for word in words_of(name))


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
