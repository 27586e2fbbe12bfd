"""TapPass IDs: `TP-` and eight signs that can be read aloud, the last of which tells a mistake.

The sum of the signs' values, each times its place (1 to 8), is a multiple of 29. 29 is prime and larger than the alphabet of
28 signs, so another sign in one place, or two neighbours swapped, always breaks it. The check would need a 29th sign for one
body in 29; those are not issued.
"""

import secrets

from pos import ids
from pos.errors import Refused

PREFIX = "TP"
LENGTH = 8
_PRIME = 29
_BODIES = len(ids.ALPHABET) ** (LENGTH - 1)


class MistypedTappassId(Refused):
    title = "This TapPass ID has a typing mistake"
    advice = (
        "One of its signs is wrong, or two are swapped. Read it again from the card, or look the member up by phone."
    )


def new() -> str:
    """A new ID, unique only once the database took it."""
    while True:
        body = _body(secrets.randbelow(_BODIES))
        check = check_sign(body)
        if check:
            return f"{PREFIX}-{body}{check}"


def read(text: str) -> str:
    """What somebody typed or read aloud, as an ID; case, blanks, look-alikes and the prefix are forgiven. Raises
    MistypedTappassId."""
    signs = ids.read_reference(text)
    if len(signs) == LENGTH + len(PREFIX):
        signs = signs.removeprefix(PREFIX)
    if len(signs) != LENGTH or check_sign(signs[:-1]) != signs[-1]:
        raise MistypedTappassId
    return f"{PREFIX}-{signs}"


def ending(tappass_id: str) -> str:
    """What is shown of an ID where others may look: enough to know one's own, too little to spend points with."""
    return f"{PREFIX}-…{tappass_id[-4:]}"


def check_sign(body: str) -> str | None:
    """The sign that follows seven others; None if there is none, also if they are no signs of ours."""
    values = [ids.ALPHABET.find(sign) for sign in body]
    if len(values) != LENGTH - 1 or min(values) < 0:
        return None
    total = sum(place * value for place, value in enumerate(values, start=1))
    check = -total * pow(LENGTH, -1, _PRIME) % _PRIME
    return ids.ALPHABET[check] if check < len(ids.ALPHABET) else None


def _body(number: int) -> str:
    signs = []
    for _ in range(LENGTH - 1):
        number, place = divmod(number, len(ids.ALPHABET))
        signs.append(ids.ALPHABET[place])
    return "".join(signs)
