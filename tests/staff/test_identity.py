"""Who calls: tokens, keys, cookies, and what ends each of them."""

import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import text

from pos import clock
from pos.db import db, transaction
from pos.staff import actions
from pos.staff.identity import COOKIE, USER_HEADER, USER_TOKEN_SECONDS
from pos.stores import tokens
from tests.client import Shop
from tests.refusals import slug_of
from tests.staff.signing_in import at_register, browser, change, second_register, try_password, try_pin

NO_ONE = (401, "unauthenticated")
NO_PERSON = (401, "user-token-expired")


# --- bearer tokens --------------------------------------------------------------------------------------------


def test_caller_is_shown_with_store_and_role(shop: Shop) -> None:
    register, key = shop.get("/me").json, shop.get("/me", as_="owner").json

    assert (register["role"], register["register_id"], register["location_id"], register["user_id"]) == (
        "cashier", shop.register_id, shop.location_id, None,
    )  # fmt: skip
    assert (key["role"], key["register_id"], key["location_id"], key["user_id"]) == ("owner", None, None, None)
    assert (
        register["store"]
        == key["store"]
        == {
            "id": shop.store_id,
            "slug": "hops",
            "name": "Hops",
            "currency": "USD",
            "country": "US",
            "timezone": "America/Los_Angeles",
            "prices_include_tax": False,
        }
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {swapped}",
        "Bearer {elsewhere}",
        "Bearer {nowhere}",
        "Bearer tpo{tail}",
        "Bearer tps{tail}",
    ],
)
def test_what_is_no_token_of_ours_is_refused(shop: Shop, other_shop: Shop, header: str) -> None:
    kind, store, secret = shop.register_token.split("_", 2)
    words = {
        "token": shop.register_token,
        "tail": f"_{store}_{secret}",
        "swapped": f"{kind}_{store}_{secret[::-1]}",
        "elsewhere": f"{kind}_{uuid.UUID(other_shop.store_id).hex}_{secret}",
        "nowhere": f"{kind}_{uuid.uuid4().hex}_{secret}",
    }
    response = shop.get("/me", as_="nobody", headers={"Authorization": header.format(**words)})

    assert slug_of(response) == NO_ONE
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_is_read_in_any_case(shop: Shop, scheme: str) -> None:
    assert (
        shop.get("/me", as_="nobody", headers={"Authorization": f"{scheme} {shop.register_token}"}).status_code == 200
    )


def count_tries_as(count: int) -> None:
    """Counts the wrong API keys of the one sender so far as so many: bcrypt takes a quarter of a second for each."""
    with transaction(None):
        db.session.execute(text("UPDATE failed_attempts SET attempt_count = :count"), {"count": count})


def test_wrong_api_keys_are_limited_and_a_known_right_one_goes_on(shop: Shop) -> None:
    assert shop.get("/me", as_="owner").status_code == 200
    wrong = shop.api_key[:-4] + "wxyz"

    first = slug_of(shop.get("/me", as_=wrong))
    count_tries_as(19)
    twentieth, next_one = (slug_of(shop.get("/me", as_=wrong)) for _ in range(2))

    assert (first, twentieth, next_one) == (NO_ONE, NO_ONE, (429, "too-many-tries"))
    assert shop.get("/me", as_="owner").status_code == 200


def test_right_api_key_forgives_nobody_but_its_own_address(app: Flask, shop: Shop) -> None:
    """127.0.0.1 is how 127.0.0.12 begins; there somebody has used up all tries."""
    wrong, there = shop.api_key[:-4] + "wxyz", {"environ_base": {"REMOTE_ADDR": "127.0.0.12"}}
    shop.get("/me", as_=wrong, **there)
    count_tries_as(20)

    app.extensions["key_verifier"] = tokens.KeyVerifier()
    right = shop.get("/me", as_="owner")

    assert right.status_code == 200
    assert slug_of(shop.get("/me", as_=wrong, **there)) == (429, "too-many-tries")


# --- the person at a register ---------------------------------------------------------------------------------


def test_user_token_works_at_its_own_register_only(shop: Shop) -> None:
    window = second_register(shop)
    manager = at_register(shop, "manager")

    assert shop.get("/me", headers=manager).json["role"] == "manager"
    assert slug_of(shop.get("/me", as_=window, headers=manager)) == NO_PERSON


def test_user_token_does_not_work_in_another_store(shop: Shop, other_shop: Shop) -> None:
    assert slug_of(other_shop.get("/me", headers=at_register(shop, "manager"))) == NO_PERSON


def test_user_token_alone_is_nobody(shop: Shop) -> None:
    assert slug_of(shop.get("/me", as_="nobody", headers=at_register(shop, "manager"))) == NO_ONE


@pytest.mark.parametrize("changes", [{"pin": "2580"}, {"pin": "4711"}, {"is_active": False}])
def test_user_token_ends_with_a_new_pin_and_with_the_access(shop: Shop, changes: dict[str, Any]) -> None:
    manager = at_register(shop, "manager")

    assert change(shop, "manager", changes).status_code == 200

    assert slug_of(shop.get("/me", headers=manager)) == NO_PERSON
    assert shop.get("/me").json["role"] == "cashier"


def test_new_pin_is_the_one_that_counts(shop: Shop) -> None:
    change(shop, "manager", {"pin": "2580"})

    assert [try_pin(shop, "manager", pin).status_code for pin in ("4711", "2580")] == [401, 200]


@pytest.mark.parametrize(("role", "status"), [("cashier", 403), ("manager", 200), ("owner", 200)])
def test_user_token_carries_the_role_of_now(shop: Shop, role: str, status: int) -> None:
    """A role is looked up with each request, so a promotion or its opposite holds at once."""
    manager = at_register(shop, "manager")

    change(shop, "manager", {"role": role})

    assert shop.get("/me", headers=manager).json["role"] == role
    assert shop.get("/registers", headers=manager).status_code == status


def test_user_token_expires_after_eight_hours(app: Flask, shop: Shop) -> None:
    fresh = at_register(shop, "manager")["X-User-Token"]

    statuses = {
        age: shop.get("/me", headers={"X-User-Token": _aged(app, fresh, age)}).status_code
        for age in (0, USER_TOKEN_SECONDS - 60, USER_TOKEN_SECONDS + 1, 30 * 86400)
    }

    assert statuses == {0: 200, USER_TOKEN_SECONDS - 60: 200, USER_TOKEN_SECONDS + 1: 401, 30 * 86400: 401}


def test_expired_person_is_told_apart_from_a_revoked_register(app: Flask, shop: Shop) -> None:
    stale = {USER_HEADER: _aged(app, at_register(shop, "manager")[USER_HEADER], USER_TOKEN_SECONDS + 1)}

    expired = shop.get("/me", headers=stale)
    shop.request(
        "PATCH", f"/registers/{shop.register_id}", as_="owner", headers={"If-Match": "*"}, json={"revoked": True}
    )
    revoked = shop.get("/me", headers=stale)

    assert (slug_of(expired), slug_of(revoked)) == (NO_PERSON, NO_ONE)
    assert expired.json["detail"] == "Sign in again with your PIN."


def test_forged_user_token_is_refused(app: Flask, shop: Shop) -> None:
    genuine = at_register(shop, "manager")["X-User-Token"]
    payload = _serializer(app.secret_key).loads(genuine)
    body, _, signature = genuine.rpartition(".")
    forged = {
        "nonsense": "nonsense",
        "signed with another key": _serializer("another key").dumps(payload),
        "signed for another purpose": URLSafeTimedSerializer(app.secret_key, salt="session").dumps(payload),
        "signature of another payload": _serializer(app.secret_key).dumps(["x"]).rpartition(".")[0] + "." + signature,
        "cut off": genuine[:-1],
        "without signature": body,
        "another shape": _serializer(app.secret_key).dumps(["x"]),
        "not a list": _serializer(app.secret_key).dumps(7),
        "no user id": _serializer(app.secret_key).dumps([payload[0], payload[1], "me"]),
        "somebody else": _serializer(app.secret_key).dumps([payload[0], payload[1], shop.people["owner"]]),
    }

    answers = {how: slug_of(shop.get("/me", headers={"X-User-Token": token})) for how, token in forged.items()}

    assert answers == dict.fromkeys(forged, NO_PERSON)
    assert shop.get("/me", headers={"X-User-Token": _serializer(app.secret_key).dumps(payload)}).status_code == 200


# --- the signed-in browser ------------------------------------------------------------------------------------


def test_cookie_session_acts_as_the_person(app: Flask, shop: Shop) -> None:
    office = browser(app, shop, "manager")

    me = office.get("/me", as_="nobody").json

    assert (me["role"], me["user_id"], me["user_name"]) == ("manager", shop.people["manager"], "Manager")
    assert (me["register_id"], me["location_id"]) == (None, None)


def test_cookie_session_needs_the_csrf_token_for_changes(app: Flask, shop: Shop) -> None:
    office, elsewhere = browser(app, shop), browser(app, shop, "manager")
    category = {"name": "Cans"}

    missing = office.post("/categories", category, as_="nobody")
    wrong = office.post("/categories", category, as_="nobody", headers={"X-CSRFToken": "nonsense"})
    others = office.post("/categories", category, as_="nobody", headers=elsewhere.extra)
    right = office.post("/categories", category, as_="nobody", headers=office.extra)

    assert [slug_of(response) for response in (missing, wrong, others)] == [(403, "csrf-token-missing")] * 3
    assert right.status_code == 201
    assert office.get("/categories", as_="nobody").status_code == 200


def test_bearer_token_needs_no_csrf_token_beside_a_cookie(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)

    assert office.post("/categories", {"name": "Cans"}, as_="owner").status_code == 201
    assert office.get("/me").json["role"] == "cashier"


def test_sign_out_makes_the_cookie_worthless(app: Flask, shop: Shop) -> None:
    office, other_browser = browser(app, shop), browser(app, shop)
    cookie = office.client.get_cookie(COOKIE).value

    signed_out = office.request("DELETE", "/session", as_="nobody", headers=office.extra)
    office.client.set_cookie(COOKIE, cookie)

    assert signed_out.status_code == 204
    assert slug_of(office.get("/me", as_="nobody")) == NO_ONE
    assert other_browser.get("/me", as_="nobody").status_code == 200


def test_sign_out_needs_the_csrf_token(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)

    assert slug_of(office.request("DELETE", "/session", as_="nobody")) == (403, "csrf-token-missing")
    assert office.get("/me", as_="nobody").status_code == 200


def test_deactivated_person_is_out_of_the_office_at_once(app: Flask, shop: Shop) -> None:
    office = browser(app, shop, "manager")
    assert office.get("/me", as_="nobody").status_code == 200

    change(shop, "manager", {"is_active": False})
    ended = slug_of(office.get("/me", as_="nobody"))
    change(shop, "manager", {"is_active": True})

    assert ended == NO_ONE
    assert slug_of(office.get("/me", as_="nobody")) == NO_ONE
    assert browser(app, shop, "manager").get("/me", as_="nobody").status_code == 200


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE users SET is_active = false WHERE id = :user",
        "UPDATE memberships SET is_active = false WHERE store_id = :store AND user_id = :user",
        "UPDATE stores SET is_active = false WHERE id = :store",
    ],
)
def test_access_that_ended_behind_our_back_ends_here_too(app: Flask, shop: Shop, end: str) -> None:
    """No token and no session has to be looked for and revoked: who acts is looked up with each request."""
    office, at_bar = browser(app, shop, "manager"), at_register(shop, "manager")
    assert shop.get("/me", as_="owner").status_code == 200

    with transaction(None):
        db.session.execute(text(end), {"store": shop.store_id, "user": shop.people["manager"]})

    assert slug_of(office.get("/me", as_="nobody")) == NO_ONE
    store_is_closed = "stores" in end
    assert slug_of(shop.get("/me", headers=at_bar)) == (NO_ONE if store_is_closed else NO_PERSON)
    assert [shop.get("/me", as_=as_).status_code for as_ in ("register", "owner")] == [
        401 if store_is_closed else 200
    ] * 2
    assert try_password(shop, "manager").status_code == 401


@pytest.mark.parametrize(("role", "status"), [("cashier", 403), ("manager", 403), ("owner", 201)])
def test_office_is_limited_by_the_role_of_now(app: Flask, shop: Shop, role: str, status: int) -> None:
    office = browser(app, shop, "manager")
    change(shop, "manager", {"role": role})
    person = {"name": "Grace", "role": "cashier"}

    assert office.post("/users", person, as_="nobody", headers=office.extra).status_code == status


@pytest.mark.parametrize(("age", "status"), [(timedelta(hours=11, minutes=59), 200), (timedelta(hours=12), 401)])
def test_office_session_ends_after_twelve_hours(shop: Shop, age: timedelta, status: int) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        cookie = actions.start_session(uuid.UUID(shop.people["owner"]), clock.now() - age)
    shop.client.set_cookie(COOKIE, cookie)

    assert shop.get("/me", as_="nobody").status_code == status


def test_cookie_of_one_store_is_nobody_in_another(shop: Shop, other_shop: Shop) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        cookie = actions.start_session(uuid.UUID(shop.people["owner"]), clock.now())
    shop.client.set_cookie(COOKIE, cookie.replace(uuid.UUID(shop.store_id).hex, uuid.UUID(other_shop.store_id).hex))

    assert slug_of(shop.get("/me", as_="nobody")) == NO_ONE


@pytest.mark.parametrize("cookie", ["", "nonsense", "{register_token}", "{api_key}"])
def test_cookie_holds_sessions_only(shop: Shop, cookie: str) -> None:
    shop.client.set_cookie(COOKIE, cookie.format(register_token=shop.register_token, api_key=shop.api_key))

    assert slug_of(shop.get("/me", as_="nobody")) == NO_ONE


def _serializer(key: Any) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=USER_HEADER)


def _aged(app: Flask, token: str, seconds: int) -> str:
    """The same token, as it would be if it had been made so many seconds ago."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - seconds

    payload = _serializer(app.secret_key).loads(token)
    return str(URLSafeTimedSerializer(app.secret_key, salt=USER_HEADER, signer=Then).dumps(payload))
