"""What a move does: all of the old tables is in the books, once, and in the old base as little as can be is changed."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from psycopg2 import sql

from pos import postgres
from tests import databases
from tests.client import Shop
from tests.legacy.test_samples import CHECKS
from tests.legacy.unification.conftest import new_town
from tests.legacy.unification.old import OLD_TABLES, Town, plant, sheet

# One worker makes what all of them look at.
pytestmark = pytest.mark.xdist_group("legacy_unify")

PLAIN = ("%@example.com%", "%coeliac%", "%nut allergy%", "%no alcohol: medication%", "%not.a.hash%")
ADA, BRUNO, JOSE, MEI = "+15035550101", "+15035550102", "+15035550103", "+15035550104"


# --- a shop that had nobody ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """A town after `unify`, and what both sides were like before and after `plan`."""

    town: Town
    dump: dict[str, Any]
    planned: tuple[str, bool]
    others: tuple[Any, Any]
    sheet: dict[str, tuple[str, str, str]]


@pytest.fixture(scope="module")
def moved(module_town: Town) -> Moved:
    town = module_town
    neighbours = f"store_id <> '{town.shop.store_id}'"
    dump, books, others = town.dump(), town.digests(), town.digests(neighbours)
    plan = town.done("plan")
    planned = plan, (dump, books) == (town.dump(), town.digests())
    town.done("unify")
    return Moved(town, dump, planned, (others, town.digests(neighbours)), sheet(town.done("verify")))


def test_plan_prints_what_would_happen_and_writes_nothing(moved: Moved) -> None:
    printed, is_untouched = moved.planned

    assert is_untouched
    for line in (
        "rows      10 users, 13 customers, 7 customer_profiles, 3 user_profiles, 25 orders",
        "people    11 customers come of them, 2 of whom no user stands behind (orphans)",
        "matches   3 by phone, 11 by user link",
        "phones    3 people without a usable number, 1 numbers of several people (the first keeps it)",
        "points    922 are carried as adjustments; 0 below nothing count as none",
        "sessions  1 tell of nobody and stay in the backup",
        "  users:8 is customers:5, by phone",
        "  …05: customers:7 keeps it, not customers:8",
        "  customers:5: marketing_consent: customers:10 counts, not customers:5 (the stricter one)",
        "  customers:5: date_of_birth: customers:10 counts, not customers:5 (newest non-empty)",
    ):
        assert line in printed.splitlines()
    assert not [word for word in ("5550101", "@example", "Ada", "Coeliac") if word in printed]


def test_sheet_is_clean_and_says_which_rule_explains_a_difference(moved: Moved) -> None:
    assert moved.sheet == {
        "rows of users": ("10", "10", "ok"),
        "rows of customers": ("13", "13", "ok"),
        "rows of customer_profiles": ("7", "7", "ok"),
        "rows of user_profiles": ("3", "2", "1 tell of nobody; they stay in the backup"),
        "distinct people": ("11", "11", "ok"),
        "points above nothing": ("922", "922", "ok"),
        "points, all added up": ("922", "922", "ok"),
        "sms: yes, the stricter of all rows": ("5", "5", "ok"),
        "sms: no, the stricter of all rows": ("2", "2", "ok"),
        "marketing: yes, the stricter of all rows": ("4", "4", "ok"),
        "marketing: no, the stricter of all rows": ("3", "3", "ok"),
        "orders": ("25", "25", "ok"),
        "spent, by completed orders": ("339.50 USD", "339.50 USD", "ok"),
        "people whose orders differ": ("0", "0", "ok"),
        "spent, by the customers' column": ("1,279.99 USD", "339.50 USD", "counters come from orders"),
        "orders, by the customers' column": ("28", "25", "counters come from orders"),
        **{f"rows of {table} changed since": ("0", "0", "ok") for table in OLD_TABLES[:-1]},
        "old orders changed here": ("0", "0", "ok"),
        "orders written there since": ("0", "0", "ok"),
        "orders whose customer is not there": ("0", "0", "ok"),
        "people without a profile": ("0", "0", "ok"),
        "trigger create_customer_on_user_insert": ("0", "0", "ok"),
    }


def test_unify_leaves_books_that_hold(moved: Moved) -> None:
    assert moved.town.broken_rules() == []


def test_unify_keeps_what_each_old_row_became(moved: Moved) -> None:
    town = moved.town

    kept = town.books("SELECT kind, number, customer_id IS NOT NULL, raw FROM source_ids WHERE source = 'legacy'")
    [(mains, people)] = town.books(
        "SELECT count(*) FILTER (WHERE is_main), count(DISTINCT customer_id) FROM source_ids WHERE kind = 'customer'"
    )

    rows = {"user": 10, "customer": 13, "profile": 7, "order": 25}
    expected = {(kind, number) for kind, count in rows.items() for number in range(1, count + 1)}
    assert {(kind, number) for kind, number, *_ in kept} == expected | {("session", 1), ("session", 3)}
    assert all(is_somebody for _, _, is_somebody, _ in kept)
    assert {(kind, number): raw["purchase_history"] for kind, number, _, raw in kept if raw} == {
        ("profile", 1): [{"name": "House IPA", "count": 9}, {"name": "Soft Pretzel & Mustard", "count": 4}],
        ("profile", 2): [{"name": "House IPA", "count": 31}, {"name": "Tee", "count": 1}],
        ("profile", 5): [{"name": "Fountain Cola", "count": 2}],
        ("profile", 6): {"2024": 3, "2025": 1},
    }
    assert mains == people == 11


def test_unify_keeps_health_data_and_addresses_sealed_and_no_password(moved: Moved) -> None:
    town = moved.town
    columns = town.books("""
        SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')
           AND (data_type IN ('text', 'json', 'jsonb', 'ARRAY') OR data_type LIKE 'character%')""")

    asked = [
        f"SELECT '{table}.{column}' FROM public.{table} WHERE {column}::text ILIKE ANY(%(plain)s)"
        for table, column in columns
    ]
    found = town.books(" UNION ALL ".join(asked), {"plain": list(PLAIN)})
    mei = town.shop.get("/customers", as_="owner", query_string={"phone": MEI}).json

    assert len(columns) > 100
    assert found == []
    assert (mei["email"], mei["profile"]["medical_conditions"]) == ("Mei.Lin@example.com", "No alcohol: medication")


def test_unify_records_the_stricter_answers_with_their_row_and_texts_nobody(moved: Moved) -> None:
    town = moved.town

    answers = town.books("""
        SELECT n.purpose, n.granted, n.evidence ->> 'row', (n.evidence ->> 'recorded_at')::timestamptz::date::text
          FROM consents n JOIN unifications u ON u.id::text = n.evidence ->> 'unification_id'
         WHERE n.source = 'import' AND n.created_at BETWEEN u.created_at AND u.unified_at AND NOT n.is_pending""")
    flags = town.books("SELECT name, sms_consent, marketing_consent FROM customers WHERE phone = ANY(%s) ORDER BY phone", [[ADA, BRUNO, JOSE]])  # fmt: skip
    sent = town.books("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM procrastinate_jobs)")

    assert sorted(answers) == sorted([
        ("sms", True, "customers:3", "2025-06-02"), ("marketing", True, "customers:3", "2025-06-02"),
        ("sms", False, "customers:13", "2025-04-05"), ("marketing", True, "customers:4", "2024-03-03"),
        ("sms", False, "customers:5", "2024-05-05"), ("marketing", False, "customers:10", "2025-01-16"),
        ("sms", True, "customers:6", "2025-02-03"), ("marketing", False, "customers:6", "2025-02-03"),
        ("sms", True, "customers:7", "2024-11-11"), ("sms", True, "customers:8", "2024-11-12"),
        ("marketing", True, "customers:8", "2024-11-12"), ("marketing", True, "customers:9", "2024-07-07"),
        ("sms", True, "customers:1", "2025-08-31"), ("marketing", False, "customers:1", "2025-08-31"),
    ])  # fmt: skip
    assert flags == [("Ada Novak", True, True), ("Bruno Keller", False, True), ("JOSE GARCIA", False, False)]
    assert sent == [(0, 0)]


def test_unify_leaves_the_old_base_to_its_readers(moved: Moved) -> None:
    town = moved.town

    answers = {query: town.old(query)[0][0] for query in CHECKS}
    unchanged = {table: town.dump()[table] == moved.dump[table] for table in OLD_TABLES}
    owners = town.old("SELECT order_number, o.customer_id, b.customer_id FROM orders o JOIN backup_orders b USING (id) WHERE o.customer_id <> b.customer_id ORDER BY 1")  # fmt: skip

    assert answers == CHECKS
    assert unchanged == dict.fromkeys(OLD_TABLES, True) | {"orders": False}
    assert owners == [("L-1008", 4, 13), ("L-1012", 5, 10), ("L-1013", 5, 10)]
    assert town.dump()["triggers"] == []


def test_unify_writes_points_as_adjustments_that_tell_their_origin(moved: Moved) -> None:
    town = moved.town

    entries = town.books("""
        SELECT e.type, e.points, e.reason, m.source FROM point_entries e JOIN members m ON m.id = e.member_id
         WHERE m.customer_id = %s ORDER BY e.points""", [str(town.customer_of(13))])  # fmt: skip

    assert entries == [
        ("adjust", 25, "Points of the older system, customers:4", "import"),
        ("adjust", 60, "Points of the older system, customers:13", "import"),
    ]


def test_unify_of_one_store_leaves_the_others_alone(moved: Moved) -> None:
    before, after = moved.others

    assert {table for table in before if before[table] != after[table]} == set()


def test_unify_refuses_what_was_unified(moved: Moved) -> None:
    before = moved.town.digests(), moved.town.dump()

    again = moved.town.legacy("unify")

    assert again.exit_code == 1
    assert "These tables were made one on " in again.stderr
    assert (moved.town.digests(), moved.town.dump()) == before


# --- a shop that knew some of them -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def met(server: postgres.Server, shops: list[dict[str, Any]]) -> Iterator[Town]:
    """Ada and José came here, too; Bruno's number is Clara's here, Mei withdrew; Nils is known here by his address."""
    with new_town(server, shops) as town:
        shop = town.shop
        _meet(shop, ADA, "Ada Novak", join=True, items=[{"sku": "IPA", "quantity": 10}])
        _meet(shop, BRUNO, "Clara Weber", join=True)
        _answer(shop, _meet(shop, JOSE, "José"), sms=True, marketing=True)
        _answer(shop, _meet(shop, MEI, "Mei Lin"), sms=False, marketing=True)
        nils = _meet(shop, "+15035550150", "N. Berg")
        version = shop.get(f"/customers/{nils}", as_="owner").json["version"]
        changed = shop.patch(f"/customers/{nils}", {"email": "Nils.Berg@Example.com"}, version=version)
        assert changed.status_code == 200, changed.text
        town.extra = {"points": town.points(), "people": _people(town)}
        town.done("unify")
        yield town


def _meet(shop: Shop, phone: str, name: str, **more: Any) -> str:
    return str(shop.sell(phone=phone, name=name, payment={"method": "cash"}, **more)["customer"]["id"])


def _answer(shop: Shop, customer_id: str, **answers: bool) -> None:
    for purpose, granted in answers.items():
        told = shop.post(f"/customers/{customer_id}/consents", {"purpose": purpose, "granted": granted}, as_="owner")
        assert told.status_code == 201, told.text


def _people(town: Town) -> dict[str, UUID]:
    return {phone: UUID(str(customer_id)) for phone, customer_id in town.books("SELECT phone, id FROM customers WHERE phone IS NOT NULL")}  # fmt: skip


def test_unify_finds_who_is_known_by_number_or_address(met: Town) -> None:
    known = met.extra["people"]

    rules = dict(
        met.books("SELECT number, rule FROM source_ids WHERE kind = 'customer' AND is_main AND number IS NOT NULL")
    )

    assert [met.customer_of(old_id) for old_id in (3, 5, 10, 6, 2)] == [
        known[phone] for phone in (ADA, JOSE, JOSE, MEI, "+15035550150")
    ]
    assert {number: rules[number] for number in (2, 3, 5, 6, 4, 8, 1)} == {
        2: "email", 3: "phone", 5: "phone", 6: "phone", 4: "shared_phone", 8: "shared_phone", 1: "new",
    }  # fmt: skip
    assert sheet(met.done("verify"))["distinct people"] == ("11", "11", "ok")


def test_unify_leaves_a_number_to_whoever_has_it_here(met: Town) -> None:
    bruno = met.customer_of(4)

    [(phone, recorded, points)] = met.books("""
        SELECT c.phone, p.phone_recorded, m.balance FROM customers c JOIN profiles p ON p.customer_id = c.id
          JOIN members m ON m.customer_id = c.id WHERE c.id = %s""", [str(bruno)])  # fmt: skip
    items = met.books("SELECT subject, detail ->> 'held_by' FROM attention_items WHERE kind = 'shared_phone'")

    assert bruno != met.extra["people"][BRUNO]
    assert (phone, recorded, points) == (None, BRUNO, 85)
    assert (f"customers:{bruno}", str(met.extra["people"][BRUNO])) in items
    assert len(items) == 2


def test_unify_lists_who_cannot_be_reached_and_nobody_who_can(met: Town) -> None:
    items = met.books("SELECT subject FROM attention_items WHERE kind = 'unusable_phone' ORDER BY 1")

    assert items == sorted((f"customers:{met.customer_of(old_id)}",) for old_id in (9, 11))


def test_unify_puts_points_on_top_of_those_that_a_member_has(met: Town) -> None:
    [(balance, lots, source)] = met.books("""
        SELECT m.balance, (SELECT sum(points) FROM point_entries e WHERE e.member_id = m.id), m.source
          FROM members m WHERE m.customer_id = %s""", [str(met.customer_of(3))])  # fmt: skip

    assert met.points() == met.extra["points"] + 922
    assert balance == lots > 120
    assert source != "import"


def test_unify_lets_the_stricter_answer_win_on_either_side(met: Town) -> None:
    flags = {
        UUID(str(customer_id)): answers
        for customer_id, *answers in met.books("SELECT id, sms_consent, marketing_consent FROM customers")
    }
    taken = met.books(
        "SELECT purpose, granted FROM consents WHERE source = 'import' AND customer_id = %s", [str(met.customer_of(6))]
    )

    assert flags[met.customer_of(5)] == [False, False]
    assert flags[met.customer_of(6)] == [False, False]
    assert taken == [("marketing", False)]
    assert all(
        line[2] == "ok" or "answered here" in line[2] for what, line in sheet(met.done("verify")).items() if ":" in what
    )


def test_unify_leaves_books_that_hold_where_people_were_known(met: Town) -> None:
    assert met.broken_rules() == []


# --- an old base in a database of its own ----------------------------------------------------------------------


@pytest.fixture
def elsewhere(
    server: postgres.Server, database: str, committed: Any, shops: list[dict[str, Any]], request: pytest.FixtureRequest
) -> Iterator[tuple[Town, tuple[str, str]]]:
    """A town whose old base is the schema public of a database of its own, in this encoding; and how a command is told so."""
    name, encoding = f"old_{uuid.uuid4().hex[:12]}", sql.Literal(getattr(request, "param", "UTF8"))
    made = "CREATE DATABASE {} OWNER tappass_owner ENCODING {} LOCALE 'C' TEMPLATE template0 STRATEGY WAL_LOG"
    with closing(psycopg2.connect(server.url("postgres", "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(made).format(sql.Identifier(name), encoding))
    plant(server, name, "public")
    town = Town(committed, Shop(committed.test_client(), **shops[0]), server, database, name, "public")
    yield town, ("--source", server.url("tappass_owner", name))
    databases.drop(server, name)


def test_unify_reads_a_database_of_its_own_and_goes_back_there(elsewhere: tuple[Town, tuple[str, str]]) -> None:
    town, source = elsewhere
    before = town.dump()

    town.done("unify", *source)
    proven = town.done("verify", *source)
    nowhere = town.legacy("verify")
    town.done("rollback", "--yes", *source)

    assert proven.endswith("Clean.\n")
    assert nowhere.exit_code == 1
    assert "schema public the tables customer_profiles, user_profiles are missing" in nowhere.stderr
    assert town.dump() == before
    assert town.broken_rules() == []


@pytest.mark.parametrize("elsewhere", ["LATIN1"], indirect=True)
def test_way_back_is_open_to_who_cannot_be_spelled_there(elsewhere: tuple[Town, tuple[str, str]]) -> None:
    town, source = elsewhere
    town.done("unify", *source)
    _meet(town.shop, "+14155550188", "Şule ☕ Çelik")

    town.done("rollback", "--yes", *source)
    town.done("unify", *source)

    assert town.old("SELECT first_name, last_name FROM customers WHERE id = 14") == [("?ule", "? Çelik")]
    assert town.books("SELECT name FROM customers WHERE phone IN ('+14155550188', %s) ORDER BY 1", [JOSE]) == [
        ("JOSE GARCIA",),
        ("Şule ☕ Çelik",),
    ]
    assert town.done("verify", *source).endswith("Clean.\n")


@pytest.mark.parametrize("elsewhere", ["SQL_ASCII"], indirect=True)
def test_unify_refuses_texts_that_nobody_can_read(elsewhere: tuple[Town, tuple[str, str]]) -> None:
    town, source = elsewhere
    town.old(r"UPDATE customers SET first_name = E'Jos\351' WHERE id = 3")

    refused = town.legacy("unify", *source)
    town.old("UPDATE customers SET first_name = 'Ada' WHERE id = 3")
    town.done("unify", *source)

    assert refused.exit_code == 1
    assert "a text in it is not UTF-8 (invalid byte sequence" in refused.stderr
    assert town.done("verify", *source).endswith("Clean.\n")
