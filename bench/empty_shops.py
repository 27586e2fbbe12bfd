"""Stores that have nothing yet, for what moves old data into them."""

import os
from collections.abc import Mapping, Sequence

from bench import shop
from bench.shop import Shop
from pos import clock, ids
from pos.catalog import actions as catalog
from pos.db import transaction
from pos.stores import actions as stores

SKU, PRICE = "IPA-BENCH", 800


def make(environ: Mapping[str, str], slugs: Sequence[str], *, with_product: bool = False) -> list[Shop]:
    """Migrates the database of these settings and makes the stores, each with a location and a register."""
    with shop.migrated(environ):
        return [_make(environ, slug, with_product=with_product) for slug in slugs]


def _make(environ: Mapping[str, str], slug: str, *, with_product: bool) -> Shop:
    store_id = ids.uuid7()
    with transaction(store_id, actor="bench"):
        stores.create_store(
            store_id,
            name=slug.title(),
            slug=slug,
            currency="USD",
            country="US",
            timezone="UTC",
            prices_include_tax=False,
        )
        location = stores.create_location(name="Bench", timezone="UTC", tax_rates={"none": "0"})
        register, _ = stores.create_register(name="Bench", location_id=location.id, now=clock.now())
        token = stores.issue_token(register)
        if with_product:
            about = {"sku": SKU, "name": "IPA", "kind": "food", "price": PRICE, "tax_class": "none"}
            catalog.create_product(about)
    secret = environ["STRIPE_WEBHOOK_SECRET"]
    return Shop(str(store_id), str(location.id), token, secret, dict(os.environ) | dict(environ))
