"""What a question names beside its words: days, an order, a card; and what nobody here has a word for, which may be a name. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pos import ids
from pos.assistant import vocabulary
from pos.assistant.periods import OTHER_DAYS, Period, periods
from pos.assistant.slips import corrected
from pos.messaging import plain

# Where a name stands, in examples and in what was read.
NAME, ORDER_NAMED = "<name>", "<order>"
_CARD = re.compile(r"\bTP[-\s]?[A-Z0-9]{8}\b", re.IGNORECASE)
_WORD_OF_CODE = re.compile(r"(?<![\w-])#?([A-Za-z0-9]{6})(?![\w-])")
_AFTER_ORDER = re.compile(
    r"(?:\border|\bpedido|\borden|\bcompra|\bnumber|\bno\.?|\bnumero|\bnúmero|#)\s*:?\s*#?$", re.IGNORECASE
)
_ZEROS = re.compile(r"\b(?=\w*\d)[\do]+(?=(?:st|nd|rd|th)?\b)")
_SIGNS = frozenset(ids.ALPHABET)
_MOST_OF_A_NAME, _MOST_DIGITS = 6, 10


@dataclass(frozen=True)
class Said:
    """A question taken apart: the meanings of its words in their order (`<order>` and `<name>` in place of what was named), and what
    was named. `name` are the words that are none of ours; `mistyped` those that were read as slips."""

    meanings: tuple[str, ...]
    periods: tuple[Period, ...] = ()
    reference: str | None = None
    tappass_id: str | None = None
    numbers: tuple[int, ...] = ()
    name: str | None = None
    mistyped: tuple[str, ...] = ()
    language: str | None = None

    @property
    def period(self) -> Period | None:
        return self.periods[0] if len(self.periods) == 1 else None


def take_apart(text: str, today: date) -> Said:
    """The text by its meanings; today is the day where the store is."""
    card = _CARD.search(text)
    text = _CARD.sub(" ", text)
    reference, text = _reference(text)
    words = _ZEROS.sub(lambda found: found.group().replace("o", "0"), plain.words(text)).split()
    named, rest = periods(words, today)
    numbers = tuple(int(word) for word in rest if _is_number(word))
    stands_for = [ORDER_NAMED] * bool(reference) + [OTHER_DAYS] * (OTHER_DAYS in rest)
    rest = [word for word in rest if word != OTHER_DAYS and not _is_number(word)]
    known = [corrected(word, is_alone=len(words) == 1) for word in rest]
    meanings, name = _meanings(rest, [word for word, _ in known])
    return Said(
        meanings=tuple(stands_for + meanings),
        periods=named,
        reference=reference,
        tappass_id=card.group() if card else None,
        numbers=numbers,
        name=name,
        mistyped=tuple(word for word, is_slip in known if word and is_slip),
        language=_language(words),
    )


def _reference(text: str) -> tuple[str | None, str]:
    """An order's reference, and the text without it. Six letters are one only after a word for it, with a digit among them, or in capitals
    among small ones: they may be a word."""
    for found in _WORD_OF_CODE.finditer(text):
        typed = found.group(1)
        reference = ids.read_reference(typed)
        is_called_one = bool(_AFTER_ORDER.search(text[: found.start()])) and not _is_a_word(typed)
        is_loud = typed.isupper() and (not text.isupper() or text.strip() == typed) and not _is_a_word(typed)
        has_digit = any(sign.isdigit() for sign in typed) and not typed.isdigit()
        if set(reference) <= _SIGNS and (has_digit or is_called_one or is_loud):
            return reference, text[: found.start()] + " " + text[found.end() :]
    return None, text


def _is_a_word(typed: str) -> bool:
    return typed.lower() in vocabulary.meanings() or typed.lower() in vocabulary.SOMEBODY_ELSE


def _meanings(typed: Sequence[str], known: Sequence[str | None]) -> tuple[list[str], str | None]:
    """The meanings, with one `<name>` from the first word that is none of ours to the last of them."""
    strange = [place for place, word in enumerate(known) if word is None]
    name = None
    if strange:
        first, last = strange[0], strange[-1] + 1
        name = " ".join(typed[first:last]) if last - first <= _MOST_OF_A_NAME else ""
        known = [*known[:first], NAME, *known[last:]]
    return joined([word for word in known if word is not None]), name


def joined(words: Sequence[str]) -> list[str]:
    """Words as meanings; of several that mean something together that, the longest first."""
    table = vocabulary.joined()
    found: list[str] = []
    place = 0
    while place < len(words):
        for length in (4, 3, 2):
            together = table.get(tuple(words[place : place + length]))
            if together is not None:
                found += together
                place += length
                break
        else:
            found.append(vocabulary.meanings().get(words[place], words[place]))
            place += 1
    return [meaning for meaning in found if meaning]


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < _MOST_DIGITS


def _language(words: Sequence[str]) -> str | None:
    """The language of which more words are, if there is one."""
    known = [vocabulary.languages()[word] for word in words if word in vocabulary.languages()]
    counted = {language: sum(each == {language} for each in known) for language in ("en", "es")}
    if counted["en"] == counted["es"]:
        return None
    return max(counted, key=lambda language: counted[language])
