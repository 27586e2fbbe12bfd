"""A base with all that goes wrong in four hundred people: duplicates, circles, shared numbers, orphans, spoiled texts."""

from bench import legacy_base
from pos import postgres
from tests.legacy.unification.old import OLD_TABLES, Town, sheet, writing

PEOPLE = 400


def test_generated_base_goes_there_and_back_and_there(town: Town, server: postgres.Server) -> None:
    town.old("DROP SCHEMA legacy CASCADE")
    with writing(server.url("tappass_owner", town.database), "legacy") as cursor:
        counts = legacy_base.make(cursor, PEOPLE)
    before = town.dump()

    town.done("plan")
    town.done("unify")
    first, broken = town.done("verify"), town.broken_rules()
    town.done("rollback", "--yes")
    after = town.dump()
    town.done("unify")
    again = town.done("verify")

    lines = sheet(first)
    assert {table: int(lines[f"rows of {table}"][0]) for table in OLD_TABLES[:-1]} == {
        table: counts[table] for table in OLD_TABLES[:-1]
    }
    assert PEOPLE * 0.9 < int(lines["distinct people"][1]) < counts["customers"] + counts["users"]
    assert lines["points above nothing"][1] == f"{town.points():,}"
    assert after == before
    assert sheet(again) == lines
    assert broken == town.broken_rules() == []
