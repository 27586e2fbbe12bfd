"""A register's shift over HTTP: opened, moved, counted, closed."""

from typing import Any

from tests.checkout.counter import approved, books, cancel, coupon, done, log_of, paid, refund, void
from tests.client import Shop, new_key
from tests.shifts.drawer import closed, counted, opened, report, tender, ties


def test_open_count_close(shop: Shop) -> None:
    shift = opened(shop, 20000)
    shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=100, payment={"method": "cash", "tendered": 5000})
    shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "card"})
    unpaid = shop.sell(items=[{"sku": "IPA", "quantity": 1}])

    now = report(shop, shift)
    z = closed(shop, shift, cash=now["drawer"]["expected"] + 7, card=tender(now, "card")["net"])

    assert now["kind"] == "x"
    assert (z["kind"], z["number"], z["sequence"], z["previous_digest"]) == ("z", 1, 1, "")
    assert z["orders"]["count"] == 3
    assert z["drawer"]["difference"] == 7
    assert tender(z, "card")["difference"] == 0
    assert z["balance"]["due_after"] == unpaid["total"]
    assert ties(z)
    assert {**now, **dict.fromkeys(_OF_CLOSING)} == {**z, **dict.fromkeys(_OF_CLOSING)}
    assert books(shop) == []


_OF_CLOSING = ("id", "kind", "made_at", "digest", "previous_digest", "shift", "drawer", "tenders")
