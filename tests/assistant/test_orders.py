"""ORDERS, STATUS and PAY: what was ordered, how far it is, and where it is paid."""

import uuid

import pytest
from flask import Flask

from pos.db import transaction
from pos.statements import Statement
from tests.assistant.asking import asks, rows, said
from tests.checkout.counter import books, cancel, done, make, paid, refund
from tests.checkout.provider import switched_off
from tests.checkout.stripe import asked_link
from tests.client import Shop
from tests.loyalty.members import CARD

_FAIL = Statement("UPDATE payment_links SET status = 'failed', failure = 'no' WHERE store_id = :store")
_PENDING = Statement("""
    INSERT INTO payments (store_id, id, order_id, method, amount, status, provider_id, account)
    SELECT :store, :id, id, 'stripe', total, 'pending', 'pi_1', 'acct_hops' FROM orders WHERE store_id = :store
""")


def test_orders_list_the_last_three(shop: Shop) -> None:
    # given
    for at in ("2026-03-01T20:00:00Z", "2026-03-02T03:00:00Z", "2026-03-03T20:00:00Z", "2026-03-04T20:00:00Z"):
        shop.sell(placed_at=at, **CARD)
    listed = shop.get("/orders").json["data"]
    # when
    answer = asks(shop, "ORDERS")
    # then
    newest = [each["reference"] for each in sorted(listed, key=lambda each: each["placed_at"], reverse=True)]
    assert [each["reference"] for each in rows(answer)["orders"]] == newest[:3]
    # Of the evening in California, by its day there.
    assert answer.body == (
        f"Hops: Your latest orders. {newest[0]}, Mar 4, 2026: 8.66 USD, received. {newest[1]}, Mar 3, 2026: 8.66 USD, received. "
        f"{newest[2]}, Mar 1, 2026: 8.66 USD, received."
    )


def test_orders_are_said_in_spanish(shop: Shop) -> None:
    order = shop.sell(placed_at="2026-03-01T20:00:00Z", **CARD)
    done(refund(shop, order, amount=order["total"]), 201)

    assert said(shop, "PEDIDOS") == (
        f"Sus ultimos pedidos. {order['reference']}, 1 mar 2026: 8.66 USD, recibido, faltan 8.66 USD por pagar, reembolsado."
    )


def test_orders_tell_what_became_of_each(shop: Shop) -> None:
    first, second, third = shop.sell(), shop.sell(), shop.sell(**CARD)
    cancel(shop, first)
    make(shop, second, "prepared")
    make(shop, third, "completed")

    text = said(shop, "orders")

    assert f"{first['reference']}" in text
    assert "8.66 USD, canceled." in text
    assert "8.66 USD, ready, 8.66 USD to pay." in text
    assert "8.66 USD, handed over." in text


def test_status_says_what_is_open(shop: Shop) -> None:
    # given
    done_with, unpaid, made = shop.sell(**CARD), shop.sell(), shop.sell(**CARD)
    make(shop, done_with, "completed")
    make(shop, made, "reserved")
    # when
    answer = asks(shop, "what's the status of my order?")
    # then
    assert answer.body == (
        f"Hops: Your open orders. {made['reference']}: being made. {unpaid['reference']}: received, 8.66 USD to pay."
    )
    make(shop, made, "prepared")
    assert said(shop, "ESTADO") == (
        f"Sus pedidos abiertos. {made['reference']}: listo. {unpaid['reference']}: recibido, faltan 8.66 USD por pagar."
    )


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ORDERS", "There are no orders with this number yet."),
        ("PEDIDOS", "Todavia no hay pedidos con este numero."),
        ("STATUS", "You have no open orders."),
        ("ESTADO", "No tiene pedidos abiertos."),
        ("PAY", "There is nothing to pay."),
        ("PAGAR", "No hay nada que pagar."),
    ],
)
def test_who_ordered_nothing_is_told_so(shop: Shop, word: str, text: str) -> None:
    shop.post("/members", {"phone": "(415) 555-0132"})

    assert said(shop, word) == text


# --- paying -----------------------------------------------------------------------------------------------


def test_pay_gives_the_address_of_the_newest_unpaid_order(shop: Shop) -> None:
    # given
    shop.sell()
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}])
    shop.sell(**CARD)
    # when
    answer, again = asks(shop, "PAY"), asks(shop, "pay")
    # then
    [link] = [shop.get(f"/orders/{order['id']}").json["payment_link"]]
    assert answer.body == again.body == f"Hops: Pay 17.32 USD for order {order['reference']}: {link['url']}"
    assert link["amount"] == rows(answer)["due"] == 1732
    assert said(shop, "PAGAR") == f"Pague 17.32 USD por el pedido {order['reference']}: {link['url']}"
    assert books(shop) == []


def test_pay_says_the_tip_of_the_link_that_is_there(shop: Shop) -> None:
    order = shop.sell()
    asked_link(shop, order, tip=200)

    assert said(shop, "pay").startswith(f"Pay 10.66 USD for order {order['reference']}: ")


def test_pay_leaves_the_order_to_the_guest(shop: Shop) -> None:
    """A link that only its guest asked for takes no order with it when it expires."""
    shop.sell()
    said(shop, "pay")

    with transaction(uuid.UUID(shop.store_id)):
        assert Statement("SELECT cancels_order FROM payment_links WHERE store_id = :store").rows() == [(False,)]


def test_pay_says_what_is_left_of_a_part(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}])
    paid(shop, order, amount=1000)

    assert said(shop, "pay").startswith(f"Pay 7.32 USD for order {order['reference']}: ")


def test_pay_goes_to_the_counter_without_stripe(app: Flask, shop: Shop) -> None:
    order = shop.sell()

    with switched_off(app):
        assert said(shop, "pay") == f"Please pay 8.66 USD for order {order['reference']} at the counter."
        assert said(shop, "pagar") == f"Por favor pague 8.66 USD por el pedido {order['reference']} en la caja."


def test_pay_goes_to_the_counter_below_the_minimum(shop: Shop) -> None:
    order = shop.sell()
    paid(shop, order, amount=846)

    assert said(shop, "pay") == f"Please pay 0.20 USD for order {order['reference']} at the counter."


def test_pay_goes_to_the_counter_after_stripe_refused(shop: Shop) -> None:
    order = shop.sell()
    asked_link(shop, order)
    with transaction(uuid.UUID(shop.store_id)):
        _FAIL.run()

    assert said(shop, "pay") == f"Please pay 8.66 USD for order {order['reference']} at the counter."


def test_pay_offers_no_second_payment_beside_one_on_its_way(shop: Shop) -> None:
    order = shop.sell()
    with transaction(uuid.UUID(shop.store_id)):
        _PENDING.run(id=uuid.uuid4())

    assert said(shop, "pay") == f"A payment for order {order['reference']} is on its way. There is nothing else to do."
