"""Members who come in numbers: with their floors and the points that they had, once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from pos import clock
from pos.db import transaction
from pos.loyalty import enrolment
from pos.loyalty.enrolment import Brought, Newcomer
from tests.checkout.counter import books, now
from tests.client import Shop
from tests.legacy.importing import RAW, count, rows
from tests.loyalty.members import balance, joined, member, program, said

STEPS = [{"name": "bronze", "points": 0, "multiplier": "1"}, {"name": "gold", "points": 1000, "multiplier": "2"}]
PHONES = ("415-555-0140", "415-555-0141", "415-555-0142")


def buyers(shop: Shop, *phones: str) -> list[UUID]:
    """Customers who have bought something."""
    return [UUID(shop.sell(phone=phone, payment={"method": "card"})["customer"]["id"]) for phone in phones]


def enrol(shop: Shop, newcomers: Sequence[Newcomer]) -> dict[UUID, UUID]:
    with transaction(UUID(shop.store_id), actor="import"):
        return enrolment.enrol(newcomers, "import", clock.now())


def raise_floor(shop: Shop, member_id: Any, floor: str, at: datetime | None = None) -> bool:
    with transaction(UUID(shop.store_id), actor="import"):
        return enrolment.raise_floor(UUID(str(member_id)), floor, at or clock.now())


def test_enrol_makes_members_with_floors_and_points(shop: Shop) -> None:
    program(shop, levels=STEPS)
    one, other, third = buyers(shop, *PHONES)
    brought = [Brought(40, "Brought along", "legacy:1"), Brought(2, "Found later", "legacy:2")]

    enrolled = enrol(shop, [Newcomer(one, "gold", brought), Newcomer(other, "silver"), Newcomer(third)])

    assert set(enrolled) == {one, other, third}
    known = [member(shop, phone) for phone in PHONES]
    assert [each["id"] for each in known] == [str(enrolled[each]) for each in (one, other, third)]
    assert [(each["level"], each["balance"], each["lifetime_points"]) for each in known] == [
        ("gold", 42, 0), ("bronze", 0, 0), ("bronze", 0, 0),
    ]  # fmt: skip
    assert len({each["tappass_id"] for each in known}) == 3
    assert [points for points, _ in said(shop, known[0])] == [2, 40]
    kept = rows(shop, RAW.format(columns="level_floor, floor_until, source", table="members") + " ORDER BY floor_until")
    assert [(floor, source) for floor, _, source in kept] == [("gold", "import"), (None, "import"), (None, "import")]
    assert timedelta(days=364) < kept[0][1] - datetime.now(UTC) < timedelta(days=367)
    assert books(shop) == []


def test_enrol_links_orders_and_brings_nothing_of_them(shop: Shop) -> None:
    """Points of earlier orders are the caller's business."""
    order = shop.sell(payment={"method": "card"})

    enrolled = enrol(shop, [Newcomer(UUID(order["customer"]["id"]))])

    assert now(shop, order)["member_id"] == str(enrolled[UUID(order["customer"]["id"])])
    assert balance(shop) == 0
    assert books(shop) == []


def test_points_that_were_brought_can_be_spent_and_expire_like_others(shop: Shop) -> None:
    program(shop, expiry_months=12)
    (one,) = buyers(shop, PHONES[0])

    enrol(shop, [Newcomer(one, None, [Brought(40, "Brought along", "legacy:1")])])

    ((points, remaining, expires_at),) = rows(
        shop, RAW.format(columns="points, remaining, expires_at", table="point_lots")
    )
    assert (points, remaining) == (40, 40)
    assert expires_at > datetime.now(UTC) + timedelta(days=360)
    assert books(shop) == []


def test_enrol_refuses_who_is_a_member(shop: Shop) -> None:
    """Whoever joined at the counter in the same moment: the caller looks again."""
    known = joined(shop)

    with pytest.raises(IntegrityError):
        enrol(shop, [Newcomer(UUID(known["customer_id"]))])


def test_points_are_brought_once(shop: Shop) -> None:
    one, other = buyers(shop, *PHONES[:2])
    enrol(shop, [Newcomer(one, None, [Brought(40, "Brought along", "legacy:1")])])

    with pytest.raises(IntegrityError):
        enrol(shop, [Newcomer(other, None, [Brought(40, "Brought along", "legacy:1")])])


def test_enrol_of_nobody_does_nothing(shop: Shop) -> None:
    assert enrol(shop, []) == {}
    assert count(shop, "members") == 0


def test_floor_is_only_raised(shop: Shop) -> None:
    program(shop, levels=[*STEPS, {"name": "platinum", "points": 5000, "multiplier": "3"}])
    known = joined(shop)
    steps = [("gold", "gold"), ("bronze", "gold"), ("gold", "gold"), ("silver", "gold"), ("platinum", "platinum")]

    raised = [(raise_floor(shop, known["id"], floor), member(shop)["level"]) for floor, _ in steps]

    assert raised == [(True, "gold"), (False, "gold"), (False, "gold"), (False, "gold"), (True, "platinum")]
    assert books(shop) == []


def test_floor_that_has_passed_hinders_none(shop: Shop) -> None:
    program(shop, levels=STEPS)
    known = joined(shop)
    raise_floor(shop, known["id"], "gold", clock.now() - timedelta(days=400))

    assert member(shop)["level"] == "bronze"
    assert raise_floor(shop, known["id"], "bronze")
    assert rows(shop, RAW.format(columns="level, level_floor", table="members")) == [("bronze", "bronze")]


def test_floor_does_not_lower_the_level_that_was_earned(shop: Shop) -> None:
    program(shop, levels=[STEPS[0], {"name": "gold", "points": 8, "multiplier": "1"}])
    shop.sell(join=True, payment={"method": "card"})

    raise_floor(shop, member(shop)["id"], "bronze")

    assert member(shop)["level"] == "gold"
    assert books(shop) == []
