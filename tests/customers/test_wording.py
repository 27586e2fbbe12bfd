"""The sentences that consents refer to."""

import pytest

from pos.customers import wording


@pytest.mark.parametrize("purpose", ["marketing", "sms"])
def test_wording_names_the_store_and_how_to_end_it(purpose: str) -> None:
    sentence = wording.wording(purpose, wording.CURRENT, "Hops")

    assert "Hops" in sentence
    assert "STOP" in sentence
    assert "{" not in sentence


def test_marketing_wording_says_what_the_law_wants_to_be_said() -> None:
    """47 CFR 64.1200(f)(9): no condition of a purchase; CTIA: how often, what it costs, how to get help."""
    sentence = wording.wording("marketing", wording.CURRENT, "Hops")

    for part in ("not needed to buy", "a month", "rates may apply", "HELP"):
        assert part in sentence


@pytest.mark.parametrize(("purpose", "version"), [("marketing", "1999-01-en"), ("sms", ""), ("sms", "2026-11-EN")])
def test_wording_refuses_a_version_that_never_was(purpose: str, version: str) -> None:
    with pytest.raises(wording.UnknownWording, match=wording.CURRENT):
        wording.wording(purpose, version, "Hops")


def test_current_version_is_there_for_every_purpose() -> None:
    assert wording.CURRENT in wording.MARKETING
    assert wording.CURRENT in wording.SMS
