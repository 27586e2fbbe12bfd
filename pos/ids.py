"""Keys, the codes that people read, and secrets."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from uuid import UUID

# No I, O, 0, 1, 2, 4, 5, 6: what looks alike on a receipt is left out.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ3789"
REFERENCE_LENGTH = 6
_REFERENCES = len(ALPHABET) ** REFERENCE_LENGTH
_MISREAD = str.maketrans("0O1I2456", "QQLLZASG", " -\u2013_.")


@dataclass
class _Last:
    """The last key that this process made."""

    number: int = 0
    lock: Lock = field(default_factory=Lock)


_LAST = _Last()


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, 12 of the millisecond's fraction, then 62 random bits.

    Rows get neighbouring index pages, and a tablet can make the key of a sale before it sends it. Each key of a process is
    greater than those before it (§6.2, methods 3 and 2: where the clock did not move, by a random step, so that no two processes
    meet): what one transaction writes is read in the order in which it was written.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    number = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    with _LAST.lock:
        _LAST.number = number if number > _LAST.number else _LAST.number + 1 + secrets.randbits(32)
        return UUID(int=_LAST.number)


def first_uuid7_of(instant: datetime) -> UUID:
    """The smallest key that a row made at this instant can have: ids are ordered by time."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def reference() -> str:
    """A new order reference: six characters, unique only once the database took it."""
    number, signs = secrets.randbelow(_REFERENCES), []
    for _ in range(REFERENCE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)


def read_reference(text: str) -> str:
    """What somebody typed or read aloud, as a reference: case, blanks and look-alikes are forgiven."""
    return text.strip().upper().translate(_MISREAD)


def public_token() -> str:
    """128 random bits for a link that needs no sign-in, URL-safe."""
    return secrets.token_urlsafe(16)


def secret() -> str:
    """256 random bits for a bearer token, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """SHA-256 as hex. Enough for secrets of high entropy: there is nothing to guess (not for PINs)."""
    return hashlib.sha256(text.encode()).hexdigest()
