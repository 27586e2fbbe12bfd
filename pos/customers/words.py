"""The words by which a customer is found, and the words that somebody types to find one: pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pos.errors import Invalid

TAG, PHONE = "#", "…"
PHONE_DIGITS = 4
# Room for any name of now; an entry of a B-tree bears no text without end.
_LONGEST = 60
_MOST_ASKED = 8
# Above every sign of a text: what begins with `ada` is at least `ada`, and less than `ada` and this.
_LAST = "\U0010ffff"
# Of these scripts alone a letter with an accent is often written without it; in others a mark makes another letter.
_HAVE_ACCENTS = ("LATIN", "GREEK", "CYRILLIC")
# Signs that join, turn or vary what stands beside them.
_UNSEEN = re.compile("[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_NO_BLANK = "\u200b"
_END_OF_PHONE = re.compile(rf"[.…]*([0-9]{{1,{PHONE_DIGITS}}})", re.ASCII)


class TooManyWords(Invalid):
    title = "Too many words to look for"


@dataclass(frozen=True)
class Range:
    """Where the words lie that begin as one that is looked for: at least `start`, less than `end`."""

    start: str
    end: str


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a name or a tag as they are compared: without case, accents and signs. What has nothing but signs is
    one word of all of them."""
    plain = "".join(_plain(text)).casefold()
    kept = " "
    for sign in plain:
        kept += sign if sign.isalnum() or (_is_mark(sign) and not kept.endswith(" ")) else " "
    return tuple(kept.split()) or tuple(filter(None, ["".join(plain.split())]))


def found_by(*names: str | None, tags: Iterable[str] = (), phone: str | None = None) -> list[str]:
    """The words by which somebody with these names, tags and E.164 number is found, in order: `ada`, `#vip guest`, `…0132`."""
    found = {word[:_LONGEST] for name in names if name for word in words_of(name)}
    found |= {word for tag in tags if (word := tag_word(tag)) != TAG}
    return sorted(found | ({PHONE + phone[-PHONE_DIGITS:]} if phone else set()))


def tag_word(tag: str) -> str:
    """The one word of a whole tag."""
    return (TAG + " ".join(words_of(tag)))[:_LONGEST]


def ranges(text: str) -> list[list[Range]]:
    """What somebody typed: for each word of it the ranges of which one must hold a word of whom is looked for. Digits may
    be the end of a number, or stand in a name. Raises TooManyWords."""
    asked = [alternatives for typed in text.split() for alternatives in _asked(typed)]
    if len(asked) > _MOST_ASKED:
        raise TooManyWords(reason=f"Look for at most {_MOST_ASKED} words.", pointer="/q")
    return asked


def of_tag(tag: str) -> list[Range]:
    """The range of one whole tag."""
    word = tag_word(tag)
    return [Range(word, word + "\x01")]


def _asked(typed: str) -> Iterator[list[Range]]:
    if typed.startswith(TAG) and len(typed) > len(TAG):
        yield [_beginning(tag_word(typed))]
        return
    digits = _END_OF_PHONE.fullmatch(typed)
    for word in words_of(typed):
        yield [_beginning(word), *([_beginning(PHONE + digits[1])] if digits else [])]


def _beginning(word: str) -> Range:
    return Range(word[:_LONGEST], word[:_LONGEST] + _LAST)


def _plain(name: str) -> Iterator[str]:
    """What can be seen of a name, without accents."""
    letter = " "
    for sign in unicodedata.normalize("NFKD", _UNSEEN.sub("", name).replace(_NO_BLANK, " ")):
        letter = letter if _is_mark(sign) else sign
        if sign == letter or not unicodedata.name(letter, "").startswith(_HAVE_ACCENTS):
            yield sign


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M")
