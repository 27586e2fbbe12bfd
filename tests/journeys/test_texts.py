"""Texts both ways over HTTP with the real processes: a receipt, a question, a refusal that is kept, and the way back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.client import new_key
from tests.journeys.conftest import PATIENCE_SECONDS, Product
from tests.running import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("journey")]

# Where somebody may be texted about news at any hour of the day: it is day at one of them.
NUMBERS = {"America/Los_Angeles": "+14155550188", "Asia/Tokyo": "+819012345678", "Europe/Berlin": "+4915123456789"}
PHONE = next(
    number for zone, number in NUMBERS.items() if 9 <= datetime.now(ZoneInfo(zone)).hour < 19
)  # fmt: skip


class Phone:
    """The customer's, at the provider."""

    def __init__(self, product: Product) -> None:
        self.product, self.path = product, f"/_sandbox/phone/{PHONE}"

    @property
    def texts(self) -> list[str]:
        """What came in on it."""
        shown = self.product.client.open(f"{self.path}.json", method="GET").json
        return [each["body"] for each in shown if each["direction"] != "inbound"]

    def says(self, words: str) -> None:
        assert self.product.client.open(self.path, method="POST", data={"body": words}).status_code < 400

    def gets(self, words: str) -> str:
        """The text with these words, once it is there."""
        found = lambda: [text for text in self.texts if words in text]  # noqa: E731 - said twice below
        until(lambda: bool(found()), PATIENCE_SECONDS, what=f"a text with {words!r} among {self.texts}")
        return found()[-1]


def kept(product: Product, **wanted: Any) -> list[dict[str, Any]]:
    """The store's messages, newest first."""
    answer = product.shop.get("/messages", as_="owner", query_string={name: str(each) for name, each in wanted.items()})
    assert answer.status_code == 200, answer.text
    return answer.json["data"]  # type: ignore[no-any-return]


def sold(product: Product, **asked: Any) -> dict[str, Any]:
    return product.shop.sell(
        phone=PHONE, items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "card"}, **asked
    )


def campaign(product: Product, body: str) -> str:
    """One that is being sent; its id."""
    made = product.shop.post(
        "/campaigns", {"name": new_key(), "body": body, "segment": {"is_member": True}}, as_="owner"
    )
    assert made.status_code == 201, made.text
    started = product.shop.post(f"/campaigns/{made.json['id']}/start", {}, as_="owner")
    assert started.status_code == 200, started.text
    return str(made.json["id"])


def settled(product: Product, **wanted: Any) -> dict[str, Any]:
    """The one message that is wanted, once it waits for nothing any more."""
    until(
        lambda: any(each["status"] in ("delivered", "suppressed") for each in kept(product, **wanted)),
        PATIENCE_SECONDS,
        what=f"the end of {wanted}: {kept(product, **wanted)}",
    )
    return kept(product, **wanted)[0]


def test_customer_is_texted_asks_refuses_and_comes_back(product: Product) -> None:
    phone = Phone(product)
    countries = {"countries": ["US", "JP", "DE"]}
    seen = {"If-Match": "*"}
    assert (
        product.shop.request("PATCH", "/messaging/policy", as_="owner", headers=seen, json=countries).status_code == 200
    )

    # She buys, joins, and says yes to news. The receipt is on her phone.
    first = sold(product, name="Ada", join=True, marketing_consent=True)
    assert first["reference"] in phone.gets("paid for order")

    # She asks for her points, and gets what the books say.
    member = product.shop.get("/members", query_string={"phone": PHONE}).json
    phone.says("points")
    assert f"You have {member['balance']:,} points" in phone.gets("to go to level")

    # STOP: neither the next receipt nor a campaign leaves, and the owner sees why.
    phone.says("STOP")
    phone.gets("unsubscribed")
    until(lambda: customer(product)["sms_consent"] is False, PATIENCE_SECONDS, what="the refusal in the books")
    before = phone.texts
    second, quiet = sold(product), campaign(product, "Beer yoga on Sunday, {name|friend}!")
    receipt, news = settled(product, order_id=second["id"]), settled(product, campaign_id=quiet)
    assert [(each["status"], each["reason"]) for each in (receipt, news)] == [("suppressed", "opted_out")] * 2
    assert receipt["permit"]["sms"]["granted"] is False
    assert phone.texts == before

    # START brings back what she had agreed to before, and nothing else.
    phone.says("START")
    phone.gets("re-subscribed")
    until(lambda: customer(product)["sms_consent"] is True, PATIENCE_SECONDS, what="the way back in the books")
    again = campaign(product, "Beer yoga on Monday, {name|friend}!")
    assert "Beer yoga on Monday, Ada!" in phone.gets("Monday")
    arrived = settled(product, campaign_id=again)
    assert (arrived["status"], arrived["reason"], arrived["permit"]["consent"]["granted"]) == ("delivered", None, True)
    third = sold(product)
    assert third["reference"] in phone.gets(third["reference"])


def customer(product: Product) -> dict[str, Any]:
    return product.shop.get("/customers", query_string={"phone": PHONE}).json  # type: ignore[no-any-return]
