"""The end of a move: backups go when the sheet is clean and thirty days are over, and nothing else ever goes."""

import psycopg2.errors
import pytest

from tests.legacy.unification.old import OLD_TABLES, Town

BACKUPS = {*(f"backup_{table}" for table in OLD_TABLES), "backup_about"}


def tables(town: Town) -> set[str]:
    """Of the old base."""
    return {name for (name,) in town.old("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'legacy'::regnamespace")}  # fmt: skip


def unified_days_ago(town: Town, days: int) -> None:
    town.books("UPDATE unifications SET unified_at = now() - %s * interval '1 day'", [days])


def test_finish_waits_for_thirty_days_and_drops_the_backups_alone(town: Town) -> None:
    town.done("unify")
    unified_days_ago(town, 29)
    early = town.legacy("finish")
    kept, dump, books = tables(town), town.dump(), town.digests("true")

    unified_days_ago(town, 31)
    said = town.done("finish")

    assert early.exit_code == 1
    assert "The backups are kept for 30 days, until 20" in early.stderr
    assert kept == {*OLD_TABLES} | BACKUPS
    assert said == "The backups are dropped.\n"
    assert tables(town) == {*OLD_TABLES}
    assert town.dump() == dump
    assert {table for table, told in town.digests().items() if told != books[table]} == {"unifications", "audit_log"}
    assert town.books("SELECT state, finished_at IS NOT NULL FROM unifications") == [("finished", True)]


def test_finish_now_does_not_wait_but_wants_a_clean_sheet(town: Town) -> None:
    town.done("unify")
    town.old("UPDATE customers SET city = 'Lagos' WHERE id = 3")
    dirty = town.legacy("finish", "--now")
    kept = tables(town)
    town.old("UPDATE customers SET city = 'Portland' WHERE id = 3")

    town.done("finish", "--now")
    afterwards = [
        town.legacy(*words) for words in (("rollback", "--yes"), ("verify",), ("finish", "--now"), ("unify",))
    ]

    assert dirty.exit_code == 1
    assert "The balance sheet has differences that no rule explains" in dirty.stderr
    assert kept > BACKUPS
    assert [result.exit_code for result in afterwards] == [1] * 4
    assert [result.stderr.partition("There is no move of this store ")[2] for result in afterwards[:3]] == [
        "to take back.\n", "to prove.\n", "to finish.\n",
    ]  # fmt: skip
    assert "These tables were made one on " in afterwards[3].stderr


def test_finish_after_the_way_back_drops_what_was_kept_aside(town: Town) -> None:
    town.done("unify")
    town.done("rollback", "--yes")
    kept, dump = tables(town), town.dump()

    town.done("finish")

    assert kept == {*OLD_TABLES} | BACKUPS | {"carried_back", "overwritten_rows"}
    assert tables(town) == {*OLD_TABLES}
    assert town.dump() == dump


def test_guard_of_the_books_stands_through_all_of_it(town: Town) -> None:
    def dropped() -> str:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege) as refused:
            town.old("DROP TABLE public.orders CASCADE")
        return str(refused.value.diag.message_primary)

    said = [dropped()]
    for words in (("unify",), ("rollback", "--yes"), ("unify",), ("finish", "--now")):
        town.done(*words)
        said.append(dropped())

    assert said == ["the table orders is protected: it holds the books"] * 5
