"""Codes of an authenticator app: those of RFC 6238, early and late, once each."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from pos.staff.second_factor import address, code_at, new_secret, step_of

# RFC 6238, appendix B: the secret "12345678901234567890", and the last six digits of the codes there.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


@pytest.mark.parametrize(("second", "code"), RFC.items())
def test_code_is_that_of_the_standard(second: int, code: str) -> None:
    assert code_at(SECRET, datetime.fromtimestamp(second, UTC)) == code


@pytest.mark.parametrize(("late", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_code_counts_one_step_early_and_late(late: int, counts: bool) -> None:
    now = datetime(2026, 11, 21, 18, 0, 15, tzinfo=UTC)
    code = code_at(SECRET, now)

    step = step_of(SECRET, code, now=now + timedelta(seconds=late), after=None)

    assert step == (int(now.timestamp()) // 30 if counts else None)


@pytest.mark.parametrize("code", ["", "é", "２８７０８２", "28708", "0287082", "287082\n", "1" * 100])
def test_what_is_no_code_counts_for_none(code: str) -> None:
    assert step_of(SECRET, code, now=datetime.fromtimestamp(59, UTC), after=None) is None


def test_code_that_counted_counts_no_more() -> None:
    now = datetime(2026, 11, 21, 18, tzinfo=UTC)
    code = code_at(SECRET, now)
    step = step_of(SECRET, code, now=now, after=None)

    assert step is not None
    assert step_of(SECRET, code, now=now, after=step) is None
    assert step_of(SECRET, code, now=now, after=step - 1) == step


def test_address_tells_an_app_all_it_needs() -> None:
    secret = new_secret()

    told = urlsplit(address(secret, email="owner@hops.example", store="Hops"))

    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert parse_qs(told.query) == {"secret": [secret], "issuer": ["TapPass Hops"]}
    assert len(secret) == 32
