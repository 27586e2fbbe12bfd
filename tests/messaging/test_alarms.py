"""What of texts a person is told of: an account to be mended, and a day whose budget is used up."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from pos.messaging import tasks
from pos.messaging.gateway import Gateway
from tests.checkout.counter import done
from tests.client import Shop

PHONE = "+14155550132"


@pytest.fixture
def refusing(app: Flask) -> Iterator[None]:
    """Twilio knows our credentials no more."""
    working = app.extensions["twilio"]
    refusal = '{"code": 20003, "message": "Authenticate", "status": 401}'
    app.extensions["twilio"] = Gateway(app.config["SETTINGS"].twilio, lambda *_: (401, refusal))
    yield
    app.extensions["twilio"] = working


def items(shop: Shop, kind: str) -> list[dict[str, Any]]:
    return done(shop.get("/attention-items", as_="owner", query_string={"kind": kind}))["data"]


@pytest.mark.parametrize(
    "job", [lambda _: tasks.poll_every_store(0), lambda shop: tasks.deliver(shop.store_id)], ids=["poll", "deliver"]
)
def test_refused_credentials_are_an_alarm(shop: Shop, refusing: None, job: Callable[[Shop], None]) -> None:
    job(shop)
    job(shop)

    [alarm] = items(shop, "sms_alarm")
    assert alarm["detail"]["code"] == 20003
    assert done(shop.get("/messaging/policy", as_="owner"))["paused_until"] is not None


def test_alarm_that_was_settled_comes_again(shop: Shop, refusing: None) -> None:
    tasks.poll_every_store(0)
    [alarm] = items(shop, "sms_alarm")
    done(shop.post(f"/attention-items/{alarm['id']}/resolution", {"resolution": "mended"}, as_="owner"))

    tasks.poll_every_store(0)

    assert [item["resolved_at"] is None for item in items(shop, "sms_alarm")] == [True, False]


def test_used_up_budget_is_told_once_a_day(shop: Shop) -> None:
    shop.sell(phone=PHONE)
    seen = {"If-Match": "*"}
    done(shop.request("PATCH", "/messaging/policy", as_="owner", headers=seen, json={"segments_day": 0}))
    for _ in range(2):
        done(shop.post("/messages", {"phone": PHONE, "body": "Your jacket is still here."}, as_="owner"), 201)

    tasks.deliver(shop.store_id)

    [told] = items(shop, "sms_budget")
    assert (told["detail"]["used_up_for"], told["detail"]["segments"]) == ("everything", 0)
