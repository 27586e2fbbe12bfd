"""Every refusal has a slug of its own, words and a status, and stands on the page that clients rely on."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.exceptions import RequestTimeout
from werkzeug.test import TestResponse

from pos.errors import Conflict, Forbidden, Refused, ShopError
from pos.http.problems import STATUSES, status_of
from tests.client import Shop
from tests.operations import answered_bugs

PAGE = Path(__file__).parents[2] / "docs" / "problems.md"
# What a rule subclasses and never raises itself.
KINDS = {ShopError, Conflict, Refused, Forbidden}
ROW = re.compile(r"\| (?P<slug>[a-z0-9-]+) \| (?P<status>\d{3}) \| (?P<when>[^|]+) \| (?P<what>[^|]+) \|")


def test_each_refusal_has_a_slug_of_its_own(app: Flask) -> None:
    slugs = Counter(refusal.slug() for refusal in _refusals())

    assert [slug for slug, count in slugs.items() if count > 1] == []


def test_each_refusal_has_words_and_a_status(app: Flask) -> None:
    refusals = _refusals()

    assert [refusal.__name__ for refusal in refusals if not (refusal.title and refusal.advice)] == []
    assert [
        refusal.__name__ for refusal in refusals if not any(issubclass(refusal, kind) for kind, _ in STATUSES)
    ] == []


def test_kinds_are_only_subclassed(app: Flask) -> None:
    sources = [path.read_text() for path in (PAGE.parents[1] / "pos").rglob("*.py")]

    raised = {kind.__name__ for kind in KINDS for source in sources if re.search(rf"raise {kind.__name__}\b", source)}

    assert raised == set()


def test_page_lists_each_refusal_with_its_status(app: Flask, shop: Shop) -> None:
    pinned = {row["slug"]: int(row["status"]) for row in _page()}

    raised = {refusal.slug(): status_of(refusal.__new__(refusal)) for refusal in _refusals()}
    answered = {answer["type"].removeprefix("/problems/"): answer["status"] for answer in _generic(app, shop)}

    assert set(pinned) ^ set(raised | answered) == set()
    assert pinned == raised | answered


def test_page_says_when_and_what_to_do_in_alphabetical_order() -> None:
    rows = _page()
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and not line.startswith("| slug")]

    assert len(lines) == len(rows)
    assert [row["slug"] for row in rows] == sorted({row["slug"] for row in rows})
    assert [row["slug"] for row in rows if not (row["when"].endswith(".") and row["what"].endswith("."))] == []


def _refusals() -> list[type[ShopError]]:
    return [found for found in _walk(ShopError) if found not in KINDS and found.__module__.startswith("pos.")]


def _walk(kind: type[ShopError]) -> Iterator[type[ShopError]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _walk(narrower)


def _page() -> list[dict[str, str]]:
    return [row.groupdict() for row in ROW.finditer(PAGE.read_text())]


def _generic(app: Flask, shop: Shop) -> list[dict[str, Any]]:
    """What no rule of ours refuses: each is asked for over HTTP, so that the page tells what clients get."""
    answers = [
        shop.get("/nowhere"),
        shop.request("PUT", "/orders"),
        shop.request("POST", "/orders", data=b" " * (256 * 1024 + 1), content_type="application/json"),
        shop.post("/orders", {"surprise": 1}),
        _broken_off(shop),
        _too_late(shop),
        _bug(app, shop),
    ]
    return [_problem(answer) for answer in answers]


def _broken_off(shop: Shop) -> TestResponse:
    """A body that ends before the length that was announced."""
    announced = {"CONTENT_LENGTH": "100"}
    return shop.request(
        "POST", "/customers/lookup", data=b'{"ph', mimetype="application/json", environ_overrides=announced
    )


def _too_late(shop: Shop) -> TestResponse:
    """A body that does not come in time, as pos/serving.py tells the application."""

    class Late(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise RequestTimeout

        readinto = read  # type: ignore[assignment]

    coming = {"CONTENT_LENGTH": "100", "wsgi.input": Late()}
    return shop.request("POST", "/customers/lookup", mimetype="application/json", environ_overrides=coming)


def _bug(app: Flask, shop: Shop) -> TestResponse:
    """An application that was put together without its vault."""
    customer_id = shop.sell()["customer"]["id"]
    vault = app.extensions.pop("vault")
    try:
        with answered_bugs(app):
            return shop.patch(f"/customers/{customer_id}", {"email": "ada@example.com"}, version=1)
    finally:
        app.extensions["vault"] = vault


def _problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json", answer.get_data(as_text=True)
    assert answer.json is not None
    assert answer.json["status"] == answer.status_code
    return dict(answer.json)
