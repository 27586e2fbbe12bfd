"""Which question a sentence asks: the one whose examples say the same, word by meaning. Pure.

Examples and sentences are compared as sets of meanings. Each meaning of a sentence has to be in the example, and what was named (an
order, a name, days) must be what the question takes, so nothing of a sentence is passed over.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from pos.assistant import vocabulary
from pos.assistant.found import Intent
from pos.assistant.slots import NAME, ORDER_NAMED, Said, joined
from pos.messaging import plain

# Of three meanings or more a sentence may lack one of these, which name nothing that could be counted or shown.
LIGHT = frozenset({"many", "can", "offer", "here"})
_ONE_IS_MISSING = 0.5
_PLACES = frozenset({NAME, ORDER_NAMED})
Meanings = tuple[str, ...]


def match(said: Said, intents: Sequence[Intent]) -> list[Intent]:
    """The intents that are nearest, of those that can take what is named: one if it is certain, several if they are as near, none."""
    wanted = _as_set(said.meanings)
    if not wanted:
        return []
    scored = [(score, intent) for intent in intents if _takes(intent, said) and (score := _score(wanted, intent))]
    best = max((score for score, _ in scored), default=0.0)
    return [intent for score, intent in scored if score == best]


def meanings_of(example: str) -> Meanings:
    """An example by its meanings. Raises ValueError for a word that the vocabulary lacks."""
    words = [word if word in _PLACES else plain.words(word) for word in example.split()]
    unknown = [word for word in words if word not in _PLACES and word not in vocabulary.meanings()]
    if unknown:
        raise ValueError(f"the vocabulary lacks {unknown} of the example {example!r}")
    return _as_set(joined(words))


@cache
def _examples(intent_name: str, examples: tuple[str, ...]) -> frozenset[Meanings]:
    return frozenset(map(meanings_of, examples))


def _score(wanted: Meanings, intent: Intent) -> float:
    texts = tuple(text for listed in intent.examples.values() for text in listed)
    return max((_likeness(wanted, each) for each in _examples(intent.name, texts)), default=0.0)


def _likeness(wanted: Meanings, example: Meanings) -> float:
    """1 for the same meanings, less if the sentence lacks a light one of the example; 0 for one too many."""
    if not set(wanted) <= set(example):
        return 0.0
    lacking = set(example) - set(wanted)
    if not lacking:
        return 1.0
    return _ONE_IS_MISSING if len(lacking) == 1 and len(example) > 2 and lacking <= LIGHT else 0.0


def _takes(intent: Intent, said: Said) -> bool:
    """Whether all that is named has a place in the question."""
    if bool(said.tappass_id) != ("card" in intent.takes):
        return False
    if said.numbers and "number" not in intent.takes:
        return False
    if len(said.periods) > 1:
        return "periods" in intent.takes
    return not said.periods or not intent.takes.isdisjoint({"period", "day", "periods"})


def _as_set(meanings: Iterable[str]) -> Meanings:
    return tuple(sorted(set(meanings)))
