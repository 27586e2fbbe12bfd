"""Passwords and PINs."""

import pytest

from pos import ids
from pos.staff import passwords


def test_hashed_is_argon2id_at_owasp_minimum_and_salted() -> None:
    one, other = passwords.hashed("4711"), passwords.hashed("4711")

    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert passwords.matches("4711", one)
    assert passwords.matches("4711", other)


def test_what_nobody_is_compared_with_takes_as_long_as_a_password() -> None:
    assert cost_of(passwords._NOBODY) == cost_of(passwords.hashed("4711"))


def cost_of(hashed: str) -> list[str]:
    """Kind, version and cost, and how long salt and hash are."""
    *kind, salt, digest = hashed.split("$")
    return [*kind, str(len(salt)), str(len(digest))]


@pytest.mark.parametrize("secret", ["4712", "", "4711 "])
def test_matches_refuses_another_secret(secret: str) -> None:
    assert passwords.matches(secret, passwords.hashed("4711")) is False


@pytest.mark.parametrize(
    ("secret", "stored"),
    [("4711", None), ("nobody has this password", None), ("4711", "not a hash"), ("4711", "4711")],
)
def test_matches_refuses_what_is_no_hash(secret: str, stored: str | None) -> None:
    assert passwords.matches(secret, stored) is False


def test_new_password_can_be_read_aloud() -> None:
    made = {passwords.new_password() for _ in range(200)}

    assert len(made) == 200
    for password in made:
        groups = password.split("-")
        assert [len(group) for group in groups] == [5, 5, 5]
        assert set("".join(groups).upper()) <= set(ids.ALPHABET)


def test_new_pin_has_four_digits() -> None:
    made = [passwords.new_pin() for _ in range(2000)]

    assert all(len(pin) == 4 and pin.isdigit() for pin in made)
    assert len(set(made)) > 1000
    assert any(pin.startswith("0") for pin in made)
