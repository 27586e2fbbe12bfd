"""Two places count the same shelf: what is here is what was here first, moved by whatever either of them sold or got."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos import clock
from pos.sandbox.shop import acts
from pos.sandbox.shop.acts import Wanted
from pos.sandbox.shop.shelf import Goods
from tests.client import new_key
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")
FIRST = 20

STEPS = st.lists(
    st.tuples(st.just("sold here"), st.integers(1, 4))
    | st.tuples(st.just("sold there"), st.integers(1, 6))
    | st.tuples(st.just("canceled there"), st.just(0))
    | st.tuples(st.just("delivered there"), st.integers(1, 30))
    | st.tuples(st.just("counted here"), st.integers(0, 15))
    | st.tuples(st.just("read"), st.sampled_from(["products", "incremental", "full"])),
    min_size=2,
    max_size=9,
)


class Shelf:
    """One product in both places, and how many there ought to be."""

    def __init__(self, web: Web) -> None:
        self.web, self.sku = web, f"GLASS-{new_key()[:8]}"
        self.now = clock.now()
        self.number = web.act(acts.add_product, Goods("Glass", self.sku, 1000, stock=FIRST, tax_class="zero-rate"))
        self.placed: list[int] = []
        self.sync("products")
        self.expected, self.there = FIRST, FIRST

    def sync(self, sync_type: str) -> None:
        self.web.sync(sync_type)

    def do(self, what: str, value: Any) -> None:
        self.now += timedelta(seconds=61)
        shop = self.web.shop
        if what == "sold here":
            answered = shop.post("/orders", shop.order(items=[{"sku": self.sku, "quantity": value}]))
            assert answered.status_code in (201, 422), answered.text
            self.expected -= value if answered.status_code == 201 else 0
        elif what == "sold there":
            self.placed.append(self.web.act(acts.place, Wanted([(self.number, value)]), now=self.now, is_paid=True))
            self._moved_there(-value)
        elif what == "canceled there" and self.placed:
            order = self.placed.pop()
            before = self._stock_there()
            self.web.act(acts.cancel, order, now=self.now)
            self._moved_there(self._stock_there() - before)
        elif what == "delivered there":
            self.web.act(acts.change_product, self.number, now=self.now, stock=self._stock_there() + value)
            self._moved_there(value)
        elif what == "counted here":
            self.sync("products")
            here = self._product()
            body, match = {"stock_quantity": value}, f"{here['version']}.{here['stock_quantity']}"
            answered = shop.patch(f"/products/{here['id']}", body, version=match)
            assert answered.status_code == 200, answered.text
            self.expected = value
        elif what == "read":
            self.sync(value)

    def _moved_there(self, pieces: int) -> None:
        self.expected += pieces
        self.there += pieces

    def _stock_there(self) -> int:
        return int(self.web.value("SELECT body ->> 'stock_quantity' FROM sandbox_shop_things WHERE kind = 'product' AND number = %(n)s", n=self.number))  # fmt: skip

    def _product(self) -> dict[str, Any]:
        ((row,),) = self.web.rows(
            "SELECT to_jsonb(p) FROM products p WHERE store_id = %(store)s AND wc_product_id = %(n)s", n=self.number
        )
        return dict(row)

    def here(self) -> tuple[int, int]:
        row = self._product()
        return row["stock_quantity"], row["wc_stock_quantity"]


def test_count_here_is_the_first_with_what_either_place_did(bare: Web) -> None:
    bare.connect()

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def do(steps: list[tuple[str, Any]]) -> None:
        shelf = Shelf(bare)
        for step in steps:
            shelf.do(*step)
        shelf.sync("products")
        assert shelf.here() == (shelf.expected, shelf.there)

    do()

    assert bare.broken() == []


def test_product_that_was_here_before_is_joined_by_its_sku_and_keeps_its_count(bare: Web) -> None:
    bare.connect()
    number = bare.act(acts.add_product, Goods("Shirt of the shop", "TEE-BLK-M", 2999, stock=9))

    bare.sync("products")
    bare.act(acts.change_product, number, now=clock.now() + timedelta(minutes=1), stock=4, price=1999)
    bare.sync("products")

    kept = bare.rows("SELECT name, price, stock_quantity, wc_stock_quantity, is_of_web_shop FROM products WHERE store_id = %(store)s AND sku = 'TEE-BLK-M'")  # fmt: skip
    assert kept == [("Tee", 2500, 35, 4, False)]
    bare.act(acts.delete_product, number)
    bare.sync()
    kept = bare.rows(
        "SELECT status, stock_quantity, wc_product_id FROM products WHERE store_id = %(store)s AND sku = 'TEE-BLK-M'"
    )
    assert kept == [("active", 35, None)]


def test_product_sold_out_twice_over_stands_alone_with_none(bare: Web) -> None:
    bare.connect()
    number = bare.act(acts.add_product, Goods("Shirt of the shop", "TEE-BLK-M", 2999, stock=90))
    bare.sync("products")

    bare.act(acts.change_product, number, now=clock.now() + timedelta(minutes=1), stock=0)
    bare.sync("products")
    below = bare.value("SELECT stock_quantity FROM products WHERE store_id = %(store)s AND sku = 'TEE-BLK-M'")
    clean = bare.broken()
    bare.act(acts.delete_product, number)
    bare.sync()

    assert (below, clean, bare.broken()) == (-50, [], [])
    assert bare.value("SELECT stock_quantity FROM products WHERE store_id = %(store)s AND sku = 'TEE-BLK-M'") == 0


def test_sku_of_another_product_is_remarked_until_it_is_changed(bare: Web) -> None:
    bare.connect()
    first, second = (bare.act(acts.add_product, Goods(name, "MUG", 500)) for name in ("Mug", "Another mug"))

    bare.sync()
    bare.sync()

    skus = bare.rows(
        "SELECT wc_product_id, sku FROM products WHERE store_id = %(store)s AND wc_product_id IS NOT NULL ORDER BY 1"
    )
    assert skus == [(first, "MUG"), (second, f"MUG-WC{second}")]
    assert bare.problems() == {("products", second): {"sku_taken"}}
    bare.act(acts.change_product, second, now=clock.now() + timedelta(minutes=1), sku="MUG-2")
    bare.sync()
    assert bare.problems() == {}
