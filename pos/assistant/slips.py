"""Typing slips in the words of a sentence: pure. A guess never stands in for a word of consent, and is never made between two words."""

from functools import cache

from rapidfuzz.distance import OSA

from pos.assistant import vocabulary
from pos.assistant.understanding import CONSENT, OTHER_WORDS

_LEAST, _LONG = 5, 8
_NUMBERS = frozenset("0123456789")


@cache
def _by_length() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for word in vocabulary.meanings():
        found.setdefault(len(word), []).append(word)
    return found


def corrected(typed: str, *, is_alone: bool) -> tuple[str | None, bool]:
    """The word of ours that was meant, and whether it was mistyped; None for a word that is none of ours. A word alone is read by the
    letter here: `understanding` knows which of those may be mistyped."""
    if typed in vocabulary.meanings():
        return typed, False
    if typed in OTHER_WORDS:
        # No slip, but no name either: a filler of which nothing is known.
        return None, False
    if is_alone or len(typed) < _LEAST - 1 or not _NUMBERS.isdisjoint(typed):
        return None, False
    near = _nearest(typed)
    # A short word with another letter is another word; with the same ones in another order it is not.
    if near and len(typed) < _LEAST and sorted(near) != sorted(typed):
        near = None
    return near, near is not None


def _nearest(typed: str) -> str | None:
    slips = 2 if len(typed) >= _LONG else 1
    candidates = [
        word for length in range(len(typed) - slips, len(typed) + slips + 1) for word in _by_length().get(length, ())
    ]
    distances = {
        word: distance
        for word in candidates
        if len(word) >= _LEAST - 1 and (distance := OSA.distance(typed, word, score_cutoff=slips)) <= slips
    }
    if not distances:
        return None
    least = min(distances.values())
    near = [word for word, distance in distances.items() if distance == least]
    meanings = {vocabulary.meanings()[word] for word in near}
    if len(meanings) > 1 or any(OSA.distance(typed, word) <= least for word in CONSENT):
        return None
    return near[0]
