"""What somebody with bad intentions tries in the office: to be taken for another, to make others act, to have scripts run. The attempts
are made of the map of routes and of the tables, so that no page and no field is left out by being forgotten."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Text, text
from sqlalchemy.exc import DBAPIError

from pos import clock
from pos.crypto import Vault
from pos.db import Base, db, transaction
from pos.staff import actions, identity, second_factor
from pos.staff.models import User
from pos.walls import store_tables
from tests.client import Shop
from tests.databases import PASSWORD
from tests.office.desk import TOKEN, desk, pages
from tests.operations import Ids, all_things, operations

HOSTILE = """'"></title></textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}<a href="javascript:alert(1)">x</a>"""
# What is read as something else than text: keys, digests, what is sealed, addresses that are made by us.
UNREAD = re.compile(
    r"_hash$|_encrypted$|_sealed$|^token|secret|^medical|^raw$|^slug$|^timezone$|_key$|_url$|^phone|^number$|^place$"
)


@pytest.fixture
def browser(app: Flask) -> "SignIn":
    return SignIn(app)


class SignIn:
    """A browser at the form of the office, step by step."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self._app = app

    def token(self) -> str:
        with self._app.app_context():
            found = TOKEN.search(self.client.get("/office/sign-in").get_data(as_text=True))
        assert found
        return found[1]

    def send(self, shop: Shop, password: str = PASSWORD, **form: str) -> int:
        body = {"email": f"owner@{shop.slug}.example", "password": password, **form}
        # Flask-WTF keeps in `g` what it has checked; each request of a browser has a `g` of its own.
        with self._app.app_context():
            self.answer = self.client.post("/office/sign-in", data=body)
        return self.answer.status_code

    @property
    def vault(self) -> Vault:
        return self._app.extensions["vault"]  # type: ignore[no-any-return]

    @property
    def cookie(self) -> str | None:
        found = self.client.get_cookie(identity.COOKIE)
        return found.value if found else None


def test_sign_in_needs_the_token_of_its_own_form(browser: SignIn, shop: Shop, app: Flask) -> None:
    """Login CSRF: another site signs a victim in as the attacker."""
    foreign = SignIn(app).token()

    assert browser.send(shop) == 403
    assert browser.send(shop, csrf_token=foreign) == 403
    assert browser.cookie is None

    assert browser.send(shop, csrf_token=browser.token()) == 303
    assert browser.cookie


def test_sign_in_refuses_in_words_what_nobody_types(browser: SignIn, shop: Shop) -> None:
    token = browser.token()
    odd = (
        {"email": "a\0b"},
        {"store": "a\0b"},
        {"password": "a\0b"},
        {"email": "@" * 300},
        {"store": "\x07"},
        {"email": ""},
    )

    answers = [browser.send(shop, **{"csrf_token": token, **form}) for form in odd]

    assert answers == [400, 400, 400, 401, 401, 401]
    assert browser.send(shop, "x" * 100_000, csrf_token=token) == 401
    assert browser.cookie is None


def test_sign_in_asks_again_after_a_code_of_other_signs(browser: SignIn, shop: Shop) -> None:
    """The second factor is on, so the code is looked at."""
    with transaction(UUID(shop.store_id), actor="test"):
        user = db.session.get_one(User, UUID(shop.people["owner"]))
        actions.keep_secret(user, browser.vault, secret := second_factor.new_secret())
        actions.confirm_secret(user, browser.vault, second_factor.code_at(secret, clock.now()), clock.now())

    answers = [browser.send(shop, csrf_token=browser.token(), code=code) for code in ("é", "１２３４５６", "1" * 100)]

    assert answers == [401] * 3
    assert 'name="code"' in browser.answer.get_data(as_text=True)


def test_session_that_was_planted_is_not_taken_over(browser: SignIn, shop: Shop, app: Flask) -> None:
    """Session fixation: the cookie that a browser brings along is not the one that it has afterwards."""
    planted = desk(app, shop, "cashier").client.get_cookie(identity.COOKIE)
    assert planted
    browser.client.set_cookie(identity.COOKIE, planted.value)
    before = browser.token()

    assert browser.send(shop, csrf_token=before) == 303

    assert browser.cookie not in (None, planted.value)
    with app.app_context():
        old = browser.client.post("/office/sign-out", data={"csrf_token": before})
    assert old.status_code == 403


def test_cookie_is_for_no_script_and_no_other_site(browser: SignIn, shop: Shop) -> None:
    browser.send(shop, csrf_token=browser.token())

    kept = [each for each in browser.answer.headers.getlist("Set-Cookie") if each.startswith(identity.COOKIE)]

    assert len(kept) == 1
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in kept[0].split(";")}


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/office\\@evil",
        "/api/v1/me",
        "/office/sign-out",
        "",
    ],
)
def test_sign_in_leads_nowhere_but_into_the_office(back: str, browser: SignIn, shop: Shop) -> None:
    browser.send(shop, csrf_token=browser.token(), next=back)

    assert browser.answer.headers["Location"] in ("/office", "/office/")


def test_wrong_passwords_say_nothing_and_are_counted(browser: SignIn, shop: Shop) -> None:
    token = browser.token()

    unknown = browser.send(shop, csrf_token=token, email=f"nobody@{shop.slug}.example"), browser.answer.text
    wrong = browser.send(shop, "not the password", csrf_token=token), browser.answer.text
    tries = [browser.send(shop, "not the password", csrf_token=token) for _ in range(10)]

    said = [re.sub(r'value="[^"]*"', "", page) for _, page in (unknown, wrong)]
    assert (unknown[0], wrong[0]) == (401, 401)
    assert said[0] == said[1]
    assert tries == [401] * 9 + [429]
    assert browser.send(shop, csrf_token=token) == 429


def test_signed_out_session_opens_nothing(app: Flask, shop: Shop) -> None:
    owner = desk(app, shop)
    kept = owner.client.get_cookie(identity.COOKIE)
    assert kept

    left = owner.client.post("/office/sign-out", data={"csrf_token": owner.token()})
    owner.client.set_cookie(identity.COOKIE, kept.value)

    assert left.status_code == 303
    assert owner.get("/orders").status_code == 303


def test_no_change_is_made_with_the_cookie_alone(app: Flask, shop: Shop) -> None:
    """CSRF: another site's form, or its script, has the cookie sent along but no token of a page."""
    ids: Ids = all_things(shop)
    owner = desk(app, shop)
    changing = [each for each in operations(app) if each.method != "GET" and each.access != "public"]
    assert len(changing) > 50

    answered = {}
    for each in changing:
        path = "/api/v1" + each.path.format_map(ids)
        forms = (
            {"data": "{}", "content_type": "text/plain"},
            {"json": {}},
            {"json": {}, "headers": {"X-CSRFToken": "guessed"}},
        )
        for sent in forms:
            with app.app_context():
                answered[f"{each.name} {sent}"] = owner.client.open(path, method=each.method, **sent).status_code

    assert {name: status for name, status in answered.items() if status != 403} == {}


def test_hostile_words_are_text_on_every_page(app: Flask, shop: Shop) -> None:
    ids = all_things(shop)
    written = list(_fill_all_fields(shop))
    assert len(written) > 25, written
    owner = desk(app, shop)
    wrong = {}
    seen = 0

    for page in pages(app):
        answer = owner.get(page.path(ids))
        body = answer.get_data(as_text=True)
        assert answer.status_code < 500, page.rule
        if answer.mimetype != "text/html":
            continue
        seen += "alert(1)" in body
        found = _Dangerous()
        found.feed(body)
        if found.dangers or "49<a" in body:
            wrong[page.rule] = found.dangers

    assert wrong == {}
    assert seen >= 8, "hostile words are hardly shown anywhere"


def test_what_would_be_dangerous_is_noticed() -> None:
    found = _Dangerous()
    found.feed(f'<p>{HOSTILE}</p><a href="javascript:x">x</a><p style="color: red"></p>')

    assert len(found.dangers) >= 4


class _Dangerous(HTMLParser):
    """Finds what a page must not hold: scripts and styles that stand in it, events, addresses that run."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        addresses = [given[name] or "" for name in ("href", "src", "action", "formaction") if name in given]
        is_inline = tag in ("script", "style") and "src" not in given and given.get("type") != "application/json"
        runs = any(each.strip().lower().startswith(("javascript:", "data:text")) for each in addresses)
        if (
            is_inline
            or runs
            or given.get("src") == "x"
            or any(name.startswith("on") or name == "style" for name in given)
        ):
            self.dangers.append(self.get_starttag_text() or tag)


def _fill_all_fields(shop: Shop) -> Iterator[str]:
    """Writes hostile words into every text of every table of the store that takes them; says into which."""
    store_id = UUID(shop.store_id)
    named = store_tables() | {"memberships"}
    for table in Base.metadata.sorted_tables:
        if table.name not in named:
            continue
        for column in table.columns:
            is_read = isinstance(column.type, Text) and not UNREAD.search(column.name) and not column.foreign_keys
            if is_read and _fill(store_id, table.name, column.name, "id" in table.columns):
                yield f"{table.name}.{column.name}"


def _fill(store_id: UUID, table: str, column: str, has_id: bool) -> bool:
    """Whether the column takes them: its checks and privileges may forbid it."""
    words = ":words || id::text" if has_id else ":words"
    with transaction(store_id, actor="test") as session:
        try:
            with session.begin_nested():
                statement = f"UPDATE {table} SET {column} = {words} WHERE store_id = :store AND {column} IS NOT NULL"
                return db.session.execute(text(statement), {"words": HOSTILE, "store": store_id}).rowcount > 0  # type: ignore[attr-defined]
        except DBAPIError:
            return False
