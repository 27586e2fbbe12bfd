"""The samples of older systems in seed/: enough of them, and as their descriptions say."""

import json
from contextlib import closing
from datetime import date

import psycopg2

from bench import names
from pos import postgres
from pos.legacy.customer_info import records
from tests.legacy import damage

TODAY = date(2026, 1, 1)
CHECKS = {
    "SELECT count(*) FROM users": 10,
    "SELECT count(*) FROM customers WHERE user_id IS NULL": 2,
    "SELECT count(*) FROM customers": 13,
    "SELECT count(*) FROM orders": 25,
    "SELECT count(*) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.id IS NULL": 0,
    "SELECT count(*) FROM users u LEFT JOIN customers c ON c.user_id = u.id WHERE c.id IS NULL": 0,
}


def test_rows_of_the_older_tables_answer_the_old_queries(server: postgres.Server, database: str) -> None:
    """In a schema that only search_path names."""
    with closing(psycopg2.connect(server.url("tappass_owner", database))) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA older; SET search_path = older")
        for name in ("schema", "rows"):
            cursor.execute((names.SEED / "legacy" / f"{name}.sql").read_text(encoding="utf-8"))

        answers = {}
        for query in CHECKS:
            cursor.execute(query)
            answers[query] = cursor.fetchone()[0]

    assert answers == CHECKS


def test_samples_of_customers_name_no_number_that_somebody_could_have() -> None:
    files = sorted((names.SEED / "customer_info").glob("*.json"))

    samples = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    numbers = ["".join(sign for sign in sample["phone"] if sign.isdigit()) for sample in samples]

    assert len(samples) == 14
    assert [file.stem for file in files] == [f"customer_info_{sample['id']}" for sample in samples]
    assert all(
        "55501" in number or number.startswith("4420794600") or "555123" in number
        for number in numbers
        if len(number) >= 10
    )


def test_no_sample_of_a_customer_is_refused() -> None:
    for file in sorted((names.SEED / "customer_info").glob("*.json")):
        told, faults = records.read(file.read_bytes(), digits=2, today=TODAY)

        assert told is not None, file.name
        assert faults == (), file.name


def test_each_damaged_line_is_told_by_its_field() -> None:
    expected, lines = damage.expected(), damage.DAMAGED.read_bytes().split(b"\n")

    found = {number: _told(line) for number, line in enumerate(lines, start=1)}

    assert found == expected
    assert {len(lines)} == {len(expected)}
    for line, _ in damage.too_large_to_keep():
        assert records.read(line, digits=2, today=TODAY)[0] is None


def _told(line: bytes) -> tuple[str, ...]:
    """The fields that are named; empty lines are passed over by whoever reads files."""
    return tuple(fault.field for fault in records.read(line, digits=2, today=TODAY)[1]) if line.strip() else ()
