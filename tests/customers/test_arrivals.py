"""Customers who come in numbers: they are written as the counter would have written them, and only what is empty about them is filled."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from pos.customers.actions import vault
from pos.customers.arrivals import PLACE, People, Person
from pos.db import transaction
from pos.statements import Statement
from tests.checkout.counter import books, done
from tests.client import Shop

NUMBER, OTHER = "+14155550132", "+14155550133"
HERE = {"address": "1 Pier", "city": "Dockside", "state": None, "postal_code": "94107", "country": "US"}


@contextmanager
def arriving(shop: Shop) -> Iterator[People]:
    """People who are written at the end of a transaction."""
    with transaction(UUID(shop.store_id), actor="import"):
        people = People()
        yield people
        people.write()


def known(shop: Shop, number: str = NUMBER) -> dict[str, Any]:
    return done(shop.get("/customers", as_="owner", query_string={"phone": number}))


def kept(shop: Shop, columns: str, table: str = "customers") -> list[Any]:
    with transaction(UUID(shop.store_id)):
        return Statement(f"SELECT {columns} FROM {table} WHERE store_id = :store ORDER BY created_at, 1").rows()


def test_newcomers_are_customers_like_all_others(shop: Shop) -> None:
    with arriving(shop) as people:
        profile = {"first_name": "Ada", "tags": ["early"], "medical_conditions": "nuts", **HERE}
        people.new(Person("Ada", NUMBER, "ada@example.com", profile))
        people.new(Person("Bob", OTHER))

    ada = known(shop)
    assert (ada["name"], ada["email"], ada["origin"], ada["order_count"]) == ("Ada", "ada@example.com", "import", 0)
    assert {name: ada["profile"][name] for name in PLACE} == HERE
    assert (ada["profile"]["tags"], ada["profile"]["medical_conditions"]) == (["early"], "nuts")
    assert known(shop, OTHER)["profile"]["tags"] == []
    assert books(shop) == []


@pytest.mark.parametrize("words", ["ada", "early", "0132"])
def test_newcomer_is_found_by_name_tag_and_number(shop: Shop, words: str) -> None:
    with arriving(shop) as people:
        people.new(Person("Ada", NUMBER, profile={"tags": ["early"]}))

    asked = {"tag": words} if words == "early" else {"q": words}
    found = done(shop.get("/customers", as_="owner", query_string=asked))

    assert [each["phone"] for each in found["data"]] == [NUMBER]


def test_hash_of_an_email_is_kept_without_the_address(shop: Shop) -> None:
    """From the web shop: whoever comes with the same address later is known by it."""
    email_hash = vault().hash_email("ada@example.com")

    with arriving(shop) as people:
        people.new(Person("Ada", NUMBER, email_hash=email_hash, origin="woocommerce"))

    assert (known(shop)["email"], known(shop)["origin"]) == (None, "woocommerce")
    assert kept(shop, "email_hash, email_encrypted") == [(email_hash, None)]


def test_what_is_sealed_can_be_read_by_nobody_else(shop: Shop) -> None:
    with arriving(shop) as people:
        people.new(Person("Ada", NUMBER, "ada@example.com", {"medical_conditions": "nuts"}))

    [(email,)], [(health,)] = kept(shop, "email_encrypted"), kept(shop, "medical_conditions", "profiles")
    assert "ada" not in email
    assert "nuts" not in health


def test_fill_leaves_what_is_known_and_fills_what_is_empty(shop: Shop) -> None:
    buyer = shop.sell(name="Ada")["customer"]
    profile = {"city": "Dockside", "tags": ["early"], "preferences": {"seat": "bar"}}
    change = {"email": "ada@example.com", "profile": profile}
    done(shop.request("PATCH", f"/customers/{buyer['id']}", as_="owner", headers={"If-Match": "*"}, json=change))
    version = known(shop)["version"]
    told = {"city": "Uptown", "tags": ["late"], "preferences": {"seat": "door"}, "state": "WA", "is_verified": True}

    with arriving(shop) as people:
        more = told | {"preferred_effects": ["calm"], "medical_conditions": "nuts"}
        people.fill(UUID(buyer["id"]), Person("Ada Byron", None, "other@example.com", more))
        people.fill(UUID(buyer["id"]), Person(None, None, None, {"state": "OR", "postal_code": "98101"}))

    now = known(shop)
    assert (now["name"], now["email"], now["version"]) == ("Ada", "ada@example.com", version + 1)
    expected = {
        "city": "Dockside", "state": None, "postal_code": None, "tags": ["early"], "preferences": {"seat": "bar"},
        "preferred_effects": ["calm"], "is_verified": True, "medical_conditions": "nuts",
    }  # fmt: skip
    assert {name: now["profile"][name] for name in expected} == expected
    assert books(shop) == []


def test_place_is_filled_as_a_whole(shop: Shop) -> None:
    """A street of one place in the city of another would be nowhere."""
    buyer = UUID(shop.sell()["customer"]["id"])

    with arriving(shop) as people:
        people.fill(buyer, Person(None, None, profile=HERE))
    with arriving(shop) as people:
        people.fill(buyer, Person(None, None, profile={"state": "WA"}))

    assert {name: known(shop)["profile"][name] for name in PLACE} == HERE


def test_email_of_somebody_made_and_filled_at_once_can_be_opened(shop: Shop) -> None:
    with arriving(shop) as people:
        ada = people.new(Person(None, NUMBER))
        people.fill(ada, Person("Ada", None, "ada@example.com", {"age_recorded": 0}))
        people.fill(ada, Person("Bob", None, "bob@example.com", {"age_recorded": 7}))

    assert (known(shop)["name"], known(shop)["email"]) == ("Ada", "ada@example.com")
    assert known(shop)["profile"]["age"] == 0


def test_hash_that_is_known_keeps_its_address(shop: Shop) -> None:
    """A hash alone does not take the address away that the counter has."""
    with arriving(shop) as people:
        ada = people.new(Person("Ada", NUMBER, "ada@example.com"))
        people.fill(ada, Person(None, None, email_hash=vault().hash_email("other@example.com")))

    assert known(shop)["email"] == "ada@example.com"


def test_what_was_filled_is_found(shop: Shop) -> None:
    buyer = UUID(shop.sell()["customer"]["id"])

    with arriving(shop) as people:
        people.fill(buyer, Person("Zenobia", None))

    found = done(shop.get("/customers", as_="owner", query_string={"q": "zenobia"}))
    assert [each["id"] for each in found["data"]] == [str(buyer)]


def test_what_was_written_is_not_written_again(shop: Shop) -> None:
    buyer = UUID(shop.sell(phone=OTHER)["customer"]["id"])
    version = known(shop, OTHER)["version"]

    with arriving(shop) as people:
        people.new(Person("Ada", NUMBER))
        people.fill(buyer, Person("Bob", None))
        people.write()

    assert len(kept(shop, "id")) == 2
    assert known(shop, OTHER)["version"] == version + 1
