"""What has not changed is not sent again: 304 for an order, a page of a list, by whichever row an answer is made of."""

from collections.abc import Callable
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos import clock, postgres
from pos.checkout import order_tags, selection
from pos.db import transaction
from tests.checkout.counter import add_round, cancel, change_line, done, make, pay, refund
from tests.client import Shop
from tests.databases import name_of

CASH = {"method": "cash"}
TWO = [{"sku": "IPA", "quantity": 2}, {"sku": "WATER", "quantity": 1}]


def asked(shop: Shop, path: str, tag: str, **query: Any) -> TestResponse:
    return shop.get(path, headers={"If-None-Match": tag}, query_string=query)


def tag_of(shop: Shop, path: str, **query: Any) -> str:
    return shop.get(path, query_string=query).headers["ETag"]


def run(shop: Shop, statement: str) -> None:
    """Changes rows past the application, as its other processes do."""
    with transaction(UUID(shop.store_id)) as session:
        session.execute(text(statement), {"store": shop.store_id})


@pytest.mark.parametrize("header", ["{tag}", "W/{tag}", '"0", {tag}', "*"])
def test_order_that_is_known_is_not_sent_again(shop: Shop, header: str) -> None:
    order = shop.sell()
    for path in (f"/orders/{order['id']}", f"/orders/by-reference/{order['reference']}", "/orders"):
        tag = tag_of(shop, path)

        answer = asked(shop, path, header.format(tag=tag))

        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize("header", ['"1"', '"1.0"', 'W/"x"', "nonsense", ""])
def test_order_of_another_tag_is_sent(shop: Shop, header: str) -> None:
    order = shop.sell()

    assert done(asked(shop, f"/orders/{order['id']}", header)) == order


@pytest.mark.parametrize("path", ["/orders/01a20162-4ec3-75f5-b24e-03f8171b0c58", "/orders/by-reference/ZZZZZZ"])
def test_order_that_is_not_there_is_known_to_nobody(shop: Shop, path: str) -> None:
    assert asked(shop, path, "*").status_code == 404


def _joined(shop: Shop, order: dict[str, Any]) -> Any:
    return shop.post("/members", {"customer_id": order["customer"]["id"]})


def _given_points(shop: Shop, order: dict[str, Any]) -> Any:
    member = done(_joined(shop, order), 201)["id"]
    _is_noticed(
        shop,
        order,
        lambda *_: shop.post(f"/members/{member}/adjustments", {"points": 9, "reason": "a gift"}, as_="owner"),
    )
    return shop.post(f"/members/{member}/adjustments", {"points": -1, "reason": "too many"}, as_="owner")


def _renamed(shop: Shop, order: dict[str, Any]) -> Any:
    return shop.request(
        "PATCH", f"/customers/{order['customer']['id']}", as_="owner", headers={"If-Match": "*"}, json={"name": "Ada"}
    )


def _bought_again(shop: Shop, order: dict[str, Any]) -> Any:
    return shop.post("/orders", shop.order())


def _linked(shop: Shop, order: dict[str, Any]) -> Any:
    return shop.post(f"/orders/{order['id']}/payment-link", {})


def _declined(shop: Shop, order: dict[str, Any]) -> Any:
    """Then the link is there, is open at Stripe, has had a card refused, and ends: each of it shows."""
    _is_noticed(shop, order, _linked)
    _is_noticed(
        shop, order, lambda *_: _set_link(shop, order, "provider_url = 'https://pay.example', provider_id = 'plink_1'")
    )
    _is_noticed(shop, order, lambda *_: _set_link(shop, order, "status = 'active'"))
    _is_noticed(shop, order, lambda *_: _set_link(shop, order, "declined_count = 1"))
    return shop.request("DELETE", f"/orders/{order['id']}/payment-link")


def _set_link(shop: Shop, order: dict[str, Any], change: str) -> None:
    run(shop, f"UPDATE payment_links SET {change} WHERE store_id = :store AND order_id = '{order['id']}'")


ACTS: dict[str, Callable[[Shop, dict[str, Any]], Any]] = {
    "paid": lambda shop, order: pay(shop, order, amount=100),
    "a round": lambda shop, order: add_round(shop, order, {"sku": "IPA", "quantity": 1}),
    "a note on a line": lambda shop, order: change_line(shop, order, "IPA", note="no foam"),
    "made": lambda shop, order: make(shop, order, "reserved"),
    "refunded": lambda shop, order: [pay(shop, order), refund(shop, order, amount=10)][1],
    "canceled": cancel,
    "renamed customer": _renamed,
    "another order of the customer": _bought_again,
    "joined": _joined,
    "points": _given_points,
    "link": _declined,
}


def _is_noticed(shop: Shop, order: dict[str, Any], act: Callable[[Shop, dict[str, Any]], Any]) -> None:
    """After the act nobody is told that nothing has changed, and everybody is from then on."""
    paths = (f"/orders/{order['id']}", "/orders")
    before = [tag_of(shop, path) for path in paths]

    act(shop, order)

    answers = [asked(shop, path, tag) for path, tag in zip(paths, before, strict=True)]
    assert [answer.status_code for answer in answers] == [200, 200]
    again = [asked(shop, path, answer.headers["ETag"]) for path, answer in zip(paths, answers, strict=True)]
    assert [answer.status_code for answer in again] == [304, 304]


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_change_of_what_an_order_shows_is_noticed(shop: Shop, act: Callable[[Shop, dict[str, Any]], Any]) -> None:
    order = shop.sell(items=TWO)

    _is_noticed(shop, order, lambda *given: _succeeded(act(*given)))


def _succeeded(answer: TestResponse) -> None:
    assert answer.status_code < 300, answer.get_data(as_text=True)


def test_points_that_expire_with_the_time_alone_are_noticed(shop: Shop) -> None:
    order = shop.sell(join=True, payment=CASH)
    path = f"/orders/{order['id']}"
    tag = tag_of(shop, path)

    run(shop, "UPDATE point_lots SET expires_at = now() - interval '1 second' WHERE store_id = :store")
    expired = asked(shop, path, tag)

    assert expired.status_code == 200
    assert expired.json["points"]["balance"] < order["points"]["balance"]


def test_list_is_known_as_long_as_it_shows_the_same(shop: Shop, other_shop: Shop) -> None:
    shop.sell(payment=CASH)
    every, open_ones = tag_of(shop, "/orders"), tag_of(shop, "/orders", status="open")

    other_shop.sell()
    shop.sell(phone="(415) 555-0199", items=[{"sku": "WATER", "quantity": 1}], payment=CASH)

    assert asked(shop, "/orders", every).status_code == 200
    assert asked(shop, "/orders", open_ones, status="open").status_code == 304


def test_full_tag_lets_a_tab_be_changed(shop: Shop) -> None:
    """If-Match looks at the version alone: a payment of somebody else's does not stand in the way."""
    order = shop.sell()
    path = f"/orders/{order['id']}"
    seen = tag_of(shop, path)
    _renamed(shop, order)

    changed = shop.request("PATCH", path, headers={"If-Match": seen}, json={"tab_name": "Table 4"})
    late = shop.request("PATCH", path, headers={"If-Match": seen}, json={"tab_name": "Table 5"})

    assert (changed.status_code, late.status_code) == (200, 409)


def test_change_that_commits_late_is_noticed(
    server: postgres.Server, committed: Flask, shops: list[dict[str, Any]]
) -> None:
    """It began before a change that is known already: its transaction and its instant are older than what was seen last."""
    shop = Shop(committed.test_client(), **shops[0])
    early, late = shop.sell(), shop.sell()
    with (
        closing(psycopg2.connect(server.url("postgres", name_of(committed)))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE orders SET note = 'late', updated_at = now() WHERE id = %s", (early["id"],))
        make(shop, late, "reserved")
        seen = tag_of(shop, "/orders")

        connection.commit()

    found = asked(shop, "/orders", seen)
    assert found.status_code == 200
    assert [order["note"] for order in found.json["data"]] == [None, "late"]


# --- what it costs --------------------------------------------------------------------------------------------

_HISTORY = """
    INSERT INTO orders
    SELECT (json_populate_record(o, json_build_object('id', overlay(gen_random_uuid()::text PLACING '0193' FROM 1 FOR 4),
             'reference', 'H' || n, 'public_token', n, 'status', 'completed', 'completed_at', now()))).*
      FROM orders o, generate_series(1, 5000) n WHERE o.id = %s
"""


_INDEXES: list[tuple[dict[str, Any], str]] = [
    ({}, "pk_orders"),
    ({"status": "open"}, "ix_orders_open"),
    ({"q": "0132"}, "pk_orders"),
    ({"q": "H77"}, "uq_orders_store_id_reference"),
]


def test_list_is_not_read_through_to_know_whether_it_has_changed(
    committed: Flask, superuser: Any, shops: list[dict[str, Any]]
) -> None:
    """Tablets ask every few seconds, in a store with years of orders, under row security."""
    shop = Shop(committed.test_client(), **shops[0])
    with superuser.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_HISTORY, (shop.sell()["id"],))
        cursor.execute("ANALYZE orders, customers")
        cursor.execute("SET ROLE tappass_app")
        cursor.execute("SELECT set_config('app.store_id', %s, false)", (shop.store_id,))

        plans = [_plan(cursor, shop, wanted) for wanted, _ in _INDEXES]

    for plan, (_, index) in zip(plans, _INDEXES, strict=True):
        assert f"using {index} on orders" in plan
        assert "Seq Scan on orders" not in plan


def _plan(cursor: Any, shop: Shop, wanted: dict[str, Any]) -> str:
    chosen = selection.select({"limit": 50, **wanted}, "US", clock.now())
    statement = order_tags.list_statement(chosen)
    cursor.execute(f"EXPLAIN {statement._sql}", {**chosen.values, "store": shop.store_id})
    return "\n".join(row[0] for row in cursor.fetchall())
