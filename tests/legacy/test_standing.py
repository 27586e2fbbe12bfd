"""What `flask doctor` says of older systems."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from pos import clock, doctor
from pos.db import transaction
from pos.legacy.models import LegacyReader, Unification
from tests.client import Shop


def legacy(app: Flask) -> doctor.Finding | None:
    return doctor._looked(doctor._legacy, app.config["SETTINGS"])


def test_doctor_says_nothing_of_older_systems_where_there_are_none(app: Flask) -> None:
    assert legacy(app) is None


@pytest.mark.parametrize(
    ("state", "days", "told"),
    [
        ("carrying", 0, (True, "a move of old tables into hops is under way since")),
        ("carrying", 1, (False, "run `unify` again")),
        ("unified", 29, (True, "it can be taken back until")),
        ("unified", 31, (True, "the backups of hops's old tables may be dropped since")),
    ],
)
def test_doctor_tells_of_a_move_that_is_not_at_its_end(
    app: Flask, shop: Shop, state: str, days: int, told: tuple[bool, str]
) -> None:
    since = clock.now() - timedelta(days=days)
    with transaction(UUID(shop.store_id)) as session:
        session.add(
            Unification(
                place="elsewhere", state=state, created_at=since, unified_at=since if state == "unified" else None
            )
        )

    found = legacy(app)

    is_fine, words = told
    assert found is not None
    assert (found.subject, found.is_fine) == ("legacy", is_fine)
    assert words in found.detail


def test_doctor_lists_readers_and_misses_their_logins(app: Flask, shop: Shop, other_shop: Shop) -> None:
    for each, name in ((shop, "tappass_report"), (other_shop, "gone")):
        with transaction(UUID(each.store_id)) as session:
            session.add(LegacyReader(role_name=name))

    found = legacy(app)

    assert found is not None
    assert not found.is_fine
    assert "hops is read by tappass_report; cafe's readers gone have no login on this server" in found.detail


def test_doctor_says_whether_the_guard_stands(app: Flask) -> None:
    found = doctor._guards(app.config["SETTINGS"])

    assert (found.is_fine, found.detail) == (True, "event triggers refuse to drop or unguard the protected tables")
