"""A segment finds the same customers as a filter that goes through all of them one by one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos import ids
from pos.customers.models import Customer, Profile
from pos.db import db, transaction
from pos.loyalty.models import Member
from pos.messaging.audience import Audience
from tests.client import Shop
from tests.messaging.campaigning import asked, known

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAYS = (0, 5, 10, 20, 40, 80)
TAGS, LEVELS, LANGUAGES = ("ipa", "vegan", "band"), ("bronze", "silver", "gold"), ("en", "es")
DEFAULT = "en"
Person = Mapping[str, Any]


def people() -> list[Person]:
    """Forty customers, each with another mixture."""
    return [
        {
            "id": ids.uuid7(),
            "phone": None if number % 11 == 10 else f"+1415555{9000 + number}",
            "spent": number % 7 * 500,
            "seen": None if number % 5 == 4 else NOW - timedelta(days=DAYS[number % 6]),
            "tags": [tag for bit, tag in enumerate(TAGS) if number >> bit & 1],
            "language": (None, *LANGUAGES)[number % 3],
            "level": (None, *LEVELS)[number // 2 % 4],
        }
        for number in range(40)
    ]


def keep(person: Person) -> None:
    by_phone = {"phone": person["phone"], "origin": "counter" if person["phone"] else "import"}
    db.session.add(Customer(id=person["id"], total_spent=person["spent"], last_order_at=person["seen"], **by_phone))
    db.session.flush()
    db.session.add(Profile(customer_id=person["id"], tags=person["tags"], language=person["language"]))
    if person["level"]:
        joined = {"level_from": NOW, "joined_at": NOW, "source": "register", "tappass_id": str(person["id"])}
        db.session.add(Member(customer_id=person["id"], level=person["level"], **joined))


def belongs(person: Person, segment: Mapping[str, Any]) -> bool:
    """The same in plain Python."""
    seen = person["seen"]
    ago = {name: NOW - timedelta(days=segment[name]) for name in segment if name.endswith("_days")}
    since = [ago.get("seen_within_days"), _instant(segment, "seen_since")]
    not_since = [ago.get("not_seen_for_days"), _instant(segment, "not_seen_since")]
    return (
        person["phone"] is not None
        and segment.get("is_member") in (None, person["level"] is not None)
        and ("levels" not in segment or person["level"] in segment["levels"])
        and segment.get("min_spent", 0) <= person["spent"] <= segment.get("max_spent", 10**9)
        and all(instant is None or (seen is not None and seen >= instant) for instant in since)
        and all(instant is None or seen is None or seen < instant for instant in not_since)
        and ("tags" not in segment or bool(set(segment["tags"]) & set(person["tags"])))
        and segment.get("language") in (None, person["language"] or DEFAULT)
    )


def _instant(segment: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(segment[name]) if name in segment else None


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


INSTANTS = st.sampled_from(DAYS).map(lambda days: (NOW - timedelta(days=days)).isoformat())
SEGMENTS = st.fixed_dictionaries(
    {},
    optional={
        "levels": some(LEVELS),
        "is_member": st.booleans(),
        "min_spent": st.integers(0, 3000),
        "max_spent": st.integers(0, 3000),
        "seen_since": INSTANTS,
        "not_seen_since": INSTANTS,
        "seen_within_days": st.sampled_from(DAYS[1:]),
        "not_seen_for_days": st.sampled_from(DAYS[1:]),
        "tags": some(TAGS),
        "language": st.sampled_from(LANGUAGES),
    },
)


@pytest.fixture
def crowd(app: Flask, shop: Shop) -> Iterator[list[Person]]:
    crowd = people()
    with transaction(UUID(shop.store_id), actor="test"):
        for person in crowd:
            keep(person)
        db.session.flush()
        yield crowd


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(segment=SEGMENTS)
def test_find_gives_whom_a_plain_filter_gives(crowd: list[Person], segment: dict[str, Any]) -> None:
    audience = Audience(segment, NOW, DEFAULT)

    found = [customer_id for customer_id, _ in audience.after(None, 1000)]

    assert found == sorted(person["id"] for person in crowd if belongs(person, segment))
    assert audience.count().everybody == len(found)


def test_find_goes_on_after_an_id(crowd: list[Person]) -> None:
    audience = Audience({}, NOW, DEFAULT)
    everybody = audience.after(None, 1000)

    batches, last = [], None
    while batch := audience.after(last, 7):
        batches.append(batch)
        last = batch[-1][0]

    assert [row for batch in batches for row in batch] == everybody
    assert {len(batch) for batch in batches[:-1]} == {7}


def test_who_comes_later_does_not_belong(crowd: list[Person]) -> None:
    assert Audience({}, NOW, DEFAULT, known_until=NOW.replace(year=2000)).after(None, 1000) == []


def test_count_says_who_lacks_what(crowd: list[Person]) -> None:
    counted = Audience({}, NOW, DEFAULT).count()

    known_by_phone = [person for person in crowd if person["phone"]]
    without = sum(person["level"] is None for person in known_by_phone)
    assert [counted.lacking(fact) for fact in ("level", "points", "tappass_id")] == [without] * 3
    assert [counted.lacking(fact) for fact in ("name", "first_name")] == [len(known_by_phone)] * 2
    assert counted.lacking("store") == 0


def test_bought_means_an_order_that_stands(app: Flask, shop: Shop) -> None:
    # Given somebody who bought the tee, one who canceled it, one whose line was voided, and one who bought something else
    tee = {"items": [{"sku": "TEE-BLK-M", "quantity": 1}]}
    buyer = shop.sell(phone="+14155559100", **tee)
    canceled = shop.sell(phone="+14155559101", **tee)
    asked(shop, f"/orders/{canceled['id']}/cancel", {"reason": "too small"})
    voided = shop.sell(phone="+14155559102", items=[*tee["items"], {"sku": "IPA", "quantity": 1}])
    line = voided["lines"][0]["id"]
    asked(shop, f"/orders/{voided['id']}/lines/{line}", {"reason": "torn"}, method="DELETE", **{"If-Match": "*"})
    known(shop, 9103)

    # When a segment asks for the tee, or for its category alone
    shelf = asked(shop, "/categories", {"name": "Tees"}, status=201)["id"]
    tee_path = f"/products/{shop.products['TEE-BLK-M']}"
    asked(shop, tee_path, {"category_id": shelf}, method="PATCH", **{"If-Match": "*"})
    segments = {"bought_product_ids": [shop.products["TEE-BLK-M"]]}, {"bought_category_ids": [shelf]}
    with transaction(UUID(shop.store_id)):
        found = [Audience(segment, NOW, DEFAULT).after(None, 10) for segment in segments]

    # Then it is the buyer alone
    assert found == [[(UUID(buyer["customer"]["id"]), "+14155559100")]] * 2
