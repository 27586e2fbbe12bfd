"""A shop moves from the chat service: its folder is taken in, looked at over HTTP, taken in again, and what was damaged is mended."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask

from pos.legacy.customer_info import records
from pos.legacy.customer_info.fields import Unfit
from tests.client import Shop
from tests.legacy import damage
from tests.legacy.importing import became, count, customer, digests, orders, rows
from tests.loyalty.members import program

SEED = Path(__file__).parents[2] / "seed" / "customer_info"
LEVELS = [
    {"name": name, "points": points, "multiplier": "1"}
    for name, points in (("bronze", 0), ("gold", 500), ("platinum", 5000))
]


def flask(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=words)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result


def take_in(app: Flask, shop: Shop, path: Path, *options: str) -> Result:
    return flask(app, "import", "customer-info", str(path), "--store", shop.slug, *options)


def assert_books_hold(app: Flask, shop: Shop) -> None:
    audit = flask(app, "audit", "--store", shop.slug)
    assert (audit.exit_code, " 0 violation(s)" in audit.output) == (0, True), audit.output


def test_folder_of_the_chat_service_becomes_customers(app: Flask, shop: Shop) -> None:
    program(shop, levels=LEVELS)

    # The owner looks first: nothing is written.
    empty = digests(shop)
    dry = take_in(app, shop, SEED, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert digests(shop) == empty

    # Then all of it is taken in, with the figures that were told.
    first = take_in(app, shop, SEED, "--as-of", "2025-10-01")
    assert first.exit_code == 0, first.output
    assert figures(first) == figures(dry)
    assert "14 records read" in first.output
    assert_books_hold(app, shop)

    # Who is asked for by phone is there, with level, age and what they bought, food and merch.
    ines = customer(shop, "206-555-0131")
    assert (ines["name"], ines["email"], ines["member"]["level"]) == ("Ines Moreau", "ines.moreau@example.com", "gold")
    assert (ines["profile"]["age"], ines["profile"]["age_source"]) == (34, "recorded")
    assert (ines["profile"]["age_recorded_on"], ines["marketing_consent"]) == ("2025-10-01", None)
    bought = orders(shop, ines)
    assert {each["source"] for each in bought} == {"import"}
    assert {each["kind"] for each in bought} == {"food", "merch"}
    assert ines["total_spent"] == sum(each["total"] for each in bought) == told_total("1")

    # One of two who share a number has it; one person with two old ids is one, with the higher level.
    viktor, alma = customer(shop, "206-555-0132"), became(shop, 3)
    assert (viktor["name"], alma["name"], alma["phone"], alma["member"]) == ("Viktor Lund", "Alma Lund", None, None)
    assert alma["profile"]["phone_recorded"] == "+12065550132"
    zoe = became(shop, 4)
    assert (became(shop, 5)["id"], zoe["member"]["level"], zoe["order_count"]) == (zoe["id"], "platinum", 4)
    assert became(shop, 8)["profile"]["phone_recorded"] == "n/a"
    kinds = Counter(item["kind"] for item in shop.get("/attention-items", as_="owner").json["data"])
    assert kinds == {"shared_phone": 2, "unusable_phone": 4}
    assert {count(shop, table) for table in ("messages", "consents")} == {0}

    # The next day it is run once more, by mistake: nothing changes.
    before = digests(shop)
    second = take_in(app, shop, SEED)
    assert second.exit_code == 0
    assert second.output.endswith("0 changes: all of it was taken in before.\n")
    assert digests(shop) == before

    # And the counter goes on with them.
    shop.sell(phone="206-555-0131", payment={"method": "card"})
    assert customer(shop, "206-555-0131")["order_count"] == len(bought) + 1
    assert_books_hold(app, shop)


def figures(result: Result) -> list[str]:
    """The lines with figures, but for the rate."""
    return [line for line in result.output.splitlines() if line.startswith("   ") and "a second" not in line]


def told_total(old_id: str) -> int:
    record = json.loads((SEED / f"customer_info_{old_id}.json").read_text(encoding="utf-8"))
    return sum(round(each["total"] * 100) for each in record["orders"])


def test_damaged_file_is_rejected_by_the_line_and_mended(app: Flask, shop: Shop, tmp_path: Path) -> None:
    expected, rejects = damage.expected(), tmp_path / "rejects.jsonl"

    # The rest goes on: what is wrong is listed by line and field, and the exit code says so.
    first = take_in(app, shop, damage.DAMAGED, "--rejects", str(rejects))
    assert first.exit_code == 1
    listed = [json.loads(line) for line in rejects.read_bytes().splitlines()]
    assert Counter((row["line"], row["field"]) for row in listed) == Counter(
        (line, field) for line, named in expected.items() for field in named
    )
    assert all(row["file"] == damage.DAMAGED.name and row["reason"] for row in listed)
    lines = damage.DAMAGED.read_bytes().split(b"\n")
    whole = {
        line
        for line, named in expected.items()
        if all(field.startswith("orders[") for field in named) and lines[line - 1].strip()
    }
    assert count(shop, "customers") == len(whole)
    assert_books_hold(app, shop)

    # What was taken in stays as it is, and what was rejected is rejected again.
    before = digests(shop)
    second = take_in(app, shop, damage.DAMAGED, "--rejects", str(tmp_path / "again.jsonl"))
    assert second.exit_code == 1
    assert digests(shop) == before
    assert (tmp_path / "again.jsonl").read_bytes() == rejects.read_bytes()

    # Each row is mended in its place, and the file is imported like any other: now nothing is missing.
    for row in listed:
        mend(row, expected[row["line"]])
    mended = tmp_path / "mended.jsonl"
    mended.write_text("\n".join(json.dumps(row) for row in listed), encoding="utf-8")
    third = take_in(app, shop, mended)
    assert third.exit_code == 0, third.output
    assert count(shop, "customers") == len(whole | {row["line"] for row in listed})
    told = rows(shop, "SELECT external_id FROM source_ids WHERE store_id = :store AND kind = 'order'")
    assert len(told) == len(set(told)) == sum(orders_of(lines[line - 1]) for line in expected)
    assert_books_hold(app, shop)


def mend(row: dict[str, Any], fields: tuple[str, ...]) -> None:
    """Puts right what is wrong with a row's record, as whoever looks after the export would."""
    right, index = good(row["line"]), re.match(r"orders\[(\d+)\](?:\.(\w+))?", row["field"])
    if index and isinstance(row["record"], str):  # half of a sign stands in it, which JSON alone can bear
        whole = json.loads(row["record"])
        row["record"] = whole | {"orders": [whole["orders"][int(index[1])]]}
    record = row["record"] = row["record"] if isinstance(row["record"], dict) else right
    if index:
        bought = right["orders"][0] | {"id": 10 * row["line"] + int(index[1])}
        record["orders"] = [record["orders"][0] | {index[2]: bought[index[2]]} if index[2] else bought]
    else:
        record.update({field: right[field] for field in fields if field})


def good(line: int) -> dict[str, Any]:
    """The record of a line that cannot be read, as it should have been."""
    bought = {
        "id": 10 * line,
        "productId": 1,
        "quantity": 1,
        "total": 7.0,
        "unitprice": 7.0,
        "date": "2/10/2025",
        "name": "House IPA",
    }
    own = {"firstName": "Lena", "lastName": "Frank", "age": 33, "email": "lena@example.com", "membership": "Base"}
    return own | {"id": f"d{line}", "orders": [bought]}


def orders_of(line: bytes) -> int:
    """How many orders a line of the damaged file tells of; one if that cannot be read, as it is mended."""
    if not line.strip():
        return 0
    try:
        told = records.record_of(line)["orders"]
    except Unfit:
        return 1
    return len(told) if isinstance(told, list) else 1
