"""Consents: each answer is kept with its wording, and the customer's flag is only the latest one."""

from typing import Any

import pytest

from pos.customers.wording import CURRENT, wording
from tests.client import Shop
from tests.databases import PIN

SHOWN = wording("marketing", CURRENT, "Hops")


def consents(shop: Shop, customer_id: str) -> list[dict[str, Any]]:
    answer = shop.get(f"/customers/{customer_id}/consents")
    assert answer.status_code == 200
    return answer.json["data"]


def flag(shop: Shop, customer_id: str) -> bool | None:
    return shop.get(f"/customers/{customer_id}").json["marketing_consent"]


def say(shop: Shop, customer_id: str, granted: bool, purpose: str = "marketing", **more: Any) -> Any:
    as_, headers = more.pop("as_", "register"), more.pop("headers", {})
    body = {"purpose": purpose, "granted": granted, **more}
    return shop.post(f"/customers/{customer_id}/consents", body, as_=as_, headers=headers)


# --- with an order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [None, CURRENT])
def test_yes_with_an_order_is_recorded_with_its_wording(shop: Shop, version: str | None) -> None:
    order = shop.sell(marketing_consent=True, wording_version=version)

    (consent,) = consents(shop, order["customer"]["id"])
    assert order["customer"]["marketing_consent"] is True
    assert consent == {
        "id": consent["id"],
        "created_at": consent["created_at"],
        "purpose": "marketing",
        "granted": True,
        "is_pending": False,
        "source": "register",
        "wording": SHOWN,
        "wording_version": CURRENT,
        "actor": f"register:{shop.register_id}",
        "evidence": {},
    }


@pytest.mark.parametrize(
    ("answer", "recorded"),
    [
        ({}, []),
        ({"wording_version": CURRENT}, []),
        ({"marketing_consent": False}, []),
        ({"marketing_consent": False, "wording_version": CURRENT}, [False]),
        ({"marketing_consent": True}, [True]),
    ],
)
def test_order_records_an_answer_only_if_there_was_one(
    shop: Shop, answer: dict[str, Any], recorded: list[bool]
) -> None:
    """A tablet that always sends false has not asked anybody; a no needs the wording that was shown."""
    order = shop.sell(**answer)

    customer_id = order["customer"]["id"]
    assert [consent["granted"] for consent in consents(shop, customer_id)] == recorded
    assert flag(shop, customer_id) is (recorded[0] if recorded else None)


@pytest.mark.parametrize("second", [{}, {"marketing_consent": False}])
def test_order_without_an_answer_leaves_the_yes_before_it(shop: Shop, second: dict[str, Any]) -> None:
    customer_id = shop.sell(marketing_consent=True)["customer"]["id"]

    order = shop.sell(**second)

    assert order["customer"]["marketing_consent"] is True
    assert len(consents(shop, customer_id)) == 1


def test_order_with_an_unknown_wording_is_refused_as_a_whole(shop: Shop) -> None:
    refused = shop.post("/orders", shop.order(marketing_consent=True, wording_version="1999-01-en"))

    assert (refused.status_code, refused.json["type"]) == (422, "/problems/unknown-wording")
    assert refused.json["errors"][0]["pointer"] == "/wording_version"
    assert shop.get("/orders").json["data"] == []


@pytest.mark.parametrize("answer", ["yes", 1, "true", None])
def test_consent_is_true_or_false_and_nothing_like_it(shop: Shop, answer: Any) -> None:
    body = {**shop.order(), "marketing_consent": answer}

    assert shop.post("/orders", body).status_code == 422


# --- by itself ------------------------------------------------------------------------------------------------


def test_flag_is_the_latest_answer_and_every_answer_stays(shop: Shop) -> None:
    customer_id = shop.sell()["customer"]["id"]
    answers = [True, False, False, True, False]

    flags = []
    for granted in answers:
        assert say(shop, customer_id, granted).status_code == 201
        flags.append(flag(shop, customer_id))

    assert flags == answers
    assert [consent["granted"] for consent in consents(shop, customer_id)] == answers[::-1]


def test_withdrawal_is_one_request(shop: Shop) -> None:
    customer_id = shop.sell(marketing_consent=True)["customer"]["id"]

    withdrawn = say(shop, customer_id, False, note="asked at the bar")

    assert withdrawn.status_code == 201
    assert (withdrawn.json["granted"], withdrawn.json["evidence"]) == (False, {"note": "asked at the bar"})
    assert flag(shop, customer_id) is False


def test_answer_about_order_messages_is_no_answer_about_marketing(shop: Shop) -> None:
    customer_id = shop.sell(marketing_consent=True)["customer"]["id"]

    sms = say(shop, customer_id, False, "sms").json

    assert sms["wording"] == wording("sms", CURRENT, "Hops")
    assert flag(shop, customer_id) is True


def test_consent_says_who_wrote_it_down(shop: Shop) -> None:
    customer_id = shop.sell()["customer"]["id"]
    signed_in = shop.post("/register/sign-in", {"user_id": shop.people["cashier"], "pin": PIN}).json

    say(shop, customer_id, True)
    say(shop, customer_id, True, as_="owner")
    say(shop, customer_id, True, headers={"X-User-Token": signed_in["user_token"]})

    assert [(consent["source"], consent["actor"]) for consent in consents(shop, customer_id)[::-1]] == [
        ("register", f"register:{shop.register_id}"),
        ("api", "api-key"),
        ("register", f"user:{shop.people['cashier']}"),
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"granted": True}, "/purpose"),
        ({"purpose": "marketing"}, "/granted"),
        ({"purpose": "post", "granted": True}, "/purpose"),
        ({"purpose": "sms", "granted": "yes"}, "/granted"),
        ({"purpose": "sms", "granted": True, "wording_version": "1999-01-en"}, "/wording_version"),
        ({"purpose": "sms", "granted": True, "wording": "Yes please"}, "/wording"),
    ],
)
def test_consent_refuses_odd_answers(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    customer_id = shop.sell()["customer"]["id"]

    refused = shop.post(f"/customers/{customer_id}/consents", body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert consents(shop, customer_id) == []


def test_consents_of_another_stores_customer_are_not_there(shop: Shop, other_shop: Shop) -> None:
    customer_id = other_shop.sell()["customer"]["id"]

    assert shop.get(f"/customers/{customer_id}/consents").status_code == 404
    assert say(shop, customer_id, True).status_code == 404
    assert flag(other_shop, customer_id) is None
