"""TapPass IDs tell every mistake of one sign and every swap of neighbours, and forgive how they are written."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos import ids
from pos.loyalty import tappass_ids
from pos.loyalty.tappass_ids import LENGTH, MistypedTappassId

SEED = 20260101
bodies = st.text(ids.ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)


def some_ids(count: int) -> list[str]:
    drawn = random.Random(SEED)
    found = []
    while len(found) < count:
        body = "".join(drawn.choices(ids.ALPHABET, k=LENGTH - 1))
        check = tappass_ids.check_sign(body)
        found += [f"TP-{body}{check}"] if check else []
    return found


def is_read(text: str) -> bool:
    try:
        tappass_ids.read(text)
    except MistypedTappassId:
        return False
    return True


def test_new_gives_an_id_that_can_be_read() -> None:
    made = {tappass_ids.new() for _ in range(300)}

    assert len(made) == 300
    assert {tappass_ids.read(each) for each in made} == made


def test_read_tells_every_single_wrong_sign() -> None:
    for known in some_ids(40):
        signs = known.removeprefix("TP-")
        for place in range(LENGTH):
            wrong = [signs[:place] + sign + signs[place + 1 :] for sign in ids.ALPHABET if sign != signs[place]]
            assert not any(map(is_read, wrong)), signs


def test_read_tells_every_swap_of_neighbours() -> None:
    for known in some_ids(400):
        signs = known.removeprefix("TP-")
        for place in range(LENGTH - 1):
            left, right = signs[place], signs[place + 1]
            swapped = signs[:place] + right + left + signs[place + 2 :]
            assert left == right or not is_read(swapped), signs


@given(body=bodies, place=st.integers(0, LENGTH - 1), sign=st.sampled_from(ids.ALPHABET))
@settings(max_examples=60)
def test_read_takes_no_other_sign_anywhere(body: str, place: int, sign: str) -> None:
    check = tappass_ids.check_sign(body)
    if check:
        signs = body + check
        other = signs[:place] + sign + signs[place + 1 :]
        assert is_read(other) == (other == signs)


@given(body=bodies)
def test_sum_of_an_id_is_a_multiple_of_29(body: str) -> None:
    check = tappass_ids.check_sign(body)

    wanted = [each for each in range(29) if (8 * each + weighed(body)) % 29 == 0]
    assert wanted == [28] if check is None else wanted == [ids.ALPHABET.index(check)]


def weighed(body: str) -> int:
    return sum(place * ids.ALPHABET.index(sign) for place, sign in enumerate(body, start=1))


@pytest.mark.parametrize(
    "written",
    [
        "{signs}",
        "TP{signs}",
        "tp-{lower}",
        " TP-{signs} ",
        "TP {spaced}",
        "tp.{lower}",
        "{first}-{second}",
        "TP\u2013{signs}",
    ],
)
def test_read_forgives_how_it_is_written(written: str) -> None:
    for known in some_ids(5):
        signs = known.removeprefix("TP-")
        said = written.format(
            signs=signs, lower=signs.lower(), spaced=" ".join(signs), first=signs[:4], second=signs[4:]
        )

        assert tappass_ids.read(said) == known


@pytest.mark.parametrize(
    ("seen", "meant"), [("0", "Q"), ("O", "Q"), ("1", "L"), ("I", "L"), ("2", "Z"), ("4", "A"), ("5", "S"), ("6", "G")]
)
def test_read_forgives_what_looks_alike(seen: str, meant: str) -> None:
    known = next(each for each in some_ids(400) if meant in each[3:])

    assert tappass_ids.read(f"TP-{known[3:].replace(meant, seen)}") == known


@pytest.mark.parametrize(
    "text", ["", "TP-", "TP", "TP-AAAAAAA", "TP-AAAAAAAAA", "ÄÄÄÄÄÄÄÄ", "TP-????????", "TPTPTPTPTP", "-" * 40]
)
def test_read_refuses_what_is_none(text: str) -> None:
    assert not is_read(text)


def test_refusal_does_not_repeat_what_was_given() -> None:
    """It may be a phone number that somebody typed into the wrong field."""
    with pytest.raises(MistypedTappassId) as refused:
        tappass_ids.read("+14155550132")

    assert "0132" not in str(refused.value)


def test_body_that_would_need_a_29th_sign_is_not_issued() -> None:
    drawn = random.Random(SEED)
    bodies_drawn = ["".join(drawn.choices(ids.ALPHABET, k=LENGTH - 1)) for _ in range(2900)]
    without = sum(tappass_ids.check_sign(body) is None for body in bodies_drawn)

    assert 50 < without < 160
