"""GET /customers?q=: who is found by what, who is not, and that it stays quick however many customers there are."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from pos import clock
from pos.care import numbers, search
from pos.checkout import quote
from pos.customers import identity, indexing, tasks
from pos.customers.proofs import PROOFS
from pos.db import db, transaction
from pos.legacy.models import TABLES, SourceId
from pos.loyalty import queries as loyalty
from pos.messaging import queries as texts
from pos.proofs import run
from pos.statements import standing_for
from tests.client import Shop

ADA, BOB, EVE = "+14155550132", "+14155550133", "+14155550199"


def found(shop: Shop, as_: str = "owner", **query: Any) -> list[str]:
    response = shop.get("/customers", as_=as_, query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)
    return [row["phone"] for row in response.json["data"]]


def edit(shop: Shop, customer_id: str, **changes: Any) -> None:
    response = shop.request("PATCH", f"/customers/{customer_id}", as_="owner", headers={"If-Match": "*"}, json=changes)
    assert response.status_code == 200, response.get_data(as_text=True)


@pytest.fixture
def three(shop: Shop) -> dict[str, str]:
    """Ada King Lovelace, who is a regular and a member; Bob Köhler, a regular guest; Eve, who came last and has a name since."""
    ada = shop.sell(phone=ADA, name="Ada King", join=True)["customer"]
    bob = shop.sell(phone=BOB, name="Bob Köhler")["customer"]
    shop.sell(phone=EVE)
    eve = shop.sell(phone=EVE, name="Eve-Marie")["customer"]
    edit(shop, ada["id"], profile={"last_name": "Lovelace", "tags": ["Regular"]})
    edit(shop, bob["id"], profile={"tags": ["regular guest"]})
    return {"ada": ada["id"], "bob": bob["id"], "eve": eve["id"], "tappass_id": ada["member"]["tappass_id"]}


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ({"q": "lov"}, [ADA]),
        ({"q": "ADA love"}, [ADA]),
        ({"q": "love ada"}, [ADA]),
        ({"q": "ada bob"}, []),
        ({"q": "ovelace"}, []),
        ({"q": "kohler"}, [BOB]),
        ({"q": "marie"}, [EVE]),
        ({"q": "013"}, [BOB, ADA]),
        ({"q": "…0132"}, [ADA]),
        ({"q": "(415) 555-0133"}, [BOB]),
        ({"q": "+1 415 555 0100"}, []),
        ({"q": "#reg"}, [BOB, ADA]),
        ({"tag": "REGULAR"}, [ADA]),
        ({"q": "ada", "tag": "regular"}, [ADA]),
        ({"q": "bob", "tag": "regular"}, []),
        ({"q": ADA, "tag": "regular"}, [ADA]),
        ({"q": BOB, "tag": "regular"}, []),
    ],
)
def test_customers_are_found_by_what_is_known_of_them(
    shop: Shop, three: dict[str, str], query: dict[str, str], people: list[str]
) -> None:
    assert found(shop, **query) == people


def test_member_is_found_by_the_tappass_id(shop: Shop, three: dict[str, str]) -> None:
    assert found(shop, q=three["tappass_id"].lower().removeprefix("tp-")) == [ADA]


def test_pages_go_from_who_was_here_last_to_who_was_not(shop: Shop, three: dict[str, str]) -> None:
    first = shop.get("/customers", query_string={"q": "…01", "limit": 2}).json
    second = shop.get("/customers", query_string={"q": "…01", "limit": 2, "after": first["next"]}).json

    assert [row["id"] for row in first["data"]] == [three["eve"], three["bob"]]
    assert ([row["id"] for row in second["data"]], second["next"]) == ([three["ada"]], None)
    assert [row["phone"] for row in first["data"]] == ["…99", "…33"]
    assert second["data"][0]["member"]["tappass_id"] == three["tappass_id"]


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ({}, "whom-to-find"),
        ({"q": "ada", "phone": ADA}, "whom-to-find"),
        ({"q": "a"}, "invalid"),
        ({"q": "a b c d e f g h i"}, "too-many-words"),
        ({"q": "ada", "after": "x"}, "invalid"),
    ],
)
def test_search_without_sense_is_refused(shop: Shop, query: dict[str, str], slug: str) -> None:
    response = shop.get("/customers", query_string=query)

    assert (response.status_code, response.json["type"]) == (422, f"/problems/{slug}")


def test_other_names_are_found_and_former_ones_not(shop: Shop, three: dict[str, str]) -> None:
    edit(shop, three["ada"], name="Augusta", profile={"tags": []})

    assert (found(shop, q="augusta"), found(shop, q="king"), found(shop, tag="regular")) == ([ADA], [], [])
    assert found(shop, q="lovelace") == [ADA]


def test_merged_and_erased_customers_are_found_as_who_they_are_now(shop: Shop, three: dict[str, str]) -> None:
    with transaction(UUID(shop.store_id)) as session:
        customers = {"ada": three["ada"], "bob": three["bob"], "eve": three["eve"], "store": shop.store_id}
        session.execute(
            db.text("UPDATE customers SET merged_into_id = :ada WHERE store_id = :store AND id = :bob"), customers
        )
    assert shop.request("DELETE", f"/customers/{three['eve']}", as_="owner").status_code == 204

    assert [found(shop, q=query) for query in ("bob", "0133", BOB, "eve")] == [[ADA], [ADA], [ADA], []]


def test_another_store_finds_nobody(shop: Shop, other_shop: Shop, three: dict[str, str]) -> None:
    assert [found(other_shop, q=query) for query in ("ada", "0132", ADA, three["tappass_id"])] == [[], [], [], []]


def test_what_older_services_write_is_found_and_index_mends_everything(
    app: Flask, shop: Shop, three: dict[str, str]
) -> None:
    with transaction(UUID(shop.store_id)) as session:
        seven = SourceId(source=TABLES, kind="customer", external_id="7", number=7, is_main=True)
        seven.customer_id = UUID(three["ada"])
        session.add(seven)
        session.flush()
        session.execute(db.text("UPDATE customers_view SET last_name = 'Byron', tags = '{vip}' WHERE id = 7"))
    before = found(shop, q="byron")

    tasks.index_store(shop.store_id)

    assert (before, found(shop, q="byron", tag="vip"), found(shop, q="lovelace")) == ([], [ADA], [])
    with transaction(UUID(shop.store_id)) as session:
        session.execute(db.text("DELETE FROM customer_words WHERE store_id = :store"), {"store": shop.store_id})
    assert "3 customers" in app.test_cli_runner().invoke(args=["customers", "index"]).output
    assert (found(shop, q="byron"), found(shop, q="eve")) == ([ADA], [EVE])


def test_audit_agrees_with_all_that_writes_words(shop: Shop, three: dict[str, str]) -> None:
    [proof] = [each for each in PROOFS if each.name == "customer.words"]
    with transaction(UUID(shop.store_id)) as session:
        identity.existing_or_new("+14155550177", name="Joan of Arc")
        for table in ("customers", "profiles"):
            aged = f"UPDATE {table} SET updated_at = now() - interval '1 day' WHERE store_id = :store"
            session.execute(db.text(aged), {"store": shop.store_id})

        right = run([proof])
        indexing.write({UUID(three["eve"]): ["eve"]})

        assert right == []
        assert [violation.row["subject"] for violation in run([proof])] == [UUID(three["eve"])]


# --- what it costs

_MANY = """
    WITH made AS (
      INSERT INTO customers (store_id, id, version, phone, origin, name)
      SELECT %(store)s, gen_random_uuid(), 1, '+1302' || (2000000 + n), 'counter', 'Name' || n FROM generate_series(1, 5000) n
      RETURNING store_id, id, phone, name),
    profile AS (INSERT INTO profiles (store_id, customer_id) SELECT store_id, id FROM made)
    INSERT INTO customer_words (store_id, word, customer_id)
    SELECT store_id, unnest(ARRAY[lower(name), '#t' || right(phone, 3), '…' || right(phone, 4)]), id FROM made
"""
_MEMBERS = """
    INSERT INTO members (store_id, id, customer_id, tappass_id, level, level_from, joined_at, source)
    SELECT store_id, gen_random_uuid(), id, 'TP-' || right(phone, 8), 'bronze', now(), now(), 'register' FROM customers
     WHERE store_id = %(store)s AND phone IS NOT NULL
"""
_LIKE = "SELECT id FROM customers WHERE store_id = %(store)s AND name LIKE 'Name477%%'"


@pytest.fixture
def crowded(committed: Flask, shops: list[dict[str, Any]], superuser: Any) -> Iterator[tuple[Cursor, str]]:
    """The application's own role in a shop with thousands of customers, who are members, and its id."""
    store_id = shops[0]["store_id"]
    with superuser.cursor() as cursor:
        for statement in (_MANY, _MEMBERS):
            cursor.execute(statement, {"store": store_id})
        cursor.execute("ANALYZE customers, profiles, customer_words, members")
        cursor.execute("SET ROLE tappass_app")
        cursor.execute("SELECT set_config('app.store_id', %s, false)", (store_id,))
        with committed.app_context():
            yield cursor, store_id


def test_search_and_look_ups_read_indexes_under_row_security(crowded: tuple[Cursor, str]) -> None:
    """LIKE, which is not leakproof, reads all customers, and so does a join by COALESCE; the words and standing_for do not."""
    cursor, store_id = crowded
    typed: list[tuple[str | None, str | None]] = [
        ("name477", None),
        ("0077", None),
        (None, "t077"),
        ("+13022000077", None),
    ]
    asked = [search.read(*each, "US") for each in typed]
    cursor.execute("SELECT id, customer_id FROM members LIMIT 1")
    [(member_id, customer_id)] = cursor.fetchall()
    who = {"id": member_id, "tappass_id": None, "customer": customer_id, "phone": "+13022000077", "sees_all": False}
    by_coalesce = texts._WHOM._sql.replace(standing_for("w"), "coalesce(w.merged_into_id, w.id)")

    found = [plan(cursor, search.statement(each)._sql, store_id, **search.values(each)) for each in asked]
    looked_up = [
        plan(cursor, statement._sql, store_id, now=clock.now(), **who)
        for statement in (quote._MEMBER, texts._WHOM, loyalty._IDENTITY, numbers._PERSON)
    ]

    assert all("pk_customer_words" in str(each) for each in found[:3])
    assert "uq_customers_store_id_phone" in str(found[3])
    assert [sequential(each) & {"customers", "members", "customer_words"} for each in found + looked_up] == [set()] * 8
    assert sequential(plan(cursor, _LIKE, store_id)) | filtered(plan(cursor, _LIKE, store_id)) == {"customers"}
    assert "customers" in sequential(plan(cursor, by_coalesce, store_id, **who))


def plan(cursor: Cursor, sql: str, store_id: str, **values: Any) -> Any:
    paging = {"limit": 51, "after_id": None, "after_active": None, "store": store_id}
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", paging | values)
    [(found_plan,)] = cursor.fetchall()
    return found_plan if isinstance(found_plan, list) else json.loads(found_plan)


def nodes(node: Any) -> list[dict[str, Any]]:
    """All nodes of a plan."""
    inner = [each for child in node.get("Plans", ()) for each in nodes(child)]
    return [node, *inner]


def sequential(explained: Any) -> set[str]:
    """Which tables are read from end to end."""
    return {node["Relation Name"] for node in nodes(explained[0]["Plan"]) if node["Node Type"] == "Seq Scan"}


def filtered(explained: Any) -> set[str]:
    """Of which tables rows are read to be thrown away by their name."""
    return {
        node["Relation Name"]
        for node in nodes(explained[0]["Plan"])
        if "Relation Name" in node and "name ~~" in node.get("Filter", "")
    }
