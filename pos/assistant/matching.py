"""Which question a sentence asks: the one whose examples say the same, word by meaning. Pure.

Examples and sentences are compared as sets of meanings; so many of both have to be the same that another question is not as near. What
was named (an order, a name, days) must be what the question takes, so nothing of a sentence is passed over.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from rapidfuzz.distance import Indel

from pos.assistant import vocabulary
from pos.assistant.found import Intent
from pos.assistant.slots import NAME, ORDER_NAMED, Said, joined
from pos.messaging import plain

# Of three meanings one may be missing or too many on one side; of two none.
CERTAIN, _APART = 0.79, 0.05
_PLACES = frozenset({NAME, ORDER_NAMED})
Meanings = tuple[str, ...]


def match(said: Said, intents: Sequence[Intent]) -> list[Intent]:
    """The intents that are nearest, of those that can take what is named: one if it is certain, several if they are as near, none."""
    wanted = _as_set(said.meanings)
    if not wanted:
        return []
    scored = [(score, intent) for intent in intents if _takes(intent, said) and (score := _score(wanted, intent))]
    best = max((score for score, _ in scored), default=0.0)
    apart = _APART if best < 1 else 0.0
    return [intent for score, intent in scored if best - score <= apart]


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
    if _PLACES & set(wanted) != _PLACES & set(example):
        return 0.0
    return Indel.normalized_similarity(wanted, example, score_cutoff=CERTAIN)


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
