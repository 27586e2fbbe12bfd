"""The way back: the old tables as they were, row for row, with what was sold and answered since; and there again."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.legacy.unification.old import OLD_TABLES, Town, sheet
from tests.legacy.unification.trading import NEW, trade


def test_rollback_leaves_the_old_tables_as_they_were(town: Town) -> None:
    before = town.dump()

    town.done("unify")
    unified = town.dump()
    said = town.done("rollback", "--yes")

    assert {table: unified[table] == before[table] for table in before} == dict.fromkeys(before, True) | {
        "orders": False,
        "triggers": False,
    }
    assert town.dump() == before
    assert len(before["triggers"]) == 1
    assert "put back: 3 rows of orders\n" in said
    assert "0 new customer(s), 0 answer(s) about texts, 922 points" in said
    assert town.points() == 0
    assert town.broken_rules() == []


def test_there_and_back_and_there_gives_the_same(town: Town) -> None:
    town.done("unify")
    first, items = town.done("verify"), town.books("SELECT kind, subject FROM attention_items ORDER BY 1, 2")
    rows = town.books("SELECT count(*) FROM source_ids")

    town.done("rollback", "--yes")
    town.done("unify")

    assert town.done("verify") == first
    assert town.books("SELECT kind, subject FROM attention_items ORDER BY 1, 2") == items
    assert town.books("SELECT count(*) FROM source_ids") == rows
    assert town.books("SELECT count(*), count(*) FILTER (WHERE is_main) FROM source_ids WHERE kind = 'customer'") == [
        (13, 11)
    ]
    assert town.broken_rules() == []


def test_rollback_asks_first(town: Town) -> None:
    town.done("unify")
    before = town.dump()

    refused = town.app.test_cli_runner().invoke(args=["legacy", "rollback", "--store", town.shop.slug], input="n\n")

    assert refused.exit_code == 1
    assert "the truth of hops again? [y/N]" in refused.output
    assert town.dump() == before


def test_what_was_taken_back_is_neither_proven_nor_taken_back_again(town: Town) -> None:
    town.done("unify")
    town.done("rollback", "--yes")

    again = [town.legacy(*words) for words in (("verify",), ("rollback", "--yes"))]

    assert [(result.exit_code, "There is no move of this store" in result.stderr) for result in again] == [
        (1, True)
    ] * 2


# One worker makes what all of them look at.
pytestmark = pytest.mark.xdist_group("legacy_rollback")

ODD = """
    UPDATE customers SET date_of_birth = '20000-01-01', total_spent = 'NaN' WHERE id = 3;
    UPDATE customers SET date_of_birth = '0044-03-15 BC', updated_at = 'infinity' WHERE id = 4;
    UPDATE customers SET date_of_birth = 'infinity', created_at = '-infinity', updated_at = '20000-01-01', email = 'none' WHERE id = 5;
    UPDATE customers SET first_name = repeat('x', 9000), phone = repeat('5', 900), tags = array_fill('t'::text, ARRAY[900]) WHERE id = 6;
    UPDATE customer_profiles SET preferences = '[1]', purchase_history = '"often"' WHERE id = 3;
    UPDATE customer_profiles SET customer_id = NULL WHERE id = 4;
    UPDATE orders SET customer_id = NULL WHERE id IN (1, 2);
    UPDATE orders SET items = '{"name": "x"}' WHERE id = 3;
    UPDATE orders SET items = '"x"' WHERE id = 4;
    UPDATE orders SET items = '[{"name": null, "price": 7, "quantity": 2}]' WHERE id = 5;
    UPDATE orders SET items = '[{"name": "x", "price": "NaN", "quantity": 1}]' WHERE id = 6;
    UPDATE orders SET items = '[{"name": "x", "price": 1e30, "quantity": 99999999999}]' WHERE id = 7;
    ALTER TABLE customers ADD COLUMN "Stadt" text GENERATED ALWAYS AS (city) STORED;
    ALTER TABLE orders ALTER total TYPE double precision;
    ALTER TABLE users DISABLE TRIGGER create_customer_on_user_insert;
"""


def test_odd_rows_go_there_and_come_back(town: Town) -> None:
    town.old(ODD)
    before = town.dump()

    town.done("plan")
    town.done("unify")
    proven, broken = town.done("verify"), town.broken_rules()
    lines = town.books(
        "SELECT l.name FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.note BETWEEN 'Order L-1003' AND 'Order L-1007'"
    )
    town.old("UPDATE customers SET city = 'Lagos' WHERE id = 3; DELETE FROM user_profiles WHERE id = 1")
    town.done("rollback", "--yes")

    assert sorted(lines) == [(f"Order L-100{number}",) for number in range(3, 8)]
    assert sheet(proven)["rows of customer_profiles"] == ("7", "6", "1 tell of nobody; they stay in the backup")
    assert town.dump() == before
    assert broken == town.broken_rules() == []


# --- with what came since --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traded:
    """A town where people bought, answered and came after the move, and what both sides had before and after `rollback`."""

    town: Town
    references: dict[str, str]
    before: dict[str, Any]
    after: dict[str, Any]
    points: dict[str, int]
    said: str
    broken: dict[str, Any]
    again: dict[str, Any]


@pytest.fixture(scope="module")
def traded(module_town: Town) -> Traded:
    town = module_town
    town.old("UPDATE customers SET loyalty_points = -10 WHERE id = 12")
    before = town.dump()
    town.done("unify")
    references = trade(town.shop)
    points = {"unified": town.points()}
    proven = sheet(town.done("verify"))
    said = town.done("rollback", "--yes")
    after, broken = town.dump(), {"after rollback": town.broken_rules()}
    points |= {"kept": town.points(), "handed back": town.old_points()}
    town.done("unify")
    points["unified again"] = town.points()
    broken["after unify"] = town.broken_rules()
    return Traded(
        town, references, before, after, points, said, broken, {"first": proven, "then": sheet(town.done("verify"))}
    )


def test_rollback_carries_sales_back(traded: Traded) -> None:
    town = traded.town

    orders = town.old(
        "SELECT order_number, customer_id, status, total::text, jsonb_array_length(items) FROM orders WHERE id > 25"
    )
    new = town.old(
        "SELECT id, first_name, last_name, phone, marketing_consent, sms_consent, order_count, total_spent::text FROM customers WHERE id > 13"
    )

    by_reference = {number.removeprefix("TP-"): told for number, *told in orders}
    newcomer = new[0][0]
    assert {what: by_reference[reference] for what, reference in traded.references.items()} == {
        "sale": [3, "completed", "259.80", 1],
        "newcomer's": [newcomer, "completed", "5.97", 1],
        "walk-in's": [None, "completed", "1.99", 1],
        "unpaid": [6, "pending", "8.66", 1],
        "canceled": [5, "canceled", "8.66", 1],
        "debtor's": [12, "completed", "86.60", 1],
        "refunded": [1, "completed", "27.06", 1],
    }
    assert new == [(newcomer, "New", "Body", NEW, True, None, 1, "5.97")]
    assert len(orders) == 7


def test_rollback_changes_no_old_row_but_those_of_who_came(traded: Traded) -> None:
    changed = {table: set(traded.after[table]) - set(traded.before[table]) for table in OLD_TABLES}
    gone = {table: len(set(traded.before[table]) - set(traded.after[table])) for table in OLD_TABLES}

    assert traded.after["triggers"] == traded.before["triggers"]
    assert {table: len(rows) for table, rows in changed.items()} == {
        "users": 0, "customers": 6 + 1, "customer_profiles": 0, "user_profiles": 0, "orders": 7,
    }  # fmt: skip
    assert gone == dict.fromkeys(OLD_TABLES, 0) | {"customers": 6}


def test_rollback_carries_counters_and_answers_back(traded: Traded) -> None:
    old = traded.town.old

    counters = old("SELECT id, order_count, total_spent::text FROM customers WHERE id IN (1, 3, 5, 6) ORDER BY id")
    answers = old("SELECT id, sms_consent, marketing_consent FROM customers WHERE id IN (1, 3) ORDER BY id")

    assert counters == [(1, 4, "88.56"), (3, 5, "333.30"), (5, 2, "30.00"), (6, 4, "46.00")]
    assert answers == [(1, True, True), (3, False, True)]
    assert "carried back: 1 new customer(s), 2 answer(s) about texts" in traded.said
    assert "carried back: 7 sale(s) since, 390.08 USD" in traded.said


def test_points_are_in_one_system_only_and_none_is_lost(traded: Traded) -> None:
    points = traded.points

    bruno = traded.town.old("SELECT id, loyalty_points FROM customers WHERE user_id = 2 ORDER BY id")
    [(tomas,)] = traded.town.old("SELECT loyalty_points FROM customers WHERE id = 12")

    assert points["unified"] == points["kept"] + points["handed back"] == points["unified again"]
    assert points["unified"] > 922 - 50
    assert sum(each for _, each in bruno) == 85 - 50
    assert all(each >= 0 for _, each in bruno)
    assert tomas > 0


def test_books_hold_after_each_step(traded: Traded) -> None:
    assert traded.broken == {"after rollback": [], "after unify": []}


def test_sheet_stays_clean_while_people_buy_and_after_they_came_back(traded: Traded) -> None:
    first, then = traded.again["first"], traded.again["then"]

    assert {what: (then[what][0], first[what][0]) for what in ("rows of customers", "distinct people", "orders")} == {
        "rows of customers": ("14", "13"), "distinct people": ("12", "11"), "orders": ("32", "25"),
    }  # fmt: skip
    assert "DIFFERS" not in str((first, then))


# --- what was written there although it should not -----------------------------------------------------------


def test_late_writes_are_shown_and_kept_aside(town: Town) -> None:
    town.done("unify")
    before = town.dump()
    town.old("UPDATE customers SET city = 'Lagos' WHERE id = 3; UPDATE users SET phone = NULL WHERE id = 1; DELETE FROM user_profiles WHERE id = 2")  # fmt: skip
    late = town.add("customers", first_name="Late", phone="503-555-0177")
    order = town.add("orders", order_number="L-9001", status="completed", total=5, customer_id=late)

    proven = town.legacy("verify")
    town.done("rollback", "--yes")

    lines = sheet(proven.stdout)
    assert proven.exit_code == 1
    assert proven.stderr.startswith("Error: The sheet is not clean.")
    assert {what: line[1] for what, line in lines.items() if "DIFFERS" in line[2]} == {
        "rows of users changed since": "1", "rows of customers changed since": "2",
        "rows of user_profiles changed since": "1", "orders written there since": "1",
    }  # fmt: skip
    assert town.old("SELECT table_name, content ->> 'city', content ->> 'phone' FROM overwritten_rows ORDER BY 1") == [
        ("customers", "Lagos", "(503) 555-0101"), ("users", None, None),
    ]  # fmt: skip
    after = town.dump()
    assert {table: set(before[table]) - set(after[table]) for table in ("users", "customers", "user_profiles")} == {
        "users": set(), "customers": set(), "user_profiles": set(),
    }  # fmt: skip
    assert town.old(
        "SELECT c.id, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.first_name = 'Late'"
    ) == [(late, order)]


def test_unify_takes_in_what_was_written_after_the_way_back(town: Town) -> None:
    town.done("unify")
    town.done("rollback", "--yes")
    late = town.add("customers", first_name="Late", phone="503-555-0177", loyalty_points=7)
    town.add("orders", order_number="L-9001", status="completed", total=5, customer_id=late)
    town.old("UPDATE customers SET loyalty_points = loyalty_points + 10 WHERE id = 3")

    town.done("unify")

    lines = sheet(town.done("verify"))
    assert (lines["distinct people"][1], lines["orders"][1], lines["points above nothing"][1]) == ("12", "26", "939")
    assert town.points() == 939
    assert town.broken_rules() == []
