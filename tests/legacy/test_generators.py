"""The generators of old data: the same for the same seed, and as awkward as they say."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from bench import customer_files, legacy_base, names
from pos import phone, postgres
from pos.legacy.customer_info import records

SMALL = customer_files.Asked(customers=50, orders=2)


@pytest.fixture
def cursor(server: postgres.Server, database: str) -> Iterator[Any]:
    """One transaction on a database of its own, as the owner of the tables; never committed."""
    with closing(psycopg2.connect(server.url("tappass_owner", database))) as connection, connection.cursor() as cursor:
        yield cursor


def test_customers_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    customer_files.write_lines(tmp_path / "lines", SMALL)
    customer_files.write_files(tmp_path / "files", SMALL)

    lines = (tmp_path / "lines").read_text(encoding="utf-8").splitlines()
    fewer = customer_files.records(customer_files.Asked(customers=10, orders=2))
    others = customer_files.records(customer_files.Asked(customers=50, orders=2, seed="another"))

    assert len(lines) == 50
    assert [json.loads(line) for line in lines[:10]] == list(fewer)
    assert [(tmp_path / "files" / f"customer_info_{n}.json").read_text(encoding="utf-8") for n in (1, 50)] == [
        lines[0],
        lines[49],
    ]
    assert not {json.loads(line)["phone"] for line in lines} & {other["phone"] for other in others}


def test_customers_have_numbers_and_orders_of_their_own_but_for_the_awkward_one() -> None:
    people = list(customer_files.records(SMALL))

    numbers = {phone.parse(record["phone"], "US") for record in people}
    orders = {order["id"] for record in people for order in record["orders"]}

    assert phone.parse(people[1]["phone"], "US") == phone.parse(people[2]["phone"], "US")
    assert len(numbers) == 49
    assert all(phone.is_textable(number) for number in numbers)
    assert orders == set(range(1, 101))


def test_customers_are_awkward_in_every_way_in_a_thousand() -> None:
    asked = customer_files.Asked(customers=1_000, orders=1)

    awkward = [record for record in customer_files.records(asked) if int(record["id"]) % 100 == 3]

    assert all(
        records.read(json.dumps(record).encode(), digits=2, today=date(2026, 1, 1))[1] == () for record in awkward
    )
    assert [record["phone"] for record in awkward[2:5]] == ["n/a", "555-200-0303", "206-555-HOPS"]
    assert "age" not in awkward[5]
    assert awkward[6]["orders"] == []
    assert awkward[9]["orders"][0]["id"] == 902


def test_legacy_base_is_the_same_for_the_same_seed(cursor: Any) -> None:
    counts = legacy_base.make(cursor, 50, schema="one")
    legacy_base.make(cursor, 50, schema="two")
    legacy_base.make(cursor, 50, schema="three", seed="another")

    assert counts["orders"] == 150
    for table in legacy_base.TABLES:
        assert _rows(cursor, "one", table) == _rows(cursor, "two", table)
        assert _rows(cursor, "one", table) != _rows(cursor, "three", table)


def test_legacy_base_holds_what_a_unification_must_see(cursor: Any) -> None:
    counts = legacy_base.make(cursor, 50)

    cursor.execute("SELECT email, phone, first_name, user_id FROM customers")
    cards = cursor.fetchall()
    cursor.execute(
        "SELECT c.email, u.email FROM customers c JOIN users u ON u.id = c.user_id WHERE c.email <> lower(u.email)"
    )
    crossed = {(card, user) for card, user in cursor.fetchall() if card in CIRCLES}
    cursor.execute("INSERT INTO users (email, password_hash) VALUES ('new', 'x') RETURNING id")
    (new,) = cursor.fetchone()
    cursor.execute("SELECT count(*) FROM customers WHERE user_id = %s", (new,))

    assert counts["customers"] > 50 > counts["users"]
    assert sum(1 for email, number, _, user in cards if email is number is user is None) == 1
    assert len(crossed) == 5
    assert cursor.fetchone() == (1,)


def test_legacy_base_numbers_people_as_the_files_do(cursor: Any) -> None:
    """So whoever is generated in both is one person of one store."""
    legacy_base.make(cursor, 50)

    cursor.execute(
        "SELECT substring(email from '[0-9]+')::int, phone FROM users WHERE email NOT LIKE 'second%' AND phone <> 'none'"
    )
    found = {person: phone.parse(number, "US") for person, number in cursor.fetchall() if person != 7}

    assert len(found) > 25
    assert found == {person: f"+1{names.number(person, names.shift('tappass'))}" for person in found}


CIRCLES = {f"person{person}@example.net" for person in (21, 22, 31, 32, 33)}


def _rows(cursor: Any, schema: str, table: str) -> list[Any]:
    cursor.execute(f"SELECT t::text FROM {schema}.{table} t ORDER BY id")
    return cursor.fetchall()
