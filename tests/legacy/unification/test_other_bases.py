"""A move and a base that is not its own, or of which another store has the backups: nothing is read there, nothing is changed."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from tests import databases
from tests.legacy.unification.old import Town, plant

EACH = (("unify",), ("verify",), ("rollback", "--yes"), ("finish", "--now"))
OTHER_BASE = "Old ids are only true of the base that they come from, so name that one with --source."
MISSING = "are no backups of this store's move, so nothing can be proven or put back from them."


@pytest.fixture
def other(town: Town) -> Iterator[Town]:
    """The same rows with the same ids in another database."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with closing(psycopg2.connect(town.server.url("postgres", "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} OWNER tappass_owner TEMPLATE template0 STRATEGY WAL_LOG")
    plant(town.server, name)
    yield Town(town.app, town.shop, town.server, town.database, name)
    databases.drop(town.server, name)


def test_move_goes_on_in_no_other_base_and_not_without_its_backups(town: Town, other: Town) -> None:
    source = ("--source", town.server.url("tappass_owner", other.place))
    town.done("unify")
    unified = _state(town, other)

    while_unified = [town.legacy(*words, *source).stderr for words in EACH]
    after = _state(town, other)
    town.old("ALTER TABLE backup_about RENAME TO mislaid")
    without_backups = [town.legacy(*words).stderr for words in EACH[1:]]
    town.old("ALTER TABLE mislaid RENAME TO backup_about")
    after_that = _state(town, other)
    town.done("rollback", "--yes")
    rolled_back = _state(town, other)
    while_rolled_back = [town.legacy(*words, *source).stderr for words in EACH]

    assert (after, after_that, _state(town, other)) == (unified, unified, rolled_back)
    assert unified[0] == 922
    assert "These tables were made one on " in while_unified[0]
    assert all(OTHER_BASE in said for said in (*while_unified[1:], while_rolled_back[0])), while_unified
    assert all(MISSING in said for said in without_backups), without_backups
    assert all("There is no move of this store to " in said for said in while_rolled_back[1:])


def test_finish_after_the_way_back_leaves_the_backups_of_another_store_alone(town: Town) -> None:
    def cafe(*words: str) -> Any:
        return town.app.test_cli_runner().invoke(args=["legacy", *words, "--store", "cafe"])

    town.done("unify")
    town.done("rollback", "--yes")
    early = cafe("unify")
    town.done("finish")
    moved = cafe("unify")
    before = town.digests(), town.dump()

    refused = [town.legacy(*words) for words in (("finish",), ("finish", "--now"), ("rollback", "--yes"), ("unify",))]

    assert (early.exit_code, moved.exit_code) == (1, 0), moved.output
    assert [result.exit_code for result in refused] == [1] * 4
    assert (town.digests(), town.dump()) == before
    assert cafe("verify").output.endswith("Clean.\n")
    assert cafe("rollback", "--yes").exit_code == 0


def _state(town: Town, other: Town) -> tuple[Any, ...]:
    return town.points(), town.digests(), town.dump(), other.dump(), other.old("SELECT to_regclass('backup_about')")
