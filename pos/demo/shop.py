"""The demo store with its places, people and catalogue, made through the actions that an owner would use."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from pos import clock
from pos.catalog import actions as catalog
from pos.http.access import Caller, StoreFacts
from pos.kitchen import actions as kitchen
from pos.loyalty import actions as loyalty
from pos.staff import actions as staff
from pos.staff import passwords
from pos.stores import actions as stores
from pos.stores.models import Store

# What neither of them makes, the kitchen does.
STATIONS = ("Bar", "Grill")
SEED = Path(__file__).parents[2] / "seed"


@dataclass(frozen=True)
class Shop:
    """The new store and the secrets that are shown once; `registers` are callers who can sell there."""

    registers: tuple[Caller, ...]
    credentials: dict[str, str]


def read(name: str) -> Any:
    return json.loads((SEED / f"{name}.json").read_text())


def make(store_id: UUID) -> Shop:
    """The store, its two locations, three people and sixty products, in the store's open transaction."""
    data = read("store")
    fields = ("name", "slug", "currency", "country", "timezone", "prices_include_tax")
    store, api_key = stores.create_store(store_id, **{name: data[name] for name in fields})
    registers, token = _places(data["locations"], store)
    credentials = _people(data["staff"])
    _rewards(_catalog())
    credentials |= {"store_slug": store.slug, "store_api_key": api_key, "register_token": token}
    return Shop(registers, credentials)


def _places(locations: list[dict[str, Any]], store: Store) -> tuple[tuple[Caller, ...], str]:
    """All registers; the first one is enrolled and its token is the demo's."""
    callers, first_token = [], None
    facts = StoreFacts(
        store.id, store.slug, store.name, store.currency, store.country, store.timezone, store.prices_include_tax
    )
    for entry in locations:
        place = {name: entry[name] for name in ("name", "timezone", "address", "opening_hours", "tax_rates")}
        location = stores.create_location(**place)
        for name in entry["registers"]:
            register, _ = stores.create_register(name=name, location_id=location.id, now=clock.now())
            first_token = first_token or stores.issue_token(register)
            callers.append(Caller(facts, "cashier", f"register:{register.id}", register.id, location.id))
    return tuple(callers), str(first_token)


def _people(people: list[dict[str, Any]]) -> dict[str, str]:
    """One password for who signs in to the office, a PIN for each; the owner's password and the others' PINs are shown."""
    password = passwords.new_password()
    credentials: dict[str, str] = {}
    for person in people:
        pin = passwords.new_pin()
        staff.add(**person, pin=pin, password=password if person["email"] else None)
        if person["role"] == "owner":
            credentials |= {"office_email": person["email"], "office_password": password}
        if person["role"] in ("manager", "cashier"):
            credentials[f"{person['role']}_pin"] = pin
    return credentials


def _rewards(products: dict[str, UUID]) -> None:
    for entry in read("rewards"):
        sku = entry.pop("sku", None)
        loyalty.create_reward(entry | ({"product_id": products[sku]} if sku else {}))


def _catalog() -> dict[str, UUID]:
    """The ids of the products by SKU."""
    categories: dict[str, UUID] = {}
    stations = {
        name: kitchen.create_station({"name": name, "position": place}).id for place, name in enumerate(STATIONS)
    }
    for entry in read("categories"):
        parent = categories[entry["parent"]] if entry["parent"] else None
        made_at = stations.get(entry["station"])
        category = catalog.create_category(name=entry["name"], parent_id=parent, station_id=made_at)
        categories[entry["key"]] = category.id
    products: dict[str, UUID] = {}
    for entry in read("products"):
        category_id = categories[entry.pop("category")]
        products[entry["sku"]] = catalog.create_product({**entry, "category_id": category_id}).id
    return products
