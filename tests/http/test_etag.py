"""ETag and If-Match: nobody overwrites what they have not seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.client import Shop
from tests.operations import things


@dataclass(frozen=True)
class Edited:
    """Something that people edit: two changes, each of one field, and where it can be read (None: not alone)."""

    path: str
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    list_path: str | None = None


EDITED = (
    Edited("/products/{product_id}", {"price": 1}, {"name": "Stout"}),
    Edited("/categories/{category_id}", {"name": "Cans"}, {"name": "Kegs"}),
    Edited("/locations/{location_id}", {"name": "Truck"}, {"address": "1 Pier"}),
    Edited("/registers/{register_id}", {"name": "Till"}, {"name": "Door"}, list_path="/registers"),
    Edited("/users/{user_id}", {"name": "Grace"}, {"is_active": False}),
    Edited("/customers/{customer_id}", {"name": "Ada"}, {"email": "ada@example.com"}),
)
# What belongs to a thing but is kept in another row, or is not shown: a change of it is a change of the thing.
APART = (
    ("/customers/{customer_id}", {"profile": {"city": "Oakland"}}),
    ("/customers/{customer_id}", {"profile": {"tags": ["regular"]}}),
    ("/locations/{location_id}", {"tax_rates": {"standard": "0.09"}}),
    ("/locations/{location_id}", {"tax_rates": {"luxury": "0.2"}}),
    ("/users/{user_id}", {"pin": "815815"}),
)


def each(function: Any) -> Any:
    return pytest.mark.parametrize("thing", EDITED, ids=lambda thing: thing.path)(function)


@each
def test_read_gives_the_version_as_etag(shop: Shop, thing: Edited) -> None:
    path = thing.path.format_map(things(shop))
    if thing.list_path:
        assert all(row["version"] >= 1 for row in _json(shop.get(thing.list_path, as_="owner"))["data"])
        return

    response = shop.get(path, as_="owner")

    assert response.status_code == 200
    assert response.headers["ETag"].strip('"').partition(".")[0] == str(_json(response)["version"])


@each
def test_change_of_what_was_seen_is_made_and_gets_a_new_etag(shop: Shop, thing: Edited) -> None:
    path = thing.path.format_map(things(shop))
    version = _version(shop, thing, path)

    response = shop.patch(path, thing.first, version=version)

    assert response.status_code == 200, response.get_data(as_text=True)
    assert {name: _json(response)[name] for name in thing.first} == thing.first
    assert _json(response)["version"] > version
    assert response.headers["ETag"].strip('"').partition(".")[0] == str(_json(response)["version"])
    assert _version(shop, thing, path) == _json(response)["version"]


@each
def test_change_of_what_somebody_else_changed_is_refused(shop: Shop, thing: Edited) -> None:
    path = thing.path.format_map(things(shop))
    version = _version(shop, thing, path)
    made = _json(shop.patch(path, thing.first, version=version))

    response = shop.patch(path, thing.second, version=version)

    assert (response.status_code, _json(response)["type"]) == (412, "/problems/stale-version")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert _read(shop, thing, path) == made


@each
def test_change_without_if_match_is_refused(shop: Shop, thing: Edited) -> None:
    path = thing.path.format_map(things(shop))
    before = _read(shop, thing, path)

    response = shop.patch(path, thing.first, version=None)

    assert (response.status_code, _json(response)["type"]) == (428, "/problems/version-required")
    assert "If-Match" in _json(response)["detail"]
    assert _read(shop, thing, path) == before


@each
@pytest.mark.parametrize(
    "header", ['"0"', '"999"', '"x"', '""', '"-1"', '"1', 'W/"{version}"', '"0", "999"', '"{version} "']
)
def test_change_with_another_etag_is_refused(shop: Shop, thing: Edited, header: str) -> None:
    """If-Match compares strongly (RFC 9110 §13.1.1), so a weak ETag never fits."""
    path = thing.path.format_map(things(shop))
    before = _read(shop, thing, path)

    response = _patch(shop, path, thing.first, header.format(version=before["version"]))

    assert response.status_code in {412, 428}, response.get_data(as_text=True)
    assert _read(shop, thing, path) == before


@each
@pytest.mark.parametrize("header", ["*", '"{version}"', '"999", "{version}"', '"{version}","999"'])
def test_change_with_any_or_one_of_several_etags_is_made(shop: Shop, thing: Edited, header: str) -> None:
    path = thing.path.format_map(things(shop))

    response = _patch(shop, path, thing.first, header.format(version=_version(shop, thing, path)))

    assert response.status_code == 200, response.get_data(as_text=True)


@each
def test_second_change_with_the_new_etag_is_made(shop: Shop, thing: Edited) -> None:
    path = thing.path.format_map(things(shop))
    made = _json(shop.patch(path, thing.first, version=_version(shop, thing, path)))

    response = shop.patch(path, thing.second, version=made["version"])

    assert response.status_code == 200
    assert {name: _json(response)[name] for name in thing.second} == thing.second


@pytest.mark.parametrize(("path", "change"), APART, ids=lambda value: str(value)[:50])
def test_change_of_what_is_kept_apart_changes_the_etag_too(shop: Shop, path: str, change: dict[str, Any]) -> None:
    path = path.format_map(things(shop))
    seen = _json(shop.get(path, as_="owner"))["version"]
    assert shop.patch(path, change, version=seen).status_code == 200

    response = shop.patch(path, change, version=seen)

    assert response.status_code == 412


@pytest.mark.parametrize(("body", "status"), [({"stock_quantity": 40}, 412), ({"name": "T-shirt"}, 200)])
def test_stock_is_set_only_by_who_saw_what_was_sold(shop: Shop, body: dict[str, Any], status: int) -> None:
    path = f"/products/{shop.products['TEE-BLK-M']}"
    seen = shop.get(path).headers["ETag"]
    shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 3}])

    response = _patch(shop, path, body, seen)

    assert response.status_code == status
    assert _json(shop.get(path))["stock_quantity"] == 37


def test_refused_change_keeps_the_etag(shop: Shop) -> None:
    path = f"/products/{shop.products['IPA']}"
    version = _json(shop.get(path))["version"]

    refused = shop.patch(path, {"tax_class": "luxury"}, version=version)
    made = shop.patch(path, {"price": 900}, version=version)

    assert (refused.status_code, made.status_code) == (422, 200)


def test_etag_of_a_new_thing_is_right_for_its_first_change(shop: Shop) -> None:
    made = shop.post("/categories", {"name": "Cans"}, as_="owner")

    response = _patch(shop, f"/categories/{_json(made)['id']}", {"name": "Kegs"}, made.headers["ETag"])

    assert response.status_code == 200


def test_etag_of_an_order_changes_with_each_step(shop: Shop) -> None:
    order = shop.sell()
    path = f"/orders/{order['id']}"

    tags = [
        shop.get(path).headers["ETag"],
        shop.post(f"{path}/fulfillment", {"status": "reserved"}).headers["ETag"],
        shop.post(f"{path}/payments", {"method": "card"}).headers["ETag"],
        shop.post(f"{path}/fulfillment", {"status": "completed"}).headers["ETag"],
    ]

    versions = [tag.strip('"').partition(".")[0] for tag in tags]
    assert len(set(versions)) == 4
    assert shop.get(path).headers["ETag"].startswith(f'"{versions[-1]}.')


def _read(shop: Shop, thing: Edited, path: str) -> dict[str, Any]:
    if thing.list_path is None:
        return _json(shop.get(path, as_="owner"))
    rows = _json(shop.get(thing.list_path, as_="owner"))["data"]
    return next(row for row in rows if path.endswith(row["id"]))  # type: ignore[no-any-return]


def _version(shop: Shop, thing: Edited, path: str) -> int:
    return int(_read(shop, thing, path)["version"])


def _patch(shop: Shop, path: str, body: Mapping[str, Any], if_match: str) -> TestResponse:
    return shop.request("PATCH", path, as_="owner", headers={"If-Match": if_match}, json=body)


def _json(response: TestResponse) -> dict[str, Any]:
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]
