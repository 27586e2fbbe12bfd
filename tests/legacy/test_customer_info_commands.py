"""flask import customer-info: what it says, how it exits, and what it leaves behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from pos.legacy.customer_info import flows
from tests.client import Shop
from tests.legacy.importing import rows
from tests.legacy.telling import customer, order, written


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder with one customer, who bought something once."""
    folder = tmp_path / "export"
    folder.mkdir()
    tell(folder, customer(order()))
    return folder


def tell(folder: Path, record: Any, name: str = "customer_info_1.json") -> None:
    (folder / name).write_bytes(record if isinstance(record, bytes) else written(record))


def run(app: Flask, shop: Shop, path: Path, *options: str) -> Result:
    words = ("import", "customer-info", str(path), "--store", shop.slug, *options)
    with app.app_context():
        result = app.test_cli_runner().invoke(args=words)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result


def test_import_takes_in_once_what_is_told_twice(app: Flask, shop: Shop, export: Path) -> None:
    first = run(app, shop, export)
    second = run(app, shop, export)

    assert first.exit_code == second.exit_code == 0
    assert "1 customer made" in first.output
    assert "1 order taken in" in first.output
    assert "0 changes: all of it was taken in before." in second.output


def test_import_keeps_batches_of_many_orders_short(app: Flask, shop: Shop, export: Path) -> None:
    counts = (flows.MOST_ORDERS // 2, flows.MOST_ORDERS // 2 + 1, 3)
    (export / "customer_info_1.json").unlink()
    for person, bought in enumerate(counts):
        many = [order(id=1000 * person + number) for number in range(bought)]
        tell(export, customer(*many, id=person, phone=f"415-555-010{person}"), f"customer_{person}.json")

    run(app, shop, export)

    taken = rows(
        shop, "SELECT after FROM audit_log WHERE store_id = :store AND action = 'import.customer_info' ORDER BY id"
    )
    assert [(each["made"], each["orders"]) for (each,) in taken] == [(1, counts[0]), (2, sum(counts[1:]))]


def test_dry_run_counts_and_writes_nothing(app: Flask, shop: Shop, export: Path) -> None:
    tell(export, customer(id=2, age="old"), "customer_info_2.json")

    dry = run(app, shop, export, "--dry-run", "--rejects", str(export / "dry-rejects.out"))
    real = run(app, shop, export, "--rejects", str(export / "rejects.out"))

    assert dry.exit_code == real.exit_code == 1
    assert dry.output.startswith(f"{shop.slug}, as it would be: nothing was written\n")
    assert dry.output.count("1 customer made") == real.output.count("1 customer made") == 1
    assert (export / "dry-rejects.out").read_bytes() == (export / "rejects.out").read_bytes()


def test_rejects_are_mended_and_imported(app: Flask, shop: Shop, export: Path) -> None:
    tell(export, customer(order(), order(id=30, quantity=0)))
    rejects = export.parent / "rejects.jsonl"

    damaged = run(app, shop, export, "--rejects", str(rejects), "--as-of", "2024-01-31")
    row = json.loads(rejects.read_bytes())
    row["record"]["orders"][0]["quantity"] = 2
    rejects.write_text(json.dumps(row))
    mended = run(app, shop, rejects)

    assert damaged.exit_code == 1
    assert damaged.output.endswith(
        f"\n  flask --app wsgi import customer-info {rejects} --store {shop.slug} --as-of 2024-01-31\n"
    )
    assert row["field"] == "orders[1].quantity"
    assert mended.exit_code == 0
    assert "1 order taken in" in mended.output
    assert "customer made" not in mended.output


def test_rejects_go_where_the_data_is(app: Flask, shop: Shop, export: Path) -> None:
    tell(export, b"{")

    shown = run(app, shop, export).output

    folder = app.config["SETTINGS"].data_dir / "imports"
    (path,) = (word.rstrip(",") for word in shown.split() if word.startswith(str(folder)) and word.endswith(","))
    assert json.loads(Path(path).read_bytes())["record"] == "{"


def test_progress_is_said_on_stderr_alone(app: Flask, shop: Shop, export: Path) -> None:
    (export / "all.jsonl").write_bytes(b"{}\n" * 10_001)

    result = run(app, shop, export, "--rejects", str(export / "rejects.out"))

    assert result.stderr.startswith("10,000 records, ")
    assert result.stderr.endswith(" % …\n")
    assert "10,001 records rejected" in result.stdout
    assert "10,000 records, " not in result.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--rejects", "{export}/customer_info_1.json"], "Error: {export}/customer_info_1.json is there already."),
        (["--rejects", "."], "Error: . is a folder. Name a file with --rejects."),
        (["--rejects", "/"], "Error: / is a folder. Name a file with --rejects."),
        (["--rejects", "{export}/.."], "Error: {export}/.. is a folder."),
        (
            ["--rejects", "{export}/" + "a" * 300],
            "cannot be written: File name too long. Name another file with --rejects",
        ),
        (["--rejects", "{export}/" + "a" * 245], "-totals.jsonl cannot be written: File name too long."),
        (
            ["--rejects", "{export}/customer_info_1.json/r"],
            "customer_info_1.json/r cannot be written: Not a directory. Name another",
        ),
        (["--rejects", "/proc/new/r"], "Error: /proc/new/r cannot be written: "),
        (["--as-of", "0001-01-01"], "0001-01-01 is too long ago; ages can be from 1970-01-01 on."),
        (["--location", ""], "There is no location named ''"),
        (["--store", ""], "There is no store with the slug ''."),
        (["--as-of", "2999-01-01"], "2999-01-01 has not been yet; today is "),
        (["--as-of", "yesterday"], "'yesterday' does not match the format"),
        (["--location", "Moon"], "There is no location named 'Moon' with this id in this store."),
        (["--store", "nowhere"], "There is no store with the slug 'nowhere'."),
    ],
)
def test_import_refuses_with_a_sentence(
    app: Flask, shop: Shop, export: Path, options: list[str], sentence: str
) -> None:
    result = run(app, shop, export, *(word.format(export=export) for word in options))

    assert result.exit_code in (1, 2)
    assert sentence.format(export=export) in result.output


def test_import_refuses_a_path_with_nothing(app: Flask, shop: Shop, tmp_path: Path) -> None:
    result = run(app, shop, tmp_path / "nowhere")
    too_long = run(app, shop, tmp_path / ("a" * 300))

    assert result.exit_code == too_long.exit_code == 1
    assert result.output.startswith("Error: There is nothing at ")
    assert "aaa cannot be read: File name too long." in too_long.output


def test_import_asks_for_the_store_where_there_are_several(app: Flask, shops: object, export: Path) -> None:
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["import", "customer-info", str(export)])

    assert result.exit_code == 1
    assert "name one of them with --store" in result.output
