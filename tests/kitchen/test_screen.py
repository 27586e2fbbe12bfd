"""GET /kitchen and what is tapped there, over HTTP."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from pos import clock
from pos.db import glance, transaction
from pos.kitchen import queries
from pos.kitchen.portions import MOVES, STEPS
from pos.statements import Statement
from tests.checkout.counter import add_round, approved, books, cancel, change_line, done, line_of, make, now, paid, void
from tests.client import Shop, new_key
from tests.kitchen.cooking import board, entries, move, see_void, tap, ticket_of

PRETZEL = {"sku": "PRETZEL", "quantity": 3}
TEE = {"sku": "TEE-BLK-M", "quantity": 1}


def test_sale_hangs_on_the_rail_until_it_is_served(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL, TEE])
    line = line_of(order, "PRETZEL")
    pretzel, name = line["id"], line["name"]

    ticket = ticket_of(shop, order)
    assert entries(ticket) == [(name, "waiting", 3)]
    assert ticket["key"] == f"{order['id']}/1/none"
    assert (ticket["status"], ticket["station"], ticket["is_paid"], ticket["is_canceled"]) == (
        "waiting",
        None,
        False,
        False,
    )
    assert ticket["fired_at"] <= order["received_at"]

    assert move(shop, order, {pretzel: 2}, "waiting", "making") == {"moved": 2, "fulfillment_status": "reserved"}
    assert entries(ticket_of(shop, order)) == [(name, "waiting", 1), (name, "making", 2)]
    assert move(shop, order, {pretzel: 3}, "waiting", "ready") == {"moved": 1, "fulfillment_status": "reserved"}
    assert move(shop, order, {pretzel: 3}, "making", "ready") == {"moved": 2, "fulfillment_status": "prepared"}
    assert ticket_of(shop, order)["status"] == "ready"
    assert move(shop, order, {pretzel: 3}, "ready", "served") == {"moved": 3, "fulfillment_status": "completed"}
    assert board(shop)["tickets"] == []
    assert entries(ticket_of(shop, order, among="recent")) == [(name, "served", 3)]
    assert books(shop) == []


def test_second_tap_moves_nothing(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    pretzel = line_of(order, "PRETZEL")["id"]
    key = new_key()

    first, again = (tap(shop, order, {pretzel: 3}, "waiting", "making", key=key) for _ in range(2))
    other = move(shop, order, {pretzel: 3}, "waiting", "making")

    assert (done(first)["moved"], done(again)["moved"], other["moved"]) == (3, None, 0)
    assert [quantity for _, _, quantity in entries(ticket_of(shop, order))] == [3]


@pytest.mark.parametrize("start", STEPS)
@pytest.mark.parametrize("end", STEPS)
def test_only_steps_of_the_table_are_taken(shop: Shop, start: str, end: str) -> None:
    order = shop.sell(items=[PRETZEL])
    pretzel = line_of(order, "PRETZEL")["id"]
    if start != "waiting":
        move(shop, order, {pretzel: 3}, "waiting", start)

    answer = tap(shop, order, {pretzel: 2}, start, end)

    assert answer.status_code == (200 if (start, end) in MOVES else 409)
    if answer.status_code == 409:
        assert answer.json["type"] == "/problems/no-such-move"
    else:
        name = line_of(order, "PRETZEL")["name"]
        left = sorted([(name, start, 1), (name, end, 2)], key=lambda entry: STEPS.index(entry[1]))
        assert entries(ticket_of(shop, order)) == left
    assert books(shop) == []


def test_order_goes_back_when_the_kitchen_undoes(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    pretzel = line_of(order, "PRETZEL")["id"]
    move(shop, order, {pretzel: 3}, "waiting", "served")
    assert now(shop, order)["fulfillment_status"] == "completed"

    said = [
        move(shop, order, {pretzel: 3}, start, end)["fulfillment_status"]
        for start, end in [("served", "ready"), ("ready", "making"), ("making", "waiting")]
    ]

    assert said == ["prepared", "reserved", "proposed"]
    assert entries(ticket_of(shop, order))[0][1:] == ("waiting", 3)


def test_completed_order_is_called_back_and_stays_completed(shop: Shop) -> None:
    order = paid(shop, shop.sell(items=[PRETZEL]))
    pretzel = line_of(order, "PRETZEL")["id"]
    move(shop, order, {pretzel: 3}, "waiting", "served")
    assert now(shop, order)["status"] == "completed"

    called_back = move(shop, order, {pretzel: 1}, "served", "making")

    assert called_back == {"moved": 1, "fulfillment_status": "completed"}
    assert [entry[1:] for entry in entries(ticket_of(shop, order))] == [("making", 1), ("served", 2)]
    move(shop, order, {pretzel: 1}, "making", "served")
    assert board(shop)["tickets"] == []
    assert books(shop) == []


@pytest.mark.parametrize("back", [["served", "waiting"], ["served", "ready", "making", "waiting"]])
def test_unit_of_a_completed_order_that_was_put_back_waits_on_the_rail(shop: Shop, back: list[str]) -> None:
    order = paid(shop, shop.sell(items=[PRETZEL]))
    pretzel = line_of(order, "PRETZEL")["id"]
    move(shop, order, {pretzel: 3}, "waiting", "served")

    for start, end in pairwise(back):
        assert move(shop, order, {pretzel: 3}, start, end) == {"moved": 3, "fulfillment_status": "completed"}

    assert [entry[1:] for entry in entries(ticket_of(shop, order))] == [("waiting", 3)]
    move(shop, order, {pretzel: 3}, "waiting", "served")
    assert board(shop)["tickets"] == []
    assert books(shop) == []


def test_round_is_a_ticket_of_its_own(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    move(shop, order, {line_of(order, "PRETZEL")["id"]: 3}, "waiting", "ready")
    _later(shop, order)

    order = done(add_round(shop, order, {"sku": "PRETZEL", "quantity": 1, "note": "no salt"}), 201)

    first, second = ticket_of(shop, order), ticket_of(shop, order, 2)
    assert (first["status"], second["status"]) == ("ready", "waiting")
    assert second["lines"][0]["note"] == "no salt"
    assert order["fulfillment_status"] == "reserved"


def test_unstarted_void_is_shown_until_it_is_seen(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL, TEE])
    pretzel = line_of(order, "PRETZEL")["id"]

    done(void(shop, order, "PRETZEL", headers=approved(shop)))

    assert [entry[1:] for entry in entries(ticket_of(shop, order))] == [("void", 3)]
    see_void(shop, order, pretzel)
    see_void(shop, order, pretzel)
    assert board(shop)["tickets"] == []
    assert books(shop) == []


def test_fewer_of_what_is_being_made_is_a_void_of_what_was_begun_least(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    pretzel = line_of(order, "PRETZEL")["id"]
    move(shop, order, {pretzel: 2}, "waiting", "making")
    move(shop, order, {pretzel: 1}, "waiting", "ready")

    order = done(change_line(shop, now(shop, order), "PRETZEL", headers=approved(shop), quantity=1, reason="too many"))

    assert [entry[1:] for entry in entries(ticket_of(shop, order))] == [("ready", 1), ("void", 2)]
    assert order["fulfillment_status"] == "prepared"
    assert move(shop, order, {pretzel: 3}, "making", "ready")["moved"] == 0
    see_void(shop, order, pretzel)
    assert [entry[1:] for entry in entries(ticket_of(shop, order))] == [("ready", 1)]
    assert books(shop) == []


def test_canceled_order_is_shown_as_void(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    pretzel = line_of(order, "PRETZEL")["id"]
    move(shop, order, {pretzel: 1}, "waiting", "making")

    done(cancel(shop, now(shop, order)))

    ticket = ticket_of(shop, order)
    assert (ticket["is_canceled"], [entry[1:] for entry in entries(ticket)]) == (True, [("void", 3)])
    assert move(shop, order, {pretzel: 3}, "waiting", "making")["moved"] == 0
    see_void(shop, order, pretzel)
    assert board(shop)["tickets"] == []


def test_saying_it_of_the_whole_order_moves_its_units(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL, {"sku": "IPA", "quantity": 1}])
    move(shop, order, {line_of(order, "PRETZEL")["id"]: 1}, "waiting", "ready")

    done(make(shop, order, "prepared"))
    assert {entry[1] for entry in entries(ticket_of(shop, order))} == {"ready"}
    done(make(shop, order, "completed"))

    assert board(shop)["tickets"] == []
    assert {entry[1] for entry in entries(ticket_of(shop, order, among="recent"))} == {"served"}
    assert books(shop) == []


def test_screen_is_asked_again_for_nothing(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    first = shop.get("/kitchen")
    known = {"If-None-Match": first.headers["ETag"]}

    assert shop.get("/kitchen", headers=known).status_code == 304
    assert shop.get("/kitchen", query_string={"station_id": "none"}, headers=known).status_code == 200
    move(shop, order, {line_of(order, "PRETZEL")["id"]: 1}, "waiting", "making")
    assert shop.get("/kitchen", headers=known).status_code == 200


def test_station_shows_what_it_makes_and_how_far_the_others_are(shop: Shop) -> None:
    grill, bar = (_station(shop, name) for name in ("Grill", "Bar"))
    _set(shop, f"/categories/{shop.category_id}", {"station_id": bar["id"]})
    _set(shop, f"/products/{shop.products['PRETZEL']}", {"station_id": grill["id"]})
    order = shop.sell(items=[PRETZEL, {"sku": "IPA", "quantity": 1}])
    move(shop, order, {line_of(order, "IPA")["id"]: 1}, "waiting", "ready")

    [at_grill] = board(shop, station_id=grill["id"])["tickets"]
    [at_bar] = board(shop, station_id=bar["id"])["tickets"]

    assert [line["name"] for line in at_grill["lines"]] == [line_of(order, "PRETZEL")["name"]]
    assert at_grill["elsewhere"] == [{"station": "Bar", "status": "ready"}]
    assert at_bar["elsewhere"] == [{"station": "Grill", "status": "waiting"}]
    assert board(shop, station_id="none")["tickets"] == []
    assert [each["name"] for each in board(shop)["stations"]] == ["Bar", "Grill"]

    _set(shop, f"/stations/{grill['id']}", {"is_active": False})
    [elsewhere] = board(shop, station_id="none")["tickets"] or [None]
    assert elsewhere is None
    assert {ticket["station"] for ticket in board(shop)["tickets"]} == {"Bar"}


def test_station_of_the_nearest_category_makes_it(shop: Shop) -> None:
    bar = _station(shop, "Bar")
    inner = done(shop.post("/categories", {"name": "Inner", "parent_id": shop.category_id}, as_="owner"), 201)
    _set(shop, f"/categories/{shop.category_id}", {"station_id": bar["id"]})
    _set(shop, f"/products/{shop.products['PRETZEL']}", {"category_id": inner["id"]})
    order = shop.sell(items=[PRETZEL])

    assert ticket_of(shop, order)["station"] == "Bar"


def test_kitchen_may_see_only_orders_on_which_something_is_paid(shop: Shop) -> None:
    _set(shop, "/store", {"kitchen_sees_unpaid": False})
    order = shop.sell(items=[PRETZEL])
    assert board(shop)["tickets"] == []

    order = paid(shop, order)
    assert ticket_of(shop, order)["is_paid"] is True
    move(shop, order, {line_of(order, "PRETZEL")["id"]: 1}, "waiting", "making")
    _later(shop, order)
    order = done(add_round(shop, order, PRETZEL), 201)

    shown = [(ticket["round"], [line["status"] for line in ticket["lines"]]) for ticket in board(shop)["tickets"]]
    assert shown == [(1, ["waiting", "making"]), (2, ["waiting"])]


def test_paid_food_stays_on_the_rail_when_the_order_grows(shop: Shop) -> None:
    _set(shop, "/store", {"kitchen_sees_unpaid": False})
    order = paid(shop, shop.sell(items=[PRETZEL, {"sku": "IPA", "quantity": 1}]), "card")
    _later(shop, order)
    _paid_earlier(shop, order)
    asked = ticket_of(shop, order)["fired_at"]

    order = done(change_line(shop, now(shop, order), "IPA", headers=approved(shop), quantity=2, reason="thirsty"))
    assert order["payment_status"] == "partially_paid"
    assert [entry[1:] for entry in entries(ticket_of(shop, order))] == [("waiting", 3), ("waiting", 2)]

    order = done(add_round(shop, order, PRETZEL), 201)
    second = ticket_of(shop, order, 2)
    paid(shop, order, "card")
    first = ticket_of(shop, order)
    assert (first["fired_at"], first["is_paid"]) == (asked, True)
    assert ticket_of(shop, order, 2)["fired_at"] == second["fired_at"] > asked


def test_round_counts_from_the_first_payment_where_that_came_later(shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])
    _later(shop, order)
    asked = ticket_of(shop, order)["fired_at"]
    _set(shop, "/store", {"kitchen_sees_unpaid": False})
    assert board(shop)["tickets"] == []

    order = paid(shop, order, "card", amount=100)
    _paid_earlier(shop, order)
    first = ticket_of(shop, order)
    assert (first["is_paid"], first["fired_at"] > asked) == (False, True)

    paid(shop, order, "card")
    assert ticket_of(shop, order)["fired_at"] == first["fired_at"]


def test_sale_that_came_late_and_paid_was_asked_for_when_it_was_sold(shop: Shop) -> None:
    _set(shop, "/store", {"kitchen_sees_unpaid": False})
    placed_at = clock.now() - timedelta(minutes=9)
    items = [{**PRETZEL, "unit_price": 450}]
    order = shop.sell(items=items, offline=True, placed_at=placed_at.isoformat(), payment={"method": "cash"})

    ticket = ticket_of(shop, order)
    assert ticket["fired_at"] == ticket["placed_at"] < order["received_at"]


@pytest.mark.parametrize("change", [{"kitchen_slow_minutes": 10}, {"kitchen_late_minutes": 5}])
def test_kitchen_is_slow_before_it_is_late(shop: Shop, change: dict[str, int]) -> None:
    answer = shop.patch("/store", change, version=shop.get("/store").json["version"])

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"/{next(iter(change))}"


def test_order_of_yesterday_is_counted_and_not_shown(shop: Shop) -> None:
    begun, left = shop.sell(items=[PRETZEL]), shop.sell(items=[PRETZEL])
    move(shop, begun, {line_of(begun, "PRETZEL")["id"]: 1}, "waiting", "making")

    with shop.client.application.app_context(), glance(UUID(shop.store_id)):
        read = queries.rows(UUID(shop.location_id), clock.now() + timedelta(hours=23, minutes=59))
    with shop.client.application.app_context(), glance(UUID(shop.store_id)):
        a_day_later = queries.rows(UUID(shop.location_id), clock.now() + timedelta(hours=24, minutes=1))

    assert [ticket["order_id"] for ticket in queries.board(read, None)["tickets"]] == [begun["id"], left["id"]]
    shown = queries.board(a_day_later, None)
    assert (shown["older"], shown["tickets"]) == (2, [])


def test_who_is_not_a_register_says_which_location(shop: Shop, other_shop: Shop) -> None:
    order = shop.sell(items=[PRETZEL])

    asked = {"location_id": shop.location_id}
    assert done(shop.get("/kitchen", as_="owner", query_string=asked))["tickets"][0]["order_id"] == order["id"]
    assert shop.get("/kitchen", as_="owner").status_code == 422
    assert shop.get("/kitchen", query_string={"location_id": other_shop.location_id}).status_code == 422
    elsewhere = {"location_id": other_shop.location_id}
    assert shop.get("/kitchen", as_="owner", query_string=elsewhere).status_code == 404
    assert shop.get("/kitchen", query_string={"station_id": "grill"}).status_code == 422


def _set(shop: Shop, path: str, change: dict[str, Any]) -> dict[str, Any]:
    """Changes a thing, whichever version it has."""
    return done(shop.request("PATCH", path, as_="owner", headers={"If-Match": "*"}, json=change))


def _station(shop: Shop, name: str) -> dict[str, Any]:
    return done(shop.post("/stations", {"name": name}, as_="owner"), 201)


def _later(shop: Shop, order: dict[str, Any]) -> None:
    """All that was sold so far was a minute ago: in a test everything happens in one transaction, at one instant."""
    with shop.client.application.app_context(), transaction(UUID(shop.store_id)):
        Statement(
            "UPDATE order_lines SET created_at = created_at - interval '1 minute' WHERE store_id = :store AND order_id = :order"
        ).run(order=UUID(order["id"]))


def _paid_earlier(shop: Shop, order: dict[str, Any]) -> None:
    """What was paid so far came half a minute ago."""
    with shop.client.application.app_context(), transaction(UUID(shop.store_id)):
        Statement(
            "UPDATE payments SET updated_at = updated_at - interval '30 seconds' WHERE store_id = :store AND order_id = :order"
        ).run(order=UUID(order["id"]))
