"""What a text asks: the one word in it that we answer, also if it was mistyped: pure.

A slip is taken for a word of ours only if it is near that word, is no word of its own, and no nearer to a word by which people
give or withdraw consent: those are read by the letter (messaging/keywords.py), and a guess must not stand in for them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from pos.messaging import plain

# Who writes more than this says more than one thing.
MOST_CHARACTERS = 200
_SLIPS, _SLIPS_OF_LONG_WORDS, _LONG_WORD, _SHORT_WORD, _LONG_ENOUGH_IN_A_SENTENCE = 1, 2, 7, 3, 6
_AN_ADDRESS = re.compile(r"@|(?:\d[\s().+-]*){7}|\b[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_HELD_KEY = re.compile(r"(.)\1{2,}")


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


CONSENT = _set_of(
    "stop stopall unsubscribe end quit revoke optout cancel cancelar parar pare paren basta baja alto start unstop comenzar "
    "empezar alta yes si help info ayuda no"
)
# In a sentence these mean an opt-out in words of the sender's own, which a person reads.
_OPT_OUT = _set_of(
    "stop stopp stopall stopping unsubscribe unsub quit revoke optout cancel cancelar cancelen parar paren basta baja"
)
# Words, and names, that are no slips although they look like it.
OTHER_WORDS = _set_of(
    "yours ours tours house horse honors four pours stats statue states stated regards regard towards rewarded wards awards "
    "prints paints joints pints pint joint coin coins john joan jon jin loin joined johns man men mend many mena manu venue memo "
    "mental ordered borders older holders elders orden ordena border balanced valance lance angles singles jingles single "
    "puntas juntos junto pinto pintos puntual saldado salgo caldo salado salto soldo sale sal toldo pegar pagan pagas paga pague pago "
    "pagado jugar pasar vagar hagar pagos estando estada estadio estaba estadia pedidas perdidos permisos previos precios "
    "propios unirnos unidos uniforme honorario honorarios horas hora spinach vanish anguish englishman records promos promo premium "
    "cagar pajar papar lugar"
)
# What may stand beside a word without changing what it asks for.
FILLERS = _set_of(
    "i id want wanna would like to me please pls plz thanks thank you hi hello hey the in now tappass club "
    "yo quiero quisiera deseo me por favor porfa gracias hola el la al en ya"
)


@dataclass(frozen=True)
class Understood:
    """The word of ours that a text was understood by; `others` are the words beside it."""

    word: str
    is_slip: bool
    others: frozenset[str]


def understand(text: str, meanings: Mapping[str, object]) -> Understood | None:
    """The word in a text that asks for something, if all such words in it ask for the same; `meanings` says of each word what for.
    None for whatever names a phone number or an address, or speaks of opting out."""
    said = readable(text)
    if not said:
        return None
    found = [(typed, word) for typed in said if (word := _meant(typed, meanings, is_alone=len(said) == 1))]
    if len({meanings[word] for _, word in found}) != 1:
        return None
    exact = next((word for typed, word in found if typed == word), None)
    others = frozenset(said) - {typed for typed, _ in found}
    return Understood(exact or found[0][1], exact is None, others)


def readable(text: str) -> list[str]:
    """The words of a text, none if it is not to be read here: too long, with a number or an address in it, or about opting out."""
    if len(text) > MOST_CHARACTERS or names_an_address(text):
        return []
    said = plain.words(_HELD_KEY.sub(r"\1", text)).split()
    return [] if len(said) > 1 and not _OPT_OUT.isdisjoint(said) else said


def names_an_address(text: str) -> bool:
    """Whether a phone number, an e-mail address or a key of a row is in it: it may be about somebody else."""
    return _AN_ADDRESS.search(text) is not None


def _meant(typed: str, meanings: Mapping[str, object], *, is_alone: bool) -> str | None:
    if typed in meanings:
        return typed
    if not is_alone and len(typed) < _LONG_ENOUGH_IN_A_SENTENCE:
        return None
    near = None if typed in OTHER_WORDS else _nearest(typed, meanings)
    # In a sentence a singular is a word like any other: "I want to order".
    return None if near and not is_alone and near.startswith(typed) else near


def _nearest(typed: str, meanings: Mapping[str, object]) -> str | None:
    """The word that this is a slip of; None if two of different meaning, or a word of consent, are as near."""
    distances = {word: OSA.distance(typed, word) for word in meanings}
    least = min(distances.values())
    near = [word for word, distance in distances.items() if distance == least]
    if len({meanings[word] for word in near}) > 1 or any(OSA.distance(typed, word) <= least for word in CONSENT):
        return None
    return next((word for word in near if _is_slip(typed, word, least)), None)


def _is_slip(typed: str, word: str, distance: int) -> bool:
    """Of a short word only its own letters, doubled or in another order: every third letter for another makes a word of its own."""
    if len(word) <= _SHORT_WORD:
        return distance <= _SLIPS and len(typed) >= len(word) and set(typed) == set(word)
    return distance <= (_SLIPS_OF_LONG_WORDS if len(word) >= _LONG_WORD else _SLIPS)
