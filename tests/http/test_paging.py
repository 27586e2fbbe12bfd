"""Lists by cursor: each row once, however many are added meanwhile, and no answer to a cursor that is none."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from pos.http.paging import cursor, read_cursor
from pos.ids import uuid7
from tests.client import Shop, new_key
from tests.operations import PHONE, things

LISTS = (
    "/orders", "/products", "/categories", "/locations", "/registers", "/users",
    "/customers/{customer_id}/orders", "/customers/{customer_id}/consents",
)  # fmt: skip
# Each row of these lists has an id that the API tells when the row is made.
GROWING = (
    "/orders",
    "/products",
    "/categories",
    "/customers/{customer_id}/orders",
    "/customers/{customer_id}/consents",
)
BAD_CURSORS = (
    "", "a", "abc", "next", "0", "-1", "null", "AAAAAAAAAAAAAAAAAAAAA", "A" * 23, "A" * 44, "é", "١٢", "🍺", "\x00", "%",
    "0190a0b0-0000-7000-8000-000000000000", "' OR 1=1 --", "A" * 201, "A" * 10_000,
)  # fmt: skip
BAD_LIMITS = ("0", "-1", "201", "1000000", "9" * 400, "1.5", "1e2", "ten", "", "NaN", "true", "null", "0x10", "\x00")


@pytest.mark.parametrize("path", GROWING)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_list_shows_each_row_once_while_others_are_added(shop: Shop, path: str, limit: int) -> None:
    ids = things(shop)
    there = [_add(shop, path, ids) for _ in range(4)]
    path = path.format_map(ids)

    seen: list[str] = []
    for rows in _pages(shop, path, limit):
        seen += [row["id"] for row in rows]
        _add(shop, path, ids)

    assert [row for row in seen if row in there] == there[::-1]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("path", LISTS)
def test_list_ends_with_no_cursor(shop: Shop, path: str) -> None:
    path = path.format_map(things(shop))

    whole = _ok(shop.get(path, as_="owner", query_string={"limit": 200}))
    pages = list(_pages(shop, path, 1))

    assert whole["next"] is None
    assert [row for page in pages for row in page] == whole["data"]
    assert all(len(page) == 1 for page in pages[:-1])


def test_list_has_no_cursor_when_the_last_page_is_full(shop: Shop) -> None:
    count = len(shop.products)

    full = _ok(shop.get(f"/products?limit={count}"))
    cut = _ok(shop.get(f"/products?limit={count - 1}"))

    assert (len(full["data"]), full["next"]) == (count, None)
    assert (len(cut["data"]), cut["next"]) == (count - 1, cursor(_id(cut["data"][-1])))


def test_list_gives_fifty_rows_unless_asked(shop: Shop) -> None:
    for _ in range(51):
        _add(shop, "/categories", {})

    assert len(_ok(shop.get("/categories"))["data"]) == 50
    assert len(_ok(shop.get("/categories?limit=200"))["data"]) == 52


def test_list_keeps_its_filter_on_each_page(shop: Shop) -> None:
    there = {row["id"] for row in _ok(shop.get("/products?kind=food"))["data"]}

    first = _ok(shop.get("/products?kind=food&limit=1"))
    second = _ok(shop.get(f"/products?kind=food&limit=50&after={first['next']}"))

    assert {row["id"] for row in first["data"] + second["data"]} == there
    assert {row["kind"] for row in second["data"]} == {"food"}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("after", BAD_CURSORS, ids=lambda text: ascii(text[:30]))
def test_list_refuses_a_bad_cursor(shop: Shop, path: str, after: str) -> None:
    ids = things(shop) if "{" in path else {}

    response = shop.get(f"{path.format_map(ids)}?after={quote(after)}", as_="owner")

    assert _refused_field(response) == "/after"


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", BAD_LIMITS, ids=lambda text: ascii(text[:30]))
def test_list_refuses_a_bad_limit(shop: Shop, path: str, limit: str) -> None:
    ids = things(shop) if "{" in path else {}

    response = shop.get(f"{path.format_map(ids)}?limit={quote(limit)}", as_="owner")

    assert _refused_field(response) == "/limit"


@pytest.mark.parametrize("path", LISTS)
def test_list_refuses_a_parameter_that_it_does_not_know(shop: Shop, path: str) -> None:
    """A misspelt filter would otherwise show everything."""
    ids = things(shop) if "{" in path else {}

    response = shop.get(f"{path.format_map(ids)}?page=2", as_="owner")

    assert _refused_field(response) == "/page"


def test_cursor_of_another_store_shows_nothing_of_it(shop: Shop, other_shop: Shop) -> None:
    theirs = [other_shop.sell(phone=PHONE)["id"] for _ in range(3)]
    foreign = _ok(other_shop.get("/orders?limit=1"))["next"]
    ours = shop.sell()["id"]

    newer, older = _ok(shop.get("/orders")), _ok(shop.get(f"/orders?after={foreign}"))

    assert [row["id"] for row in newer["data"]] == [ours]
    assert not {row["id"] for row in older["data"]} & set(theirs)


def test_cursor_is_read_back() -> None:
    row_id = uuid7()

    assert read_cursor(cursor(row_id)) == row_id
    assert quote(cursor(row_id), safe="") == cursor(row_id)


def _add(shop: Shop, path: str, ids: dict[str, str]) -> str:
    """Adds one row to the list and gives its id."""
    if path.endswith("orders"):
        return str(shop.sell(phone=PHONE)["id"])
    product = {"name": "Stout", "sku": new_key(), "kind": "food", "price": 700, "tax_class": "standard"}
    body = {"products": product, "categories": {"name": new_key()}}
    asked = body.get(path.rpartition("/")[2], {"purpose": "marketing", "granted": True})
    response = shop.post(path.format_map(ids), asked, as_="owner")
    assert response.status_code == 201, response.get_data(as_text=True)
    assert response.json is not None
    return str(response.json["id"])


def _pages(shop: Shop, path: str, limit: int) -> Iterator[list[dict[str, Any]]]:
    """All pages of a list, each asked for only when the one before has been looked at."""
    query: dict[str, Any] = {"limit": limit}
    for _ in range(50):
        page = _ok(shop.get(path, as_="owner", query_string=query))
        yield page["data"]
        if page["next"] is None:
            return
        query["after"] = page["next"]
    raise AssertionError("the list has no end")


def _ok(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]


def _refused_field(response: TestResponse) -> str:
    """The field that a 422 points at."""
    assert response.status_code == 422, response.get_data(as_text=True)
    assert response.json is not None
    assert len(response.json["errors"]) == 1
    return str(response.json["errors"][0]["pointer"])


def _id(row: dict[str, Any]) -> Any:
    return type(uuid7())(row["id"])
