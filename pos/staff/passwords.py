"""Passwords and PINs: argon2id with OWASP's minimum (19 MiB, two passes, one lane)."""

import secrets
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from pos import aside, ids
from pos.errors import Invalid

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of "nobody has this password". To make it here would take a thirtieth of each start.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$BaM0deepyDekbWc7QGRVnA$7opufxRyNRk97mh0D4gw6as5vRl2cPegz9ud0JxdmB0"


def hashed(secret: str) -> str:
    return str(aside.compute(_hasher.hash, secret))


def matches(secret: str, stored_hash: str | None) -> bool:
    """Whether the secret fits; takes as long when there is nobody to compare with."""
    try:
        return aside.compute(_hasher.verify, stored_hash or _NOBODY, secret) and stored_hash is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


class UnfitPassword(Invalid):
    title = "Choose another password"


def require_fit(password: str, *, not_like: Iterable[str]) -> None:
    """Raises UnfitPassword for what is tried first: the address or a name by itself, however it is written. How long a password is
    says the schema."""
    if _plain(password) in {_plain(word) for word in not_like}:
        raise UnfitPassword(
            reason="Your address or the store's name is tried first; take several words.", pointer="/new"
        )


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def new_password() -> str:
    """A password that can be read aloud: 15 characters of the alphabet of references, 72 bits."""
    return "-".join("".join(secrets.choice(ids.ALPHABET) for _ in range(5)) for _ in range(3)).lower()


def new_pin() -> str:
    return f"{secrets.randbelow(10_000):04d}"
