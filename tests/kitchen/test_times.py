"""How long things take, as the office asks for it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from pos import clock
from pos.db import transaction
from pos.kitchen import times
from pos.statements import Statement
from tests.checkout.counter import done, line_of
from tests.client import Shop
from tests.kitchen.cooking import move

_TOOK = Statement("""
    UPDATE portions p SET started_at = CASE WHEN :started ::int IS NOT NULL THEN l.created_at + :started * interval '1 second' END,
           ready_at = l.created_at + :ready * interval '1 second'
      FROM order_lines l WHERE p.store_id = :store AND p.line_id = :line AND l.store_id = p.store_id AND l.id = p.line_id
""")


def _cooked(shop: Shop, sku: str, quantity: int, *, started: int | None, ready: int) -> dict[str, Any]:
    """An order of which a line was begun and ready so many seconds after it was asked for."""
    order = shop.sell(items=[{"sku": sku, "quantity": quantity}])
    line_id = line_of(order, sku)["id"]
    move(shop, order, {line_id: quantity}, "waiting", "ready")
    with shop.client.application.app_context(), transaction(UUID(shop.store_id)):
        assert _TOOK.run(line=UUID(line_id), started=started, ready=ready) == 1
    return order


def test_times_are_told_by_product_and_station(shop: Shop) -> None:
    bar = done(shop.post("/stations", {"name": "Bar"}, as_="owner"), 201)
    path, change = f"/products/{shop.products['IPA']}", {"station_id": bar["id"]}
    done(shop.request("PATCH", path, as_="owner", headers={"If-Match": "*"}, json=change))
    for ready in range(60, 660, 60):
        _cooked(shop, "PRETZEL", 2, started=30, ready=ready)
    _cooked(shop, "IPA", 1, started=None, ready=45)

    later = (clock.now() + timedelta(hours=1)).isoformat()
    pretzel, ipa = done(shop.get("/kitchen/times", as_="owner", query_string={"until": later}))["data"]

    assert (pretzel["station"], pretzel["portion_count"], pretzel["quantity"], pretzel["started_count"]) == (
        None,
        10,
        20,
        10,
    )
    fired = [pretzel[f"fired_{name}_seconds"] for name in ("average", "median", "percentile_90")]
    assert fired == [330, 330, 546]
    started = [pretzel[f"started_{name}_seconds"] for name in ("average", "median", "percentile_90")]
    assert started == [300, 300, 516]
    assert (ipa["station"], ipa["fired_median_seconds"], ipa["started_count"], ipa["started_median_seconds"]) == (
        "Bar", 45, 0, None,
    )  # fmt: skip


def test_times_of_another_location_or_week_are_left_out(shop: Shop) -> None:
    _cooked(shop, "PRETZEL", 1, started=10, ready=20)
    now = clock.now()

    with shop.client.application.app_context(), transaction(UUID(shop.store_id)):
        here = times.of_products(now - timedelta(days=1), now + timedelta(days=1), UUID(shop.location_id))
        elsewhere = times.of_products(now - timedelta(days=1), now + timedelta(days=1), UUID(int=1))
        before = times.of_products(now - timedelta(days=8), now - timedelta(days=1))

    assert (len(here), elsewhere, before) == (1, [], [])
    head, line = times.sheet(here)
    assert head.startswith("product,station,portion_count,quantity,fired_average_seconds,")
    assert line.split(",")[2:5] == ["1", "1", "20"]


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "yesterday"},
    ],
)
def test_times_of_no_span_are_refused(shop: Shop, asked: dict[str, str]) -> None:
    assert shop.get("/kitchen/times", as_="owner", query_string=asked).status_code == 422
