"""Keys, references and secrets."""

import base64
import hashlib
import string
import time
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos import ids

MANY = 2000
references = st.text(ids.ALPHABET, min_size=ids.REFERENCE_LENGTH, max_size=ids.REFERENCE_LENGTH)


def milliseconds(key: UUID) -> int:
    return key.int >> 80


def next_millisecond() -> None:
    started = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == started:
        pass


def test_uuid7_has_version_and_variant() -> None:
    keys = [ids.uuid7() for _ in range(MANY)]

    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {RFC_4122}


def test_uuid7_begins_with_the_time() -> None:
    before = time.time_ns() // 1_000_000
    key = ids.uuid7()
    after = time.time_ns() // 1_000_000

    assert before <= milliseconds(key) <= after


def test_uuid7_sorts_by_time() -> None:
    keys = []
    for _ in range(20):
        keys.append(ids.uuid7())
        next_millisecond()

    assert keys == sorted(keys)
    assert [str(key) for key in keys] == sorted(str(key) for key in keys)


def test_uuid7_is_random_but_for_time_version_and_variant() -> None:
    keys = [ids.uuid7().int for _ in range(MANY)]

    seen_one = seen_zero = 0
    for key in keys:
        seen_one |= key
        seen_zero |= ~key
    random_bits = (1 << 62) - 1
    assert len(set(keys)) == MANY
    assert seen_one & seen_zero & random_bits == random_bits


def test_alphabet_has_no_look_alikes() -> None:
    assert len(set(ids.ALPHABET)) == len(ids.ALPHABET) == 28
    assert set(ids.ALPHABET) <= set(string.ascii_uppercase + string.digits)
    assert not set("IO012456") & set(ids.ALPHABET)


def test_reference_uses_the_whole_alphabet_and_nothing_else() -> None:
    made = [ids.reference() for _ in range(MANY)]

    assert {len(reference) for reference in made} == {ids.REFERENCE_LENGTH}
    for position in range(ids.REFERENCE_LENGTH):
        assert {reference[position] for reference in made} == set(ids.ALPHABET)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("K7QXR9", "K7QXR9"),
        ("k7qxr9", "K7QXR9"),
        ("  K7QXR9\n", "K7QXR9"),
        ("K7Q XR9", "K7QXR9"),
        ("K7Q-XR9", "K7QXR9"),
        ("k7q–xr9", "K7QXR9"),
        ("K7Q_XR9", "K7QXR9"),
        ("K.7.Q.X.R.9", "K7QXR9"),
        ("0O1I24", "QQLLZA"),
        ("56l8o0", "SGL8QQ"),
        ("oil", "QLL"),
        ("", ""),
    ],
)
def test_read_reference_forgives(typed: str, read: str) -> None:
    assert ids.read_reference(typed) == read


@settings(deadline=None)
@given(references)
def test_read_reference_keeps_what_is_right(reference: str) -> None:
    assert ids.read_reference(reference) == reference
    assert ids.read_reference(f" {reference[:3].lower()}-{reference[3:].lower()} ") == reference


def test_public_token_holds_128_bits_and_fits_into_an_address() -> None:
    tokens = [ids.public_token() for _ in range(MANY)]

    assert len(set(tokens)) == MANY
    for token in tokens:
        assert len(base64.urlsafe_b64decode(token + "==")) == 16
        assert set(token) <= set(string.ascii_letters + string.digits + "-_")


def test_secret_holds_256_bits() -> None:
    secrets = {ids.secret() for _ in range(MANY)}

    assert len(secrets) == MANY
    assert {len(base64.urlsafe_b64decode(secret + "=")) for secret in secrets} == {32}


def test_digest_is_sha_256() -> None:
    assert ids.digest("abc") == hashlib.sha256(b"abc").hexdigest()
    assert ids.digest("é") == hashlib.sha256("é".encode()).hexdigest()
