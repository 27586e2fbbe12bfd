"""What people write by hand: refused while they are there to mend it, and answered to whom the number belongs by now."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests import texting
from tests.checkout.counter import done
from tests.client import Shop
from tests.messaging.campaigning import asked, claimed, known, policy

STRANGER = "+14155550199"


def conversation(shop: Shop) -> dict[str, Any]:
    """With somebody who texts and is nobody's number yet."""
    texting.text(shop, STRANGER, "Is my jacket there?")
    [found] = asked(shop, "/conversations", method="GET")["data"]
    return found  # type: ignore[no-any-return]


def refusals(shop: Shop, body: str) -> list[TestResponse]:
    """What is answered to who writes this to a customer, as an answer, and as a campaign."""
    customer, talk = known(shop, 199), conversation(shop)
    return [
        shop.post("/messages", {"customer_id": customer, "body": body}, as_="owner"),
        shop.post("/messages", {"customer_id": customer, "body": body, "purpose": "marketing"}, as_="owner"),
        shop.post(f"/conversations/{talk['id']}/messages", {"body": body}, as_="owner"),
        shop.post("/campaigns", {"name": "Oktober", "body": body}, as_="owner"),
        shop.post("/campaigns/preview", {"body": body}, as_="owner"),
    ]


def told(answers: list[TestResponse]) -> set[tuple[int, str, str]]:
    return {(each.status_code, each.json["type"], each.json["errors"][0]["pointer"]) for each in answers if each.json}


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ("\u200b\u200b", "nothing-to-read"),
        ("\ufeff", "nothing-to-read"),
        ("\u00ad \u2800\u3164", "nothing-to-read"),
        ("\ufe0f", "nothing-to-read"),
        ("…" * 1600, "body-too-long"),
    ],
)
def test_text_that_cannot_be_sent_is_refused_to_who_writes_it(app: Flask, shop: Shop, body: str, slug: str) -> None:
    assert told(refusals(shop, body)) == {(422, f"/problems/{slug}", "/body")}


def test_marketing_is_measured_with_what_is_added(app: Flask, shop: Shop) -> None:
    customer = known(shop, 9000)

    refused, taken = (
        shop.post("/messages", {"customer_id": customer, "body": "x" * 1600, "purpose": purpose}, as_="owner")
        for purpose in ("marketing", "transactional")
    )

    assert (refused.status_code, taken.status_code) == (422, 201)
    assert refused.json
    assert refused.json["detail"] == (
        "With the store's name and the way out it has 1628 characters; a text takes 1600. Take 28 away."
    )


def test_text_that_fits_into_no_day_is_refused(app: Flask, shop: Shop) -> None:
    policy(shop, segments_day=4, marketing_share_percent=50)

    answers = refusals(shop, "x" * 700)

    assert told(answers) == {(422, "/problems/beyond-the-day", "/body")}
    assert [each.json["detail"][:60] for each in answers[1:3] if each.json] == [
        "It takes 5 segments, and marketing may use 2 in a day. Short",
        "It takes 5 segments, and all texts may use 4 in a day. Short",
    ]
    assert [each.status_code for each in refusals(shop, "x" * 400)] == [201, 422, 201, 422, 422]


def test_text_waits_while_a_limit_of_nothing_switches_texts_off(app: Flask, shop: Shop) -> None:
    customer = known(shop, 9000)
    policy(shop, segments_day=0)

    done(shop.post("/messages", {"customer_id": customer, "body": "Your jacket is here."}, as_="owner"), 201)
    assert claimed(shop) == []
    policy(shop, segments_day=10)

    [message] = texting.messages(shop, purpose="transactional")
    assert (message["status"], message["reason"]) == ("held", "limit_store_day")


def test_stranger_is_answered_once_an_order_is_theirs(app: Flask, shop: Shop) -> None:
    # given: nobody on file
    talk = conversation(shop)
    path = f"/conversations/{talk['id']}"
    refused = shop.post(f"{path}/messages", {"body": "Yes"}, as_="owner")
    assert refused.json
    assert refused.json["type"] == "/problems/nobody-on-file"
    # when
    customer = shop.sell(phone=STRANGER, items=[{"sku": "WATER", "quantity": 1}])["customer"]["id"]
    done(shop.post(f"{path}/messages", {"body": "Yes"}, as_="owner"), 201)
    # then
    assert [each.body for each in claimed(shop)] == ["Yes"]
    [known_by_now] = asked(shop, "/conversations", method="GET")["data"]
    assert (known_by_now["customer_id"], known_by_now["waiting_since"]) == (customer, None)


def foreseen(shop: Shop, body: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = asked(shop, "/messages/preview", {"body": body, **more})
    return found


def test_preview_is_the_text_that_leaves(app: Flask, shop: Shop) -> None:
    customer, body = known(shop, 9000), "“Your” jacket – it’s here 🎉"
    shop.post("/messages", {"customer_id": customer, "body": body}, as_="owner")

    preview = foreseen(shop, body)

    [message] = claimed(shop)
    assert (preview["body"], preview["dear_signs"]) == (message.body, ["🎉"])
    assert (preview["encoding"], preview["segments"], preview["cost"]) == ("UCS-2", 1, 1)
    assert foreseen(shop, body.replace("🎉", "!"))["dear_signs"] == []
    assert foreseen(shop, "🎉" * 40)["segments"] == 2


def test_preview_of_a_campaign_has_its_placeholders_filled(app: Flask, shop: Shop) -> None:
    preview = foreseen(shop, "{first_name|friend}, {points|no} points!", purpose="campaign", language="es")

    assert preview["body"].startswith("Hops: Ada, 1,280 points!")
    assert "STOP" in preview["body"]
    assert foreseen(shop, "x" * 1600, purpose="marketing")["excess"] == 28
    refused = shop.post("/messages/preview", {"body": "{phone}", "purpose": "campaign"}, as_="owner")
    assert refused.json
    assert (refused.status_code, refused.json["type"]) == (422, "/problems/unknown-placeholder")
