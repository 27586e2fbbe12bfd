"""Shifts raced: of two openings one opens, of two closings one closes, and what is sold meanwhile is counted once. The twins do the same
without the register's lock."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.db import db, find, rows_of, transaction
from pos.errors import ShopError
from pos.orders.lifecycle import WrongState
from pos.shifts import queries, reports
from pos.shifts.models import Shift
from tests.client import Shop
from tests.races.conftest import Web
from tests.races.test_races import new_phone, problems, statuses
from tests.races.twins import Looked, all_look_then_act, broken_rules
from tests.running import race, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

_TIMES = 12
_REPORTS = "SELECT count(*) FROM z_reports WHERE shift_id = %s"
CASH = {"method": "cash"}


def opened(shop: Shop) -> str:
    """A counted shift of the register, which is open."""
    shift = shop.get("/register/shift").json["shift"] or shop.post("/shifts", {"opening_float": 0}).json
    assert shop.post(f"/shifts/{shift['id']}/counts", {"cash": 0}).status_code == 201
    return str(shift["id"])


def test_of_many_closings_one_closes(web: Web, shop: Shop, books: Any) -> None:
    shift = opened(shop)
    sales = [lambda number=number: shop.sell(phone=new_phone(7000 + number), payment=CASH) for number in range(_TIMES)]

    answers = race([*[lambda: shop.post(f"/shifts/{shift}/close")] * _TIMES, *sales])[:_TIMES]  # type: ignore[list-item]

    assert statuses(answers) == {201: 1, 409: _TIMES - 1}
    assert problems(answers, 409) == {"/problems/wrong-state"}
    assert value(books, _REPORTS, shift) == 1
    told = [next(each for each in answers if each.status_code == 201).json]
    told.append(shop.post(f"/shifts/{opened(shop)}/close").json)
    assert sum(each["balance"]["kept"] - each["balance"]["received"] for each in told) == 0
    assert sum(each["orders"]["count"] for each in told) >= _TIMES
    assert broken_rules(web.app, shop) == set()


def test_of_many_openings_one_opens(web: Web, shop: Shop, books: Any) -> None:
    there = shop.get("/register/shift").json["shift"]
    if there:
        assert shop.post(f"/shifts/{opened(shop)}/close").status_code == 201

    answers = race([lambda: shop.post("/shifts", {"opening_float": 100})] * _TIMES)

    assert statuses(answers) == {201: 1, 409: _TIMES - 1}
    assert problems(answers, 409) == {"/problems/shift-open"}
    assert broken_rules(web.app, shop) == set()


def test_twin_without_the_lock_closes_twice(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    """Nor does the schema help here: its index is taken away, too."""
    shift = UUID(opened(unguarded))
    with superuser.cursor() as cursor:
        cursor.execute("DROP INDEX uq_z_reports_shift")
        cursor.execute("ALTER TABLE z_reports DROP CONSTRAINT uq_z_reports_store_id_register_id_sequence")

    def close(looked: Looked) -> object:
        row = find(Shift, shift)
        if row.status != "open":
            return WrongState(what="shift", state=row.status, event="closed")
        looked()
        reports.write_z(row, reports.found(row.register_id).in_time(), clock.now())
        db.session.flush()
        return "closed"

    done = all_look_then_act(committed, unguarded, [close] * 2)

    assert done == ["closed"] * 2
    assert value(superuser, _REPORTS, str(shift)) == 2
    assert "shift.closed" in broken_rules(committed, unguarded)


def test_twin_without_the_lock_meets_the_schema(committed: Flask, unguarded: Shop) -> None:
    """Whoever does not lock the register is refused by the database, with an error that is nobody's sentence."""
    register = UUID(unguarded.register_id)

    def open_one(looked: Looked) -> object:
        there = queries.open_of(register)
        looked()
        shift = Shift(register_id=register, location_id=UUID(unguarded.location_id), number=1, status="open")
        shift.opening_float, shift.opened_at = 0, clock.now()
        db.session.add(shift)
        db.session.flush()
        return there

    done = all_look_then_act(committed, unguarded, [open_one] * 2)

    assert len([each for each in done if isinstance(each, Exception) and not isinstance(each, ShopError)]) == 1
    with committed.app_context(), transaction(UUID(unguarded.store_id)) as session:
        assert len(list(session.scalars(rows_of(Shift)))) == 1
