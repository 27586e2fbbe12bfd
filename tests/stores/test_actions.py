"""What may change about stores, locations and registers."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pos import ids
from pos.db import find, transaction
from pos.errors import Invalid
from pos.stores import actions, queries
from pos.stores.models import Location, Register
from tests.client import Shop

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365)


@pytest.fixture
def inside(shop: Shop) -> Iterator[Shop]:
    """The shop, with its transaction open."""
    with transaction(uuid.UUID(shop.store_id), actor="test"):
        yield shop


def new_register(shop: Shop, now: datetime = NOW) -> tuple[Register, str]:
    return actions.create_register(name="Window", location_id=uuid.UUID(shop.location_id), now=now)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"currency": "US$"}, "/currency"),
        ({"currency": "usd"}, "/currency"),
        ({"currency": "ABC"}, "/currency"),
        ({"country": "USA"}, "/country"),
        ({"country": "us"}, "/country"),
        ({"country": "XX"}, "/country"),
        ({"country": "001"}, "/country"),
        # Unicode's data has a name for "unknown region", but no phone number can be read as of there.
        ({"country": "ZZ"}, "/country"),
        ({"timezone": "PST"}, "/timezone"),
        ({"timezone": "America/Springfield"}, "/timezone"),
        ({"timezone": ""}, "/timezone"),
    ],
)
def test_create_store_refuses_what_does_not_exist(app: Any, changes: dict[str, str], pointer: str) -> None:
    facts = {"name": "New", "slug": "new", "currency": "USD", "country": "US", "timezone": "Europe/Berlin", **changes}
    store_id = ids.uuid7()

    with pytest.raises(Invalid) as refused, transaction(store_id):
        actions.create_store(store_id, prices_include_tax=False, **facts)

    assert refused.value.facts["pointer"] == pointer


def test_enrolment_code_is_readable_and_kept_only_as_a_digest(inside: Shop) -> None:
    register, code = new_register(inside)

    assert len(code) == 8
    assert set(code) <= set(ids.ALPHABET)
    assert register.enrolment_code_hash == ids.digest(code)
    assert register.enrolment_expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=59, seconds=59)])
def test_enrol_takes_the_code_within_an_hour(inside: Shop, later: timedelta) -> None:
    register, code = new_register(inside)

    enrolled, token = actions.enrol(code, NOW + later)

    assert enrolled.id == register.id
    assert token.startswith(f"tpr_{uuid.UUID(inside.store_id).hex}_")
    assert register.enrolment_code_hash is None


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=1)])
def test_enrol_refuses_the_code_after_an_hour(inside: Shop, later: timedelta) -> None:
    _, code = new_register(inside)

    with pytest.raises(actions.WrongEnrolmentCode):
        actions.enrol(code, NOW + later)


def test_enrol_refuses_the_code_of_a_revoked_register(inside: Shop) -> None:
    register, code = new_register(inside)
    actions.revoke(register, NOW)

    with pytest.raises(actions.WrongEnrolmentCode):
        actions.enrol(code, NOW)


def test_renew_enrolment_ends_the_code_before_it(inside: Shop) -> None:
    register, first = new_register(inside)

    second = actions.renew_enrolment(register, NOW)

    with pytest.raises(actions.WrongEnrolmentCode):
        actions.enrol(first, NOW)
    assert actions.enrol(second, NOW)[0].id == register.id


@pytest.mark.parametrize("act", [actions.renew_enrolment, lambda register, _: actions.issue_token(register)])
def test_revoked_register_gets_neither_code_nor_token(inside: Shop, act: Any) -> None:
    register, _ = new_register(inside)
    actions.revoke(register, NOW)

    with pytest.raises(actions.RegisterIsRevoked):
        act(register, NOW)


def test_revoke_may_be_repeated_and_keeps_its_first_instant(inside: Shop) -> None:
    register, _ = new_register(inside)
    actions.issue_token(register)

    actions.revoke(register, LONG_AGO)
    actions.revoke(register, NOW)

    assert register.revoked_at == LONG_AGO
    assert register.token_hash is None


def test_set_tax_rates_adds_and_changes_but_takes_nothing_away(inside: Shop) -> None:
    location = find(Location, uuid.UUID(inside.location_id))

    actions.set_tax_rates(location, {"standard": "0.09", "alcohol": "0.20"})

    assert location.tax_rates == {"alcohol": "0.2", "none": "0", "prepared": "0.1", "standard": "0.09"}


def test_tax_classes_everywhere_are_those_that_each_location_has(inside: Shop) -> None:
    assert queries.tax_classes_everywhere() == {"standard", "prepared", "none"}

    actions.create_location(name="Truck", timezone="UTC", tax_rates={"standard": "0.07", "none": "0", "alcohol": "0.2"})

    assert queries.tax_classes_everywhere() == {"standard", "none"}
