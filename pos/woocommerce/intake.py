"""An answer's body, taken in as far as it is one that a shop would give: bytes, then JSON. Pure but for the reading."""

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from urllib3 import HTTPResponse

from pos.woocommerce.failures import Down, TooLarge, Unreadable

_PIECE_BYTES = 65_536
# A string, also one that does not end; each sign is looked at once.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]"))
_AS_ONE_KIND = bytes.maketrans(b"{}", b"[]")
# PHP's numbers are doubles; what claims to be larger would make integers of a billion digits of itself.
_MOST_DIGITS, _MOST_POWER = 400, 308


@dataclass(frozen=True)
class Limits:
    """What is granted to one call: seconds in all, and for each address that is tried; bytes unpacked; of these so many freely, beyond which packing
    may have saved at most so much; how many values JSON may hold, which take far more memory than bytes, and how deep; and the longest that a shop may ask
    us to wait."""

    seconds: float = 10.0
    attempt_seconds: float = 3.0
    most_bytes: int = 5_000_000
    free_bytes: int = 1_048_576
    ratio: int = 10
    values: int = 500_000
    depth: int = 64
    retry_after_seconds: float = 3600.0


def whole(response: HTTPResponse, limits: Limits) -> bytes:
    """The body, unpacked. Raises TooLarge as soon as it is, Unreadable, Down, and what urllib3 raises."""
    unpack = _unpacker(response.headers.get("Content-Encoding", "").strip().lower())
    body, received = bytearray(), 0
    while piece := response.read(_PIECE_BYTES, decode_content=False):
        received += len(piece)
        # One byte more than there may be tells that there is more.
        body += unpack(piece, limits.most_bytes + 1 - len(body))
        if len(body) > min(limits.most_bytes, limits.free_bytes + limits.ratio * received):
            raise TooLarge("too-large", response.status)
    if received and not unpack.is_whole():
        raise Down("broken", response.status)
    return bytes(body)


def parsed(body: bytes, limits: Limits) -> Any:
    """The JSON object or list; numbers with a point are Decimal. Raises TooLarge, Unreadable."""
    _look_at_shape(body, limits)
    try:
        # Plugins that were saved with a byte order mark put it before everything.
        found = _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, InvalidOperation) as error:
        raise Unreadable("not-json") from error
    if not isinstance(found, dict | list):
        raise Unreadable("not-json")
    return found


def _look_at_shape(body: bytes, limits: Limits) -> None:
    """Counts values, and how deep brackets are nested, before anything is parsed: the parser would go as deep as it is led. Each round takes the
    innermost pairs away."""
    bare = _STRING.sub(b"", body).translate(_AS_ONE_KIND)
    if bare.count(b",") + bare.count(b"[") > limits.values:
        raise TooLarge("too-many-values")
    left = bare.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(limits.depth):
        left = left.replace(b"[]", b"")
    if left:
        raise Unreadable("too-deep" if b"[]" in left else "not-json")


class _AsItIs:
    def __call__(self, piece: bytes, room: int) -> bytes:
        return piece

    def is_whole(self) -> bool:
        return True


class _Gzip:
    def __init__(self) -> None:
        self._gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def __call__(self, piece: bytes, room: int) -> bytes:
        try:
            return self._gzip.decompress(piece, room)
        except zlib.error as error:
            raise Unreadable("not-gzip") from error

    def is_whole(self) -> bool:
        return self._gzip.eof


def _unpacker(encoding: str) -> _AsItIs | _Gzip:
    """We ask for gzip alone; some servers pack as they like."""
    known: dict[str, Callable[[], _AsItIs | _Gzip]] = {"": _AsItIs, "identity": _AsItIs, "gzip": _Gzip, "x-gzip": _Gzip}
    if encoding not in known:
        raise Unreadable("encoding")
    return known[encoding]()


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_POWER:
        raise ValueError("no number of PHP's")
    return number


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name nobody can tell which is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_constant, object_pairs_hook=_once)
