"""Tabs that go to a number of somebody who has several."""

from uuid import UUID

import pytest

from pos import clock
from pos.checkout import tab
from pos.db import transaction
from pos.http.problems import Busy
from tests.care.people import ADA, BOB, CLEO, known, merged
from tests.checkout.counter import books, change_order, done
from tests.client import Shop
from tests.races.twins import caller_of


def test_tab_goes_to_who_stands_for_the_number(shop: Shop) -> None:
    ada, bob = known(shop, ADA), known(shop, BOB)
    merged(shop, ada, bob)

    moved = done(change_order(shop, shop.sell(phone=CLEO), phone=BOB))

    assert moved["customer"]["id"] == ada
    assert books(shop) == []


def test_tab_does_not_go_to_who_was_merged_meanwhile(shop: Shop) -> None:
    # Given a tab that is about to go to somebody, found by number before they were merged
    ada, bob, order = known(shop, ADA), known(shop, BOB), shop.sell(phone=CLEO)
    merged(shop, ada, bob)

    # When their lock is there, then it is refused for a moment
    with transaction(UUID(shop.store_id), actor="test"):
        row = tab.locked(UUID(order["id"]), UUID(bob))
        with pytest.raises(Busy):
            tab.change_order(row, {"phone": BOB}, UUID(bob), caller_of(shop), clock.now())
    assert books(shop) == []
