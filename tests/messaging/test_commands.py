"""flask messages: what is fetched and sent at once, how texts stand, and what is said when Twilio is away."""

from typing import Any

import pytest
from flask import Flask

from pos.db import transaction
from pos.messaging.gateway import Gateway
from pos.statements import Statement
from tests.checkout.counter import done
from tests.client import Shop
from tests.databases import SMS_NUMBERS
from tests.texting import messages, text

PHONE = "+14155550132"
_PAUSE = Statement("UPDATE stores SET sms_paused_until = now() + interval '10 minutes' WHERE id = :store")


def run(app: Flask, *words: str) -> Any:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["messages", *words])


def said(app: Flask, *words: str) -> str:
    result = run(app, *words)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def refused(app: Flask, *words: str) -> str:
    result = run(app, *words)
    assert result.exit_code == 1, result.output
    return str(result.stderr).rpartition("Error: ")[2].strip()


def away(app: Flask, answer: tuple[int, int] | None) -> None:
    """From now on Twilio answers with this status and code, or not at all."""

    def transport(*_: Any) -> tuple[int, str]:
        if answer is None:
            raise ConnectionRefusedError
        return answer[0], f'{{"code": {answer[1]}, "message": "Too Many Requests", "status": {answer[0]}}}'

    app.extensions["twilio"] = Gateway(app.config["SETTINGS"].twilio, transport)


@pytest.fixture
def real(committed: Flask, shops: list[dict[str, Any]]) -> Shop:
    """The first shop, where threads may write: a text is handed over in one of them."""
    return Shop(committed.test_client(), **shops[0])


def sell(shop: Shop) -> dict[str, Any]:
    """An order that is paid, so that its receipt is wanted."""
    return shop.sell(phone=PHONE, payment={"method": "cash"})


def test_deliver_sends_what_is_due_and_says_how_many(committed: Flask, real: Shop) -> None:
    sell(real)
    before = said(committed, "status", "--store", real.slug)

    delivered = said(committed, "deliver", "--store", real.slug)
    again = said(committed, "deliver")

    assert "     1 waiting to leave" in before
    assert "     1 looked at\n     1 taken by Twilio\nDone: nothing else is due.\n" in delivered
    assert again == "Done: nothing else is due.\n"
    [receipt] = messages(real, direction="out")
    assert (receipt["status"], receipt["template"]) == ("sent", "receipt")
    assert "     0 waiting to leave" in said(committed, "status", "--store", real.slug)


def test_poll_fetches_a_text_that_no_webhook_told(committed: Flask, real: Shop) -> None:
    sell(real)
    said(committed, "poll")
    asked = committed.test_client().post(
        f"/_sandbox/phone/{PHONE}", data={"body": "STOP", "to": SMS_NUMBERS[real.slug]}
    )
    assert asked.status_code == 201

    first, second = said(committed, "poll"), said(committed, "poll")

    assert (first[:6].strip(), second[:6].strip()) == ("1", "0")
    [customer] = {message["customer_id"] for message in messages(real, direction="in")}
    assert done(real.get(f"/customers/{customer}"))["sms_consent"] is False


def test_deliver_fetches_a_stop_before_the_first_text_leaves(committed: Flask, real: Shop) -> None:
    sell(real)
    committed.test_client().post(f"/_sandbox/phone/{PHONE}", data={"body": "STOP", "to": SMS_NUMBERS[real.slug]})

    said(committed, "deliver", "--store", real.slug)

    [receipt] = messages(real, direction="out", purpose="transactional")
    assert (receipt["status"], receipt["reason"]) == ("suppressed", "opted_out")


def test_status_says_what_waits_why_and_what_the_day_costs(app: Flask, shop: Shop) -> None:
    shop.sell(phone=PHONE)
    text(shop, PHONE, "When do you close on Tuesday after the match?")
    _change_policy(shop, segments_day=1, segment_price="0.5")
    by_hand = {"phone": PHONE, "body": "Your jacket is still here."}
    done(shop.post("/messages", by_hand, as_="owner"), 201)
    said(app, "deliver", "--store", shop.slug)
    done(shop.post("/messages", by_hand, as_="owner"), 201)

    lines = said(app, "status", "--store", shop.slug).splitlines()

    assert lines[0] == f"{shop.slug}: texts from {SMS_NUMBERS[shop.slug]}"
    assert lines[1:3] == ["     1 waiting to leave", "     1 held: limit_store_day"]
    assert "     1 conversation(s) wait for a person" in lines
    assert "     1 of 1 segments of today's budget used, 0.50 USD" in lines


def test_commands_say_that_a_store_is_paused(app: Flask, shop: Shop) -> None:
    with transaction(shop.store_id, actor="test"):  # type: ignore[arg-type]
        _PAUSE.run()

    assert refused(app, "deliver").startswith(f"{shop.slug}: paused by an alarm")
    assert "paused by an alarm until" in said(app, "status")


@pytest.mark.parametrize("command", ["poll", "deliver"])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "Twilio does not answer (ConnectionRefusedError). Nothing is lost; try again."),
        ((429, 20429), "Twilio does not answer (Too Many Requests). Nothing is lost; try again."),
        ((401, 20003), "Twilio does not accept our credentials. Nothing was sent; mend it and try again."),
    ],
    ids=["away", "busy", "refused"],
)
def test_command_says_that_twilio_is_away(
    app: Flask, shop: Shop, command: str, answer: tuple[int, int] | None, sentence: str
) -> None:
    working = app.extensions["twilio"]
    try:
        away(app, answer)
        assert refused(app, command, "--store", shop.slug) == f"{shop.slug}: {sentence}"
    finally:
        app.extensions["twilio"] = working


@pytest.mark.parametrize("command", ["poll", "deliver"])
def test_command_says_that_nothing_is_texted(app: Flask, shop: Shop, command: str) -> None:
    working = app.extensions["twilio"]
    try:
        app.extensions["twilio"] = None
        assert refused(app, command) == "TWILIO_ACCOUNT_SID is none: nothing is texted."
        assert shop.slug in said(app, "status")
    finally:
        app.extensions["twilio"] = working


def _change_policy(shop: Shop, **changes: Any) -> None:
    seen = shop.get("/messaging/policy", as_="owner").headers["ETag"]
    done(shop.request("PATCH", "/messaging/policy", as_="owner", headers={"If-Match": seen}, json=changes))
