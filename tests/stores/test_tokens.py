"""Bearer tokens, and the memory for API keys that were right."""

import uuid

import pytest

from pos.stores import tokens

STORE = uuid.UUID("0190b7a2-7c1e-7aaa-8bbb-0123456789ab")


@pytest.mark.parametrize("kind", [tokens.REGISTER, tokens.STORE_KEY, tokens.SESSION])
def test_read_takes_a_token_apart(kind: str) -> None:
    token = tokens.new(kind, STORE)

    assert tokens.read(str(token)) == token
    assert (token.kind, token.store_id) == (kind, STORE)


def test_read_takes_a_secret_with_underscores() -> None:
    read = tokens.read(f"tpr_{STORE.hex}_under_scored-secret_1")

    assert read == tokens.Token("tpr", STORE, "under_scored-secret_1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tpr",
        "tpr_",
        f"tpr_{STORE.hex}",
        f"tpr_{STORE.hex}_",
        f"tpr_{STORE.hex}_short",
        f"tpr_{STORE.hex}_{'x' * 73}",
        f"tpr_{STORE.hex}_{'ä' * 20}",
        f"tpx_{STORE.hex}_{'x' * 43}",
        f"TPR_{STORE.hex}_{'x' * 43}",
        f"tpr_not-a-store_{'x' * 43}",
        f"{STORE.hex}_{'x' * 43}",
    ],
)
def test_read_gives_nothing_for_what_is_no_token(text: str) -> None:
    assert tokens.read(text) is None


def test_new_tokens_differ() -> None:
    made = [tokens.new(tokens.REGISTER, STORE) for _ in range(100)]

    assert len({token.secret for token in made}) == len({token.digest for token in made}) == 100


def test_hash_key_is_bcrypt_and_does_not_hold_the_secret() -> None:
    key = tokens.new(tokens.STORE_KEY, STORE)

    stored = tokens.hash_key(key.secret)

    assert stored.startswith("$2b$12$")
    assert key.secret not in stored


def test_verifier_remembers_a_right_key_until_the_stored_hash_changes() -> None:
    verifier, right, wrong = tokens.KeyVerifier(), "r" * 43, "w" * 43
    stored, renewed = tokens.hash_key(right), tokens.hash_key("n" * 43)

    assert not verifier.knows(right, stored)
    assert not verifier.verify(wrong, stored)
    assert verifier.verify(right, stored)

    assert verifier.knows(right, stored)
    assert not verifier.knows(wrong, stored)
    assert not verifier.knows(right, renewed)
