"""What is a person's own: password, second factor, and where they are signed in."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from pos import clock
from pos.db import db, transaction
from pos.staff import actions, second_factor
from pos.staff.flows import CODE_TRIES, PASSWORD_TRIES
from pos.staff.identity import COOKIE
from tests.client import Shop
from tests.databases import PASSWORD
from tests.refusals import slug_of
from tests.staff.signing_in import browser, try_password

NEW = "a stable of correct horses"
FIREFOX = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:143.0) Gecko/20100101 Firefox/143.0"}


def ask(office: Shop, method: str, path: str, body: Any = None) -> Any:
    """A request of the signed-in browser."""
    sent = {} if body is None else {"json": body}
    return office.request(method, path, as_="nobody", headers=office.extra, **sent)


def switched_on(app: Flask, shop: Shop, person: str = "owner") -> tuple[Shop, str]:
    """The browser of somebody whose second factor is on, and its secret. The code of now is used."""
    office = browser(app, shop, person)
    secret = ask(office, "POST", "/me/second-factor", {"password": PASSWORD}).json["secret"]
    confirmed = ask(office, "PUT", "/me/second-factor", {"code": code(secret)})
    assert confirmed.status_code == 200, confirmed.get_data(as_text=True)
    return office, secret


def code(secret: str, *, steps: int = 0) -> str:
    return second_factor.code_at(secret, clock.now() + timedelta(seconds=steps * second_factor.STEP_SECONDS))


def acts(store_id: str) -> list[tuple[str, str]]:
    with transaction(UUID(store_id)):
        asked = text("SELECT actor, action FROM audit_log WHERE store_id = :store ORDER BY id")
        return [tuple(row) for row in db.session.execute(asked, {"store": store_id})]  # type: ignore[misc]


# --- the second factor ------------------------------------------------------------------------------------------


def test_sign_in_needs_a_code_once_one_was_confirmed(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)
    begun = ask(office, "POST", "/me/second-factor", {"password": PASSWORD}).json
    before = try_password(shop).status_code
    wrong = ask(office, "PUT", "/me/second-factor", {"code": code(begun["secret"], steps=5)})
    ask(office, "PUT", "/me/second-factor", {"code": code(begun["secret"])})

    missing = try_password(shop)
    used = try_password(shop, code=code(begun["secret"]))
    right = try_password(shop, code=code(begun["secret"], steps=1))
    again = try_password(shop, code=code(begun["secret"], steps=1))

    assert (before, slug_of(wrong)) == (201, (422, "wrong-code"))
    assert [slug_of(answer) for answer in (missing, used, again)] == [(401, "code-required")] * 3
    assert missing.get_data() == used.get_data()
    assert right.status_code == 201
    assert ask(office, "GET", "/me/second-factor").json["is_on"] is True
    assert begun["secret"] in begun["address"]


def test_code_does_not_help_a_wrong_password(app: Flask, shop: Shop) -> None:
    _, secret = switched_on(app, shop)
    code_of_next = code(secret, steps=1)

    wrong = try_password(shop, password="wrong horse battery", code=code_of_next)

    assert wrong.get_data() == try_password(shop, "nobody").get_data()
    assert try_password(shop, code=code_of_next).status_code == 201, "a wrong password uses no code up"


def test_wrong_codes_count_as_wrong_passwords(app: Flask, shop: Shop) -> None:
    _, secret = switched_on(app, shop)

    wrong = {slug_of(try_password(shop, code="000000"))[1] for _ in range(PASSWORD_TRIES)}

    assert wrong == {"code-required"}
    assert slug_of(try_password(shop, code=code(secret, steps=1))) == (429, "too-many-tries")
    assert acts(shop.store_id).count(("sign-in", "users.refuse_code")) == PASSWORD_TRIES


def test_right_password_forgives_no_wrong_codes(app: Flask, shop: Shop) -> None:
    """Who is asked for both could else guess codes on and on, with a right password between."""
    office, secret = switched_on(app, shop)
    path, wrong = "/me/second-factor", {"password": PASSWORD, "code": "000000"}

    answers = set()
    for _ in range(CODE_TRIES):
        answers.add(slug_of(ask(office, "DELETE", path, wrong)))
        ask(office, "POST", path, {"password": PASSWORD})

    assert answers == {(422, "wrong-code")}
    assert slug_of(ask(office, "DELETE", path, wrong | {"code": code(secret, steps=1)})) == (429, "too-many-tries")


def test_time_step_counts_for_one_of_two_at_once(shop: Shop) -> None:
    """Both have found the code right; the database lets one of them in."""
    owner = UUID(shop.people["owner"])

    with transaction(None):
        counted = [actions.use_step(owner, step) for step in (7, 7, 6, 8)]

    assert counted == [True, False, False, True]


def test_switching_off_needs_the_password_and_a_code(app: Flask, shop: Shop) -> None:
    office, secret = switched_on(app, shop)
    path, fresh = "/me/second-factor", code(secret, steps=1)

    refused = [
        slug_of(ask(office, "DELETE", path, {"password": "wrong horse battery", "code": fresh})),
        slug_of(ask(office, "DELETE", path, {"password": PASSWORD, "code": code(secret)})),
        slug_of(ask(office, "POST", path, {"password": PASSWORD})),
        slug_of(ask(office, "PUT", path, {"code": fresh})),
    ]
    still = slug_of(try_password(shop))
    off = ask(office, "DELETE", path, {"password": PASSWORD, "code": fresh})

    assert refused == [(422, "wrong-password"), (422, "wrong-code")] + [(409, "second-factor-is-on")] * 2
    assert (still, off.status_code) == ((401, "code-required"), 204)
    assert try_password(shop).status_code == 201
    assert [
        slug_of(ask(office, method, path, body))
        for method, body in (("PUT", {"code": fresh}), ("DELETE", {"password": PASSWORD, "code": fresh}))
    ] == [(409, "no-second-factor")] * 2


def test_secret_is_sealed_and_shown_once(app: Flask, shop: Shop) -> None:
    office, secret = switched_on(app, shop)

    with transaction(None):
        kept = db.session.execute(text("SELECT u::text FROM users u")).scalars().all()

    assert not [row for row in kept if secret in row]
    assert secret not in ask(office, "GET", "/me/second-factor").get_data(as_text=True)
    with transaction(UUID(shop.store_id)):
        logged = db.session.execute(text("SELECT a::text FROM audit_log a WHERE store_id = :s"), {"s": shop.store_id})
        assert not [row for row in logged.scalars() if secret in row or "v1." in row or "@" in row]


def test_command_forgets_a_lost_phone(app: Flask, shop: Shop) -> None:
    switched_on(app, shop, "manager")
    words = ["users", "reset-second-factor", "--store", shop.slug, "--name", "Manager"]

    result = app.test_cli_runner().invoke(args=words)

    assert (result.exit_code, result.output) == (0, "Manager signs in with the password alone.\n")
    assert try_password(shop, "manager").status_code == 201


@pytest.mark.parametrize("as_", ["owner", "register"])
def test_what_is_a_persons_own_is_for_nobody_else(shop: Shop, as_: str) -> None:
    change = {"current": PASSWORD, "new": NEW}

    answers = [
        shop.request("PUT", "/me/password", as_=as_, json=change),
        shop.get("/me/second-factor", as_=as_),
        shop.post("/me/second-factor", {"password": PASSWORD}, as_=as_),
    ]

    assert [slug_of(answer) for answer in answers] == [(403, "person-required")] * 3
    assert shop.get("/sessions", as_=as_).json == {"data": [], "next": None}


# --- sessions ---------------------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended_one_by_one_and_all_others(app: Flask, shop: Shop) -> None:
    mine, other, third = (browser(app, shop, "manager") for _ in range(3))
    at_desk = try_password(Shop(**vars(shop) | {"client": app.test_client()}), "manager", headers=FIREFOX)
    assert at_desk.status_code == 201

    listed = ask(mine, "GET", "/sessions").json["data"]
    ended = ask(mine, "DELETE", f"/sessions/{listed[1]['id']}")
    one_less = [session["id"] for session in ask(mine, "GET", "/sessions").json["data"]]
    others = ask(mine, "DELETE", "/sessions")

    assert [session["device"] for session in listed] == ["Firefox on Windows"] + ["a program"] * 3
    assert [session["is_current"] for session in listed] == [False, False, False, True]
    assert (ended.status_code, others.status_code) == (204, 204)
    assert listed[1]["id"] not in one_less
    assert [office.get("/me", as_="nobody").status_code for office in (mine, other, third)] == [200, 401, 401]
    assert [action for _, action in acts(shop.store_id)].count("office_sessions.end") == 3


def test_session_of_somebody_else_is_ended_by_an_owner_only(app: Flask, shop: Shop, other_shop: Shop) -> None:
    owner, manager, stranger = browser(app, shop), browser(app, shop, "manager"), browser(app, other_shop)
    (session,) = ask(owner, "GET", "/sessions").json["data"]
    path = f"/sessions/{session['id']}"

    refused = [slug_of(ask(office, "DELETE", path)) for office in (manager, stranger)]
    by_manager = ask(manager, "DELETE", f"/users/{shop.people['owner']}/sessions")
    of_manager = ask(owner, "DELETE", f"/users/{shop.people['manager']}/sessions")
    of_stranger = ask(owner, "GET", f"/users/{other_shop.people['owner']}/sessions")

    assert refused == [(404, "not-found")] * 2
    assert (slug_of(by_manager), of_manager.status_code) == ((403, "role-too-low"), 204)
    assert slug_of(of_stranger) == (404, "not-found")
    assert [office.get("/me", as_="nobody").status_code for office in (owner, manager, stranger)] == [200, 401, 200]


def test_sign_in_makes_a_new_session_and_ends_the_one_before(app: Flask, shop: Shop) -> None:
    """Whoever planted a session or saw the CSRF token before knows nothing of the one after."""
    office = browser(app, shop)
    before, csrf = office.client.get_cookie(COOKIE).value, office.extra["X-CSRFToken"]

    again = try_password(office)
    after = office.client.get_cookie(COOKIE).value
    stale = office.request("DELETE", "/sessions", as_="nobody", headers={"X-CSRFToken": csrf})
    office.client.set_cookie(COOKIE, before)

    assert again.status_code == 201
    assert (after != before, again.json["csrf_token"] != csrf) == (True, True)
    assert slug_of(stale) == (403, "csrf-token-missing")
    assert slug_of(office.get("/me", as_="nobody")) == (401, "unauthenticated")


def test_sign_out_takes_cookie_and_csrf_token_back(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)

    signed_out = ask(office, "DELETE", "/session")

    assert signed_out.status_code == 204
    assert (office.client.get_cookie(COOKIE), office.client.get_cookie("session")) == (None, None)


def test_last_seen_is_written_every_five_minutes_at_most(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)
    for age in ("4 minutes", "6 minutes"):
        with transaction(UUID(shop.store_id)):
            aged = text(
                "UPDATE office_sessions SET last_seen_at = :now - CAST(:age AS interval) WHERE store_id = :store"
            )
            db.session.execute(aged, {"now": clock.now(), "age": age, "store": shop.store_id})
        (seen,) = ask(office, "GET", "/sessions").json["data"]
        (later,) = ask(office, "GET", "/sessions").json["data"]

        assert (seen["last_seen_at"] == later["last_seen_at"]) is True
        assert (_age(seen["last_seen_at"]) < timedelta(minutes=1)) is (age == "6 minutes")


def _age(instant: str) -> timedelta:
    return clock.now() - datetime.fromisoformat(instant)


# --- the password -----------------------------------------------------------------------------------------------


def test_new_password_ends_every_session_but_the_one_in_hand(app: Flask, shop: Shop) -> None:
    office, elsewhere = browser(app, shop), browser(app, shop)
    stolen = office.client.get_cookie(COOKIE).value

    changed = ask(office, "PUT", "/me/password", {"current": PASSWORD, "new": NEW})
    office.extra["X-CSRFToken"] = changed.json["csrf_token"]

    assert changed.status_code == 200
    assert [shop_.get("/me", as_="nobody").status_code for shop_ in (office, elsewhere)] == [200, 401]
    assert ask(office, "DELETE", "/sessions").status_code == 204
    office.client.set_cookie(COOKIE, stolen)
    assert office.get("/me", as_="nobody").status_code == 401
    assert (try_password(shop).status_code, try_password(shop, password=NEW).status_code) == (401, 201)
    assert (f"user:{shop.people['owner']}", "users.change_password") in acts(shop.store_id)


@pytest.mark.parametrize(
    "new", ["owner@hops.example", "OWNER-at-HOPS".replace("-at-", "@") + ".EXAMPLE", "o w n e r hops example"]
)
def test_new_password_is_not_what_is_tried_first(app: Flask, shop: Shop, new: str) -> None:
    office = browser(app, shop)

    refused = ask(office, "PUT", "/me/password", {"current": PASSWORD, "new": new})

    assert slug_of(refused) == (422, "unfit-password")
    assert refused.json["errors"][0]["pointer"] == "/new"
    assert try_password(shop).status_code == 201


@pytest.mark.parametrize("new", ["eleven lett", "x" * 129, ""])
def test_new_password_has_twelve_to_128_characters(app: Flask, shop: Shop, new: str) -> None:
    refused = ask(browser(app, shop), "PUT", "/me/password", {"current": PASSWORD, "new": new})

    assert slug_of(refused) == (422, "invalid")


def test_wrong_passwords_of_now_are_limited_as_at_the_sign_in(app: Flask, shop: Shop) -> None:
    office = browser(app, shop)
    body = {"current": "wrong horse battery", "new": NEW}

    wrong = [slug_of(ask(office, "PUT", "/me/password", body)) for _ in range(PASSWORD_TRIES)]
    limited = ask(office, "PUT", "/me/password", body | {"current": PASSWORD})

    assert wrong == [(422, "wrong-password")] * PASSWORD_TRIES
    assert slug_of(limited) == slug_of(try_password(shop)) == (429, "too-many-tries")
