"""Bearer tokens: `<kind>_<store>_<secret>`, so that the store is known before the first query."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

import bcrypt

from pos import aside, ids

REGISTER, STORE_KEY, SESSION = "tpr", "tps", "tpo"


@dataclass(frozen=True)
class Token:
    """A token taken apart. Nothing of it has been checked yet."""

    kind: str
    store_id: UUID
    secret: str

    def __str__(self) -> str:
        return f"{self.kind}_{self.store_id.hex}_{self.secret}"

    @property
    def digest(self) -> str:
        return ids.digest(self.secret)


def new(kind: str, store_id: UUID) -> Token:
    return Token(kind, store_id, ids.secret())


def read(text: str) -> Token | None:
    """The token in a text, or None when it does not have the form of one."""
    kind, _, rest = text.partition("_")
    store, _, secret = rest.partition("_")
    if kind not in (REGISTER, STORE_KEY, SESSION) or not 16 <= len(secret) <= 72 or not secret.isascii():
        return None
    try:
        return Token(kind, UUID(hex=store), secret)
    except ValueError:
        return None


def hash_key(secret: str) -> str:
    """bcrypt of the secret part alone: bcrypt refuses more than 72 bytes."""
    return str(aside.compute(bcrypt.hashpw, secret.encode(), bcrypt.gensalt()).decode())


class KeyVerifier:
    """Checks store API keys against their bcrypt hash, once per process and key.

    A key that was right is remembered by a digest that covers the stored hash too: a new key in the database
    ends the old one with the next request.
    """

    def __init__(self) -> None:
        self._verified: set[bytes] = set()

    def knows(self, secret: str, stored_hash: str) -> bool:
        return self._mark(secret, stored_hash) in self._verified

    def verify(self, secret: str, stored_hash: str) -> bool:
        """Slow on purpose (hundreds of milliseconds); limit the tries before calling it."""
        right: bool = aside.compute(bcrypt.checkpw, secret.encode(), stored_hash.encode())
        if right:
            self._verified.add(self._mark(secret, stored_hash))
        return right

    @staticmethod
    def _mark(secret: str, stored_hash: str) -> bytes:
        return hmac.digest(stored_hash.encode(), secret.encode(), hashlib.sha256)
