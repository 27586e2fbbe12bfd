"""The signs that a receipt printer has: one byte each, so that columns can be counted. Pure.

Windows-1252 has €, ñ, all accents of Western Europe, and the quotes and dashes that phones put in. What it has not is written with its
own letters where there are some (ẽ is e), else as a question mark: a printer never gets a byte that could mean something else.
"""

import re
import unicodedata
from functools import lru_cache

CODE_PAGE = "CP1252"
UNKNOWN = "?"
_LIKE = {"−": "-", "‐": "-", "‑": "-", "‒": "-", "―": "—", "′": "'", "″": '"', "ʼ": "'", "⁄": "/", "₡": "¢", "₱": "P"}
# Marks that stand on the letter before them, and what only joins or tints signs: skin tones, variants, joiners.
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Sk"})
_BLANK = frozenset({"Zs", "Zl", "Zp", "Cc"})
_BLANKS = re.compile(r"(?<=\S) +")


def printable(said: str) -> str:
    """The text in signs that printers have, blanks within it as one. It may be longer or shorter than what was given."""
    signs = "".join(_printed(sign) for sign in unicodedata.normalize("NFC", said))
    return _BLANKS.sub(" ", signs).rstrip()


@lru_cache(maxsize=4096)
def _printed(sign: str) -> str:
    if " " <= sign <= "~":
        return sign
    category = unicodedata.category(sign)
    if category in _BLANK:
        return " "
    if sign in _LIKE or _is_known(sign):
        return _LIKE.get(sign, sign)
    return "" if category in _UNSEEN else _taken_apart(sign)


def _taken_apart(sign: str) -> str:
    """The letters that it is made of, without what stands on them: ﬁ → fi, ẽ → e."""
    parts = [part for part in unicodedata.normalize("NFKD", sign) if unicodedata.category(part) not in _UNSEEN]
    return "".join(parts) if parts and all(" " <= part <= "~" for part in parts) else UNKNOWN


def _is_known(sign: str) -> bool:
    try:
        return len(sign.encode(CODE_PAGE)) == 1
    except UnicodeEncodeError:
        return False
