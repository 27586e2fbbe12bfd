"""What `flask doctor` says of texts: how Twilio is reached, which stores cannot text, and what has waited too long."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from pos import doctor
from pos.config import TwilioSettings
from tests.client import Shop

LIVE = TwilioSettings("AC" + "0" * 32, "0" * 32, None, "+14155550199", None, is_sandbox=False)


@pytest.fixture
def shop(committed: Flask, shops: list[dict[str, Any]]) -> Shop:
    """The first shop of the database that `committed` uses."""
    return Shop(committed.test_client(), **shops[0])


def finding(app: Flask, **settings: Any) -> doctor.Finding:
    """What is found with these settings in place of the application's."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **settings)
    with app.app_context():
        (found,) = (found for found in doctor.examine(app) if found.subject == "texts")
    return found


def test_doctor_says_how_twilio_is_reached(committed: Flask) -> None:
    sandbox = finding(committed)
    others = [finding(committed, twilio=settings) for settings in (None, LIVE, replace(LIVE, api_base="http://other"))]

    assert [(found.is_fine, found.detail.partition(":")[0]) for found in (sandbox, *others)] == [
        (True, "sandbox"),
        (True, "switched off (TWILIO_ACCOUNT_SID=none)"),
        (True, "live"),
        (True, "not Twilio"),
    ]


def test_doctor_wants_https_in_production(committed: Flask) -> None:
    plain = finding(committed, twilio=LIVE, app_env="production", public_base_url="http://pos.example.com")
    mended = finding(committed, public_base_url="https://pos.example.com")

    assert (plain.is_fine, mended.is_fine) == (False, True)
    assert "PUBLIC_BASE_URL, which has to begin with https" in plain.detail


def test_doctor_counts_stores_that_cannot_text(committed: Flask, superuser: Any) -> None:
    with superuser.cursor() as cursor:
        cursor.execute("UPDATE stores SET sms_number = NULL WHERE slug = 'cafe'")
        one_of_two = finding(committed)
        cursor.execute("UPDATE stores SET is_active = slug = 'cafe'")
        the_only_one = finding(committed, twilio=LIVE)
        without_any = finding(committed, twilio=replace(LIVE, from_number=None))

    assert "1 of 2 store(s) cannot text: `flask --app wsgi stores change SLUG --sms-number`" in one_of_two.detail
    assert one_of_two.is_fine, "a store may do without texts"
    assert "cannot text" not in the_only_one.detail, "the only store uses the number of the settings"
    assert "1 of 1 store(s) cannot text" in without_any.detail


def test_doctor_finds_a_store_that_is_paused(committed: Flask, superuser: Any) -> None:
    with superuser.cursor() as cursor:
        cursor.execute("UPDATE stores SET sms_paused_until = now() + interval '1 minute' WHERE slug = 'cafe'")
        paused = finding(committed)
        cursor.execute("UPDATE stores SET sms_paused_until = now() - interval '1 minute' WHERE slug = 'cafe'")
        over = finding(committed)

    assert (paused.is_fine, over.is_fine) == (False, True)
    assert "1 store(s) are paused by an alarm" in paused.detail


def test_doctor_finds_texts_that_wait_too_long(committed: Flask, shop: Shop, superuser: Any) -> None:
    shop.sell(payment={"method": "cash"})
    fresh = finding(committed)
    with superuser.cursor() as cursor:
        cursor.execute("UPDATE messages SET created_at = created_at - interval '61 minutes'")
        queued = finding(committed)
        cursor.execute(
            "UPDATE messages SET status = 'unknown', body = 'x', permit = '{}', sending_at = now() - interval '61 minutes'"
        )
        unclear = finding(committed)

    assert (fresh.is_fine, queued.is_fine, unclear.is_fine) == (True, False, False)
    assert "1 text(s) have been queued for over an hour" in queued.detail
    assert "1 text(s) have been unclear for over an hour: `flask --app wsgi messages deliver`" in unclear.detail
