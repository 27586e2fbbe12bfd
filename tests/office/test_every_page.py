"""What holds for every page of the office, whichever it is: taken from the map of routes, so that none is forgotten."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.client import Shop
from tests.office.desk import ROLES, OfficePage, counted, desk, pages
from tests.operations import Ids, all_things
from tests.web.page import Page, policy_of

MOST_STATEMENTS = 10


def _guarded(app: Flask) -> list[OfficePage]:
    found = [page for page in pages(app) if page.access != "public"]
    assert len(found) >= 5
    return found


def _looked(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)[:300]


def test_each_page_opens_for_its_role_in_few_statements_and_is_kept_by_nobody(app: Flask, shop: Shop) -> None:
    ids = all_things(shop)
    at = {role: desk(app, shop, role) for role in ROLES}
    wrong: dict[str, object] = {}

    for page in _guarded(app):
        path = page.path(ids)
        with counted() as sent:
            answer = at[page.access].get(path)
        if answer.status_code != 200 or len(sent) > MOST_STATEMENTS or answer.headers["Cache-Control"] != "no-store":
            wrong[page.rule] = (answer.status_code, len(sent), answer.headers.get("Cache-Control"), _looked(answer))

    assert wrong == {}


def test_each_page_is_refused_to_a_lower_role_and_to_nobody(app: Flask, shop: Shop) -> None:
    ids = all_things(shop)
    at = {role: desk(app, shop, role) for role in ROLES}
    stranger = app.test_client()
    wrong: dict[str, object] = {}

    for page in _guarded(app):
        for role in ROLES[: ROLES.index(page.access)]:
            answer = at[role].get(page.path(ids))
            if answer.status_code != 403:
                wrong[f"{page.rule} {role}"] = answer.status_code
        answer = stranger.get(f"/office{page.path(ids)}")
        if answer.status_code != 303 or urlsplit(answer.headers["Location"]).path != "/office/sign-in":
            wrong[f"{page.rule} nobody"] = answer.status_code

    assert wrong == {}


def test_no_page_shows_what_is_of_another_store(app: Flask, shop: Shop, other_shop: Shop) -> None:
    theirs = all_things(other_shop)
    owner = desk(app, shop)
    with_rows = [page for page in _guarded(app) if page.parameters]

    answers = {page.rule: owner.get(page.path(theirs)).status_code for page in with_rows}

    assert answers
    assert set(answers.values()) == {404}, answers


def test_each_page_obeys_the_policy_and_asks_no_other_host(app: Flask, shop: Shop) -> None:
    ids: Ids = all_things(shop)
    owner = desk(app, shop)
    wrong: dict[str, object] = {}

    for each in _guarded(app):
        answer = owner.get(each.path(ids))
        if answer.mimetype != "text/html":
            continue
        page, policy = Page(answer), policy_of(answer)
        inline = [
            tag
            for tag, attributes in page.tags
            if tag == "style" or "style" in attributes or any(name.startswith("on") for name in attributes)
        ]
        # Into the pages of the web shop people go themselves.
        followed = {attributes.get("href") for tag, attributes in page.tags if tag == "a"}
        elsewhere = [
            address
            for address in page.addresses
            if urlsplit(address).netloc not in ("", "127.0.0.1:8000", "localhost")
            and not (address in followed and urlsplit(address).netloc == f"{shop.slug}.example")
        ]
        if inline or elsewhere or policy["script-src"] != ["'self'"] or policy["style-src"] != ["'self'"]:
            wrong[each.rule] = (inline, elsewhere)

    assert wrong == {}


def test_what_the_office_takes_itself_needs_the_token_of_a_page(app: Flask, shop: Shop) -> None:
    ids = all_things(shop)
    owner = desk(app, shop)

    answers = {page.rule: owner.client.post(f"/office{page.path(ids)}").status_code for page in pages(app, "POST")}

    assert answers
    assert set(answers.values()) == {403}, answers
    assert owner.get("/").status_code == 200
