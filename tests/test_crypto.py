"""What is kept encrypted, and what only as a hash."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.crypto import Undecryptable, Vault

VAULT, OTHER = Vault(b"k" * 32), Vault(b"o" * 32)
WHERE = "customers.email:0190b7a2"


@settings(deadline=None)
@given(st.text(), st.text())
def test_decrypt_gives_back_what_was_encrypted(words: str, context: str) -> None:
    assert VAULT.decrypt(VAULT.encrypt(words, context=context), context=context) == words


def test_encrypt_hides_the_text_and_names_its_version() -> None:
    stored = VAULT.encrypt("ada@example.com", context=WHERE)

    assert stored.startswith("v1.")
    assert b"ada" not in base64.urlsafe_b64decode(stored.removeprefix("v1."))


def test_encrypt_gives_another_text_each_time() -> None:
    stored = {VAULT.encrypt("ada@example.com", context=WHERE) for _ in range(50)}

    assert len(stored) == 50


def test_decrypt_works_in_another_process_with_the_same_key() -> None:
    assert Vault(b"k" * 32).decrypt(VAULT.encrypt("asthma", context=WHERE), context=WHERE) == "asthma"


def test_decrypt_refuses_another_key() -> None:
    with pytest.raises(Undecryptable):
        OTHER.decrypt(VAULT.encrypt("asthma", context=WHERE), context=WHERE)


@pytest.mark.parametrize("context", ["customers.email:0190b7a3", "profiles.medical_conditions:0190b7a2", ""])
def test_decrypt_refuses_a_row_that_was_moved(context: str) -> None:
    with pytest.raises(Undecryptable):
        VAULT.decrypt(VAULT.encrypt("asthma", context=WHERE), context=context)


@pytest.mark.parametrize("version", ["v2", "v0", "", "V1"])
def test_decrypt_refuses_a_version_that_it_does_not_know(version: str) -> None:
    body = VAULT.encrypt("asthma", context=WHERE).removeprefix("v1")

    with pytest.raises(Undecryptable, match="version"):
        VAULT.decrypt(version + body, context=WHERE)


@pytest.mark.parametrize("byte", [0, 11, 12, 20, -1])
def test_decrypt_refuses_a_text_of_which_one_bit_changed(byte: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(VAULT.encrypt("asthma", context=WHERE).removeprefix("v1.")))
    raw[byte] ^= 1

    with pytest.raises(Undecryptable):
        VAULT.decrypt("v1." + base64.urlsafe_b64encode(raw).decode(), context=WHERE)


@pytest.mark.parametrize(
    "damaged", ["v1.", "v1.abc", "v1.AAAA", "v1.AAAAAAAAAAAAAAAAAAAA", "v1.äöü", "plain@example.com"]
)
def test_decrypt_refuses_a_damaged_text(damaged: str) -> None:
    """Whatever stands in the column, the caller has to expect one error and not those of base64 and AES."""
    with pytest.raises(Undecryptable):
        VAULT.decrypt(damaged, context=WHERE)


@pytest.mark.parametrize("spelling", ["ada@example.com", "Ada@Example.COM", " ada@example.com ", "ADA@EXAMPLE.COM\n"])
def test_hash_email_finds_the_address_in_any_spelling(spelling: str) -> None:
    assert VAULT.hash_email(spelling) == VAULT.hash_email("ada@example.com")


def test_hash_email_tells_addresses_and_keys_apart() -> None:
    hashes = {
        VAULT.hash_email("ada@example.com"),
        VAULT.hash_email("bob@example.com"),
        OTHER.hash_email("ada@example.com"),
    }

    assert len(hashes) == 3
    assert all(len(found) == 64 and "ada" not in found for found in hashes)
