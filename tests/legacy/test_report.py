"""What a run tells at its end: figures first, then what to do."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.legacy.customer_info.reading import Piece
from pos.legacy.customer_info.records import read
from pos.legacy.customer_info.rejects import CannotWrite
from pos.legacy.customer_info.report import MOST_NAMES, MOST_SHOWN, Report
from pos.legacy.customer_info.taking import OddTotal, Taken
from tests.legacy.telling import TODAY, customer, order, written


@pytest.fixture
def report(tmp_path: Path) -> Iterator[Report]:
    report = Report.at(tmp_path / "rejects.jsonl", 2)
    yield report
    report.close()


def count(report: Report, record: object, *, file: str = "a.json") -> Piece:
    """Lets a record be counted."""
    piece = Piece(file, 1, written(record), None, 100)
    report.count(piece, *read(written(record), digits=2, today=TODAY))
    return piece


def page(report: Report) -> str:
    return "\n".join(report.page("flask …", 0.5))


def test_page_tells_figures_then_what_to_do(report: Report, tmp_path: Path) -> None:
    piece = count(report, customer(order(), order(id=30, total="x", quantity=0), tier=2))
    count(report, customer(age="old"), file="b\u001b[2J.json")
    odd = [OddTotal("1", "29", 70000, 100001)]
    report.add(Taken(made=1, orders=1234, members=1, unusable=1, odd_totals=odd), {"1": piece})

    shown = page(report)

    assert (
        shown
        == f"""\
         2 records read, 4 a second
         1 customer made
         1 member made
     1,234 orders taken in
         1 customer without a usable number
         1 total does not add up: kept as recorded
         1 field passed over: 'tier' (1)
         1 record rejected
         1 order rejected, not its customer

a.json:1 orders[1].quantity: This is no quantity. Write a whole number from 1 to 1,000,000.
a.json:1 orders[1].total: This is no amount. Write a number without quotes, such as 700.0.
'b\\x1b[2J.json':1 age: This is no age. Write a whole number from 0 to 130, or null if it is not known.

The totals that do not add up are in {tmp_path}/rejects-totals.jsonl.
The attention items say who has no number of their own (GET /api/v1/attention-items).
What was rejected is in {tmp_path}/rejects.jsonl, a line for each fault: mend `record` in it, then run
  flask …"""
    )
    assert report.has_rejects
    assert report.read_bytes == 200


NAMED = "Novak"
UNFIT = [
    *({field: value} for field in ("age", "membership", "orders") for value in (NAMED, f"{NAMED}, ada@example.com")),
    {"email": NAMED},
    {"id": [NAMED], "phone": {NAMED: 1}, "firstName": [NAMED], "address": 7},
    {"firstName": NAMED * 30, "lastName": f"{NAMED}\0"},
    {"orders": [NAMED, order(id=NAMED), order(id=NAMED, total=1)]},
    {"orders": [order(**{field: NAMED}) for field in ("productId", "quantity", "unitprice", "total", "date")]},
    {"orders": [order(**{field: [NAMED]}) for field in ("id", "productId", "name", "brand", "date")]},
]
RAW = [f'"{NAMED}"', f"[{NAMED}", f'{{"{NAMED}": 1, "{NAMED}": 2}}', f'{{"a": {NAMED}}}']


@pytest.mark.parametrize(
    "content", [*(written(customer(**record)) for record in UNFIT), *(raw.encode() for raw in RAW)]
)
def test_page_tells_rules_and_no_value(report: Report, content: bytes) -> None:
    told, faults = read(content, digits=2, today=TODAY)
    report.count(Piece("a.json", 1, content, None, 100), told, faults)

    shown = page(report)

    assert faults
    assert shown.count("\na.json:1 ") == len(faults)
    assert NAMED not in shown


def test_page_says_that_nothing_changed(report: Report) -> None:
    nothing = page(report)
    piece = count(report, customer())
    report.add(Taken(unchanged=1), {"1": piece})

    assert nothing.endswith("\n0 changes: there was nothing in it.")
    assert page(report).endswith("\n0 changes: all of it was taken in before.")
    assert not report.has_rejects


def test_page_does_not_call_done_what_was_broken_off(report: Report) -> None:
    report.add(Taken(made=1), {})
    whole = page(report)
    report.was_broken_off = True

    assert whole.endswith("\nDone. The same command once more would change nothing.")
    assert page(report).endswith("1 customer made\n")


def test_page_shows_some_of_many(report: Report) -> None:
    for number in range(MOST_SHOWN + 3):
        count(report, customer(age="old", id=number))
    count(report, customer(**{f"field{number:03}": 1 for number in range(MOST_NAMES + 5)}))

    shown = page(report)

    assert shown.count("is no age") == MOST_SHOWN
    assert "\n… and 3 more\n" in shown
    assert shown.count("'field") == MOST_NAMES
    assert f"{MOST_NAMES + 5} fields passed over: 'field000' (1), " in shown


def test_totals_are_written_as_they_were_told(report: Report, tmp_path: Path) -> None:
    odd = OddTotal("1", "29", 69999, 7)
    report.add(Taken(odd_totals=[odd]), {"1": Piece("a.json", 4, b"", None, 0)})

    path = tmp_path / "rejects-totals.jsonl"
    (row,) = (json.loads(line) for line in path.read_text().splitlines())

    assert row == {"file": "a.json", "line": 4, "id": "1", "order": "29", "recorded": 699.99, "computed": 0.07}
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "rejects.jsonl").exists()


def test_report_takes_the_place_of_no_file(tmp_path: Path) -> None:
    (tmp_path / "rejects-totals.jsonl").write_text("")

    with pytest.raises(CannotWrite, match="already"):
        Report.at(tmp_path / "rejects.jsonl", 2)
