"""What a text costs: in which alphabet it travels and in how many segments, and how to keep it in the cheap one.

A text is billed by the segment. One curly quote takes it from an alphabet of 160 signs a segment into one of 70.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# GSM 03.38: the basic table, and its extension, whose signs travel as a pair of escape and sign.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
GSM_7 = BASIC | EXTENSION

# How many units one segment carries alone, and when it must also carry its place among several.
ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
JOINED: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}

_LOOK_ALIKES = {
    "'": "‘’‚‛′‵ʹʼˈ`´‹›＇",
    '"': "“”„‟″‶«»〝〞＂",
    "''": "‴",
    "-": "‐‑‒–—―⁃−﹘﹣－•‣◦∙·●▪",
    "...": "…",
    "..": "‥",
    "/": "⁄∕",
    ":": "∶",
    "*": "∗",
    "x": "×",
    "|": "¦",
    "~": "˜∼",
    "Ω": "\u2126",
    "Å": "\u212b",
    "K": "\u212a",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\r\x85\u2028\u2029",
    "": "\u00ad\u180e\u200b\u2060\ufeff",
}
_CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r\x85"]
# Unicode keeps these for nobody's use; in XML, in which answers travel, they may not stand.
_NO_SIGNS = [
    *map(chr, range(0xFDD0, 0xFDF0)),
    *(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)),
]
_FOLDED = str.maketrans(
    {sign: folded for folded, signs in _LOOK_ALIKES.items() for sign in signs}
    | dict.fromkeys([*_CONTROLS, *_NO_SIGNS], "")
)
_CHEAP = re.escape("".join(sorted(GSM_7)))
# Joiners, direction marks and variation selectors shape emoji and other scripts, so they go only where neither is beside them.
_MARKS = re.compile(
    rf"(?<![^{_CHEAP}])[\u200c-\u200f\u202a-\u202e\u2061-\u2064\u2066-\u206f\ufe00-\ufe0f]+(?![^{_CHEAP}])"
)
_ACCENTED = re.compile(r"[A-Za-z][\u0300-\u036f](?![\u0300-\u036f])")


@dataclass(frozen=True)
class Segments:
    """What a text takes: its alphabet, its length in that alphabet's units, and the segments that are billed."""

    encoding: Encoding
    units: int
    segments: int


def fold(text: str) -> str:
    """The text with signs of GSM-7 in place of those that look like them: quotes, dashes, blanks, bullets; marks that nobody
    sees go, and so do control signs but the end of a line, and what is no sign. Letters and emoji stay what they are. May be repeated."""
    plain = _MARKS.sub("", text.replace("\r\n", "\n").translate(_FOLDED))
    return _ACCENTED.sub(lambda found: _composed(found.group()), plain)


def count(text: str) -> Segments:
    """In what alphabet a text goes out, how long it is there, and as how many segments; an empty one is one segment.

    Neither an escape with its sign (GSM 03.38) nor a surrogate pair is cut by the border of a segment, so a text can take a
    segment more than its length says.
    """
    encoding: Encoding = "GSM-7" if GSM_7.issuperset(text) else "UCS-2"
    sizes = _sizes(text, encoding)
    units = sum(sizes)
    return Segments(encoding, units, 1 if units <= ALONE[encoding] else _packed(sizes, JOINED[encoding]))


def _sizes(text: str, encoding: Encoding) -> list[int]:
    """The units of each sign: two for one of the extension table, or beyond the first 65,536 (a surrogate pair)."""
    if encoding == "GSM-7":
        return [2 if sign in EXTENSION else 1 for sign in text]
    return [2 if sign > "\uffff" else 1 for sign in text]


def _packed(sizes: Sequence[int], most: int) -> int:
    """How many segments signs of these sizes fill, one after the other, when none is cut."""
    segments, room = 1, most
    for size in sizes:
        if size > room:
            segments, room = segments + 1, most
        room -= size
    return segments


def _composed(letter_and_accent: str) -> str:
    """A letter and its accent as one sign, if that sign is a cheap one."""
    composed = unicodedata.normalize("NFC", letter_and_accent)
    return composed if composed in BASIC else letter_and_accent
