"""What the commands say to an old base that is not as it should be, and with which code they end."""

from contextlib import closing
from typing import Any

import psycopg2
import pytest
from flask import Flask

from pos import postgres
from tests.legacy.unification.old import Town

COMMANDS = ("plan", "unify", "verify", "rollback", "finish")
LOOSE = "ALTER TABLE orders DROP CONSTRAINT orders_status_check, ALTER total DROP NOT NULL;"


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_need_the_old_tables(committed: Flask, server: postgres.Server, command: str) -> None:
    result = committed.test_cli_runner().invoke(args=["legacy", command, "--store", "hops"])

    assert result.exit_code == 1
    assert (
        "schema public the tables customer_profiles, user_profiles are missing. Load the older system's dump"
        in result.stderr
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DROP TABLE user_profiles", "schema legacy the tables user_profiles are missing."),
        (f"{LOOSE} UPDATE orders SET status = 'lost' WHERE id = 7", "no date, no total or one below nothing: orders:7."),
        ("UPDATE orders SET total = -1 WHERE id IN (7, 8)", "orders:7, orders:8. Mend them there."),
        ("UPDATE orders SET total = 'NaN' WHERE id = 7", "orders:7."),
        (f"{LOOSE} UPDATE orders SET total = NULL WHERE id = 7", "orders:7."),
        ("UPDATE orders SET created_at = NULL, updated_at = NULL WHERE id = 7", "no date"),
        ("UPDATE orders SET created_at = 'infinity' WHERE id = 7", "orders:7."),
        ("UPDATE orders SET created_at = '20000-01-01' WHERE id = 7", "orders:7."),
        ("ALTER TABLE users DROP COLUMN phone", "The old base does not let this be done: column \"phone\" does not exist"),
    ],
)  # fmt: skip
def test_plan_and_unify_refuse_what_nobody_can_guess(town: Town, change: str, sentence: str) -> None:
    town.old(change)
    before = town.digests()

    results = [town.legacy(command) for command in ("plan", "unify")]

    assert [result.exit_code for result in results] == [1, 1]
    assert all(sentence in result.stderr for result in results), results[1].stderr
    assert town.digests() == before
    assert town.old("SELECT to_regclass('backup_about')") == [(None,)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["plan"], "There are 2 active stores; name one of them with --store"),
        (["plan", "--store", "nowhere"], "There is no store with the slug 'nowhere'."),
        (["unify", "--store", "hops", "--source", "postgresql://127.0.0.1:1/old"], "The database is out of reach: "),
        (["unify", "--store", "hops", "--source", "nonsense"], "What --source names is no address of a database."),
        (
            ["unify", "--store", "hops", "--source", "postgresql+psycopg2://me:password@/old"],
            "is no address of a database.",
        ),
        (["verify", "--store", "hops"], "There is no move of this store to prove."),
        (["rollback", "--store", "hops", "--yes"], "There is no move of this store to take back."),
        (["finish", "--store", "hops"], "There is no move of this store to finish."),
    ],
)
def test_commands_refuse_with_a_sentence(module_town: Town, words: list[str], sentence: str) -> None:
    result = module_town.app.test_cli_runner().invoke(args=["legacy", *words])

    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "password" not in result.stderr


def test_second_store_is_kept_from_backups_that_are_not_its_own(town: Town) -> None:
    town.done("unify")
    before = town.digests(), town.dump()

    results = [
        town.app.test_cli_runner().invoke(args=["legacy", *words, "--store", "cafe"])
        for words in (["unify"], ["verify"], ["rollback", "--yes"], ["finish", "--now"])
    ]

    assert [result.exit_code for result in results] == [1] * 4
    assert "are of another store's move. Finish that one first." in results[0].stderr
    assert (town.digests(), town.dump()) == before


@pytest.mark.slow
def test_unify_gives_way_to_a_writer_after_five_seconds_and_readers_go_on(town: Town, server: postgres.Server) -> None:
    with closing(psycopg2.connect(server.url("tappass_owner", town.database))) as writer, writer.cursor() as cursor:
        cursor.execute("UPDATE legacy.customers SET city = 'Lagos' WHERE id = 3")

        refused = town.legacy("unify")
        planned = town.legacy("plan")
        read: list[Any] = town.old("SELECT count(*) FROM customers")

    assert refused.exit_code == 1
    assert "Somebody writes in them for longer than five seconds. Stop the older system first" in refused.stderr
    assert planned.exit_code == 0
    assert read == [(13,)]
    assert town.legacy("unify").exit_code == 0


def test_readers_go_on_while_a_move_holds_the_tables(town: Town, server: postgres.Server) -> None:
    """The lock that `unify` takes, held by somebody who takes their time."""
    with closing(psycopg2.connect(server.url("tappass_owner", town.database))) as mover, mover.cursor() as cursor:
        cursor.execute("LOCK TABLE legacy.users, legacy.customers, legacy.orders IN SHARE ROW EXCLUSIVE MODE")

        read = town.old("SET lock_timeout = '1s'; SELECT count(*) FROM customers JOIN users ON users.id = user_id")
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            town.old("SET lock_timeout = '50ms'; UPDATE customers SET city = 'Lagos' WHERE id = 3")

    assert read == [(11,)]
