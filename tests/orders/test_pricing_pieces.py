"""What one piece costs: the tables of docs/pricing.md on modifiers, sale prices, price rules and open prices, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pos.catalog import prices
from pos.catalog.prices import DAYS
from pos.catalog.queries import ForSale
from tests.client import Shop
from tests.orders.baskets import product
from tests.orders.pricing_page import refusal, rows, table, words
from tests.tables import amount

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALL_DAY = {"days": list(DAYS), "starts": "00:00", "ends": "23:59"}
MODIFIERS = [
    {
        "name": row["group"],
        "min": int(row["min"]),
        "max": int(row["max"]),
        "choices": [{"name": choice.split()[0], "price": int(choice.split()[1])} for choice in words(row["choices"])],
    }
    for row in table("Groups of modifiers")
]


def with_modifiers(row: dict[str, str]) -> ForSale:
    return product(int(row.get("price", 700)), sale_price=amount(row.get("sale price", "—")), modifiers=MODIFIERS)


def rule(row: dict[str, str]) -> dict[str, Any]:
    """The price rule of a row, with a price that the test can tell from the ordinary one."""
    return {"name": "A", "days": words(row["days"]), "starts": row["starts"], "ends": row["ends"], "price": 600}


@rows("Prices with modifiers")
def test_price_of_adds_the_modifiers(row: dict[str, str]) -> None:
    chosen = words(row["chosen"])

    price = prices.price_of(with_modifiers(row), chosen=chosen, keyed_in=None, local=NOON)

    assert price.unit_price == int(row["unit price"])
    assert [modifier["name"] for modifier in price.modifiers] == chosen
    base = amount(row["sale price"]) if amount(row["sale price"]) is not None else int(row["price"])
    assert price.unit_price == base + sum(modifier["price"] for modifier in price.modifiers)


@rows("Prices with modifiers")
def test_line_shows_the_price_with_its_modifiers(shop: Shop, row: dict[str, str]) -> None:
    offer(shop, price=int(row["price"]), sale_price=amount(row["sale price"]), modifiers=MODIFIERS)

    order = shop.sell(items=[{"sku": "THIS", "quantity": 2, "modifiers": words(row["chosen"])}])

    (line,) = order["lines"]
    assert (line["unit_price"], line["subtotal"]) == (int(row["unit price"]), 2 * int(row["unit price"]))
    assert [modifier["name"] for modifier in line["modifiers"]] == words(row["chosen"])
    assert line["price_rule"] == ("sale" if amount(row["sale price"]) is not None else None)


@rows("Choices that are refused")
def test_price_of_refuses_other_choices(row: dict[str, str]) -> None:
    asked = {"chosen": words(row["chosen"]), "keyed_in": None, "local": NOON}

    assert refusal(prices.price_of, with_modifiers(row), **asked) == row["refusal"]


@rows("When a price rule is in force")
def test_price_rule_is_in_force_on_its_days_and_hours(row: dict[str, str]) -> None:
    local = datetime.fromisoformat(row["local time"])

    in_force = prices.is_in_force(rule(row), local)

    assert in_force == (row["in force"] == "yes")


@rows("By the clock on the wall")
def test_price_rule_goes_by_the_clock_of_the_location(row: dict[str, str]) -> None:
    goods = product(800, price_rules=[rule(row)], timezone=row["time zone"])
    instant = datetime.fromisoformat(row["instant (UTC)"]).replace(tzinfo=UTC)

    local = goods.local(instant)
    price = prices.price_of(goods, chosen=(), keyed_in=None, local=local)

    assert local is not None
    assert local.replace(tzinfo=None) == datetime.fromisoformat(row["local time"])
    assert (price.unit_price, price.rule) == ((600, "A") if row["in force"] == "yes" else (800, None))


@rows("Which price wins")
def test_lowest_price_wins(row: dict[str, str]) -> None:
    goods = product(int(row["price"]), sale_price=amount(row["sale price"]), price_rules=_rules(row["rules in force"]))

    price = prices.price_of(goods, chosen=(), keyed_in=None, local=NOON)

    assert price.unit_price == int(row["unit price"])
    assert [price.rule] == (words(row["made by"]) or [None])


@rows("Which price wins")
def test_line_says_what_made_its_price(shop: Shop, row: dict[str, str]) -> None:
    # From midnight to midnight: one rule could not say that it holds all day.
    halves = [
        each | hours
        for each in _rules(row["rules in force"])
        for hours in ({"starts": "00:00", "ends": "12:00"}, {"starts": "12:00", "ends": "00:00"})
    ]
    offer(shop, price=int(row["price"]), sale_price=amount(row["sale price"]), price_rules=halves)

    (line,) = shop.sell(items=[{"sku": "THIS", "quantity": 1}])["lines"]

    assert line["unit_price"] == int(row["unit price"])
    assert [line["price_rule"]] == (words(row["made by"]) or [None])


FIXED = table("Fixed when the line is added")


def test_price_is_fixed_when_the_line_is_added(shop: Shop) -> None:
    happy_hour = [
        {"name": "Happy hour", "days": list(DAYS), "starts": starts, "ends": ends, "price": 600}
        for starts, ends in (("00:00", "12:00"), ("12:00", "00:00"))
    ]
    made = offer(shop, price=800, price_rules=happy_hour)
    order: dict[str, Any] = {}
    steps = {
        "a round in the happy hour": lambda: shop.post("/orders", shop.order(items=[{"sku": "THIS", "quantity": 1}])),
        "the happy hour is over": lambda: shop.patch(
            f"/products/{made['id']}", {"price_rules": []}, version=made["version"]
        ),
        "a second round": lambda: shop.post(
            f"/orders/{order['id']}/lines", {"items": [{"sku": "THIS", "quantity": 1}]}
        ),
        "one more on the second line": lambda: _one_more(shop, order, 1),
        "one more on the first line": lambda: _one_more(shop, order, 0),
    }

    for row in FIXED:
        answer = steps[row["step"]]()
        order = shop.get(f"/orders/{order.get('id') or answer.json['id']}").json

        assert row["answer"] in (str(answer.status_code), answer.json.get("type", "").removeprefix("/problems/")), row
        unit_prices = [line["unit_price"] for line in order["lines"]]
        assert unit_prices == [int(row[line]) for line in ("first line", "second line") if words(row[line])], row


@rows("Open prices")
def test_price_of_an_open_price_product_is_keyed_in(row: dict[str, str]) -> None:
    goods = product(
        int(row["price"]),
        sale_price=amount(row["sale price"]),
        is_open_price=row["open price"] == "yes",
        modifiers=MODIFIERS if words(row["chosen"]) else (),
    )
    answers: list[prices.Price] = []

    refused = refusal(
        lambda: answers.append(
            prices.price_of(goods, chosen=words(row["chosen"]), keyed_in=amount(row["unit_price"]), local=NOON)
        )
    )

    assert refused or str(answers[0].unit_price) == row["answer"]
    assert refused in (None, row["answer"])


@pytest.mark.parametrize("sent", [{}, {"unit_price": 0}, {"unit_price": 1500}])
def test_register_keys_in_an_open_price(shop: Shop, sent: dict[str, int]) -> None:
    offer(shop, price=0, is_open_price=True)

    answer = shop.post("/orders", shop.order(items=[{"sku": "THIS", "quantity": 1, **sent}]))

    if sent:
        assert answer.json["lines"][0]["unit_price"] == sent["unit_price"]
    else:
        assert answer.json["type"] == "/problems/price-required"


def offer(shop: Shop, **facts: Any) -> dict[str, Any]:
    body = {"name": "This", "sku": "THIS", "kind": "food", "tax_class": "standard", **facts}
    answer = shop.post("/products", body, as_="owner")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return dict(answer.json)


def _rules(cell: str) -> list[dict[str, Any]]:
    return [ALL_DAY | {"name": each.split()[0]} | _granted(each) for each in words(cell)]


def _granted(rule: str) -> dict[str, int]:
    figure = int(rule.split()[1])
    return {"percent": figure} if rule.endswith("%") else {"price": figure}


def _one_more(shop: Shop, order: dict[str, Any], index: int) -> Any:
    line = order["lines"][index]
    path = f"/orders/{order['id']}/lines/{line['id']}"
    return shop.patch(path, {"quantity": line["quantity"] + 1}, version=order["version"], as_="register")
