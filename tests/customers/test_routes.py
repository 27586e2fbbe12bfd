"""Customers over HTTP: what is shown to whom, and how personal data is kept."""

import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from pos import clock
from pos.customers.models import Profile
from pos.customers.schemas import ProfileChange
from pos.db import db, rows_of, transaction
from tests.client import Shop
from tests.databases import PIN

EMAIL, HEALTH = "Ada.Lovelace@example.com", "asthma, no cannabis"
# A value for each field of the profile that may be set.
EVERYTHING = {
    "first_name": "Ada", "last_name": "Lovelace", "date_of_birth": "1990-12-10", "address": "1 Pier", "city": "Oakland",
    "state": "CA", "postal_code": "94607", "country": "US", "language": "es", "customer_type": "regular",
    "preferred_payment_method": "card", "experience_level": "expert", "needs": "A chair.", "medical_conditions": HEALTH,
    "preferences": {"milk": "oat"}, "preferred_categories": ["IPA"], "preferred_effects": ["calm"], "price_range": "low",
    "tags": ["vip"], "notes": "Sits at the window.", "is_verified": True,
}  # fmt: skip
LISTS = ("preferred_categories", "preferred_effects", "tags")


@pytest.fixture
def ada(shop: Shop) -> str:
    """The id of a customer named Ada."""
    return str(shop.sell(name="Ada")["customer"]["id"])


def manager(shop: Shop) -> dict[str, str]:
    signed_in = shop.post("/register/sign-in", {"user_id": shop.people["manager"], "pin": PIN})
    return {"X-User-Token": signed_in.json["user_token"]}


def edit(shop: Shop, customer_id: str, changes: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """Changes a customer at the version of now; without a person's token as the plain register."""
    version = shop.get(f"/customers/{customer_id}").json["version"]
    sent = {"If-Match": f'"{version}"', **(headers or {})}
    return shop.request("PATCH", f"/customers/{customer_id}", headers=sent, json=changes)


def kept(shop: Shop, table: str, customer_id: str) -> dict[str, Any]:
    """A customer's row of a table, as text by column."""
    key = "customer_id" if table == "profiles" else "id"
    statement = text(f"SELECT to_jsonb(t) FROM {table} t WHERE store_id = :store AND {key} = :id")
    with transaction(uuid.UUID(shop.store_id)):
        return dict(db.session.scalar(statement, {"store": shop.store_id, "id": customer_id}))


def everything_kept(shop: Shop) -> str:
    """All rows of all tables that the application may read, as one text."""
    with transaction(uuid.UUID(shop.store_id)):
        tables = db.session.scalars(
            text(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
                " AND has_table_privilege(to_regclass(format('public.%I', tablename)), 'SELECT') ORDER BY 1"
            )
        ).all()
        assert {"customers", "profiles", "audit_log", "idempotency_keys"} <= set(tables)
        rows = [db.session.scalar(text(f"SELECT string_agg(t::text, '\n') FROM {table} t")) for table in tables]
    return "\n".join(row for row in rows if row)


# --- reading --------------------------------------------------------------------------------------------------


def test_customer_is_shown_with_figures_and_profile(shop: Shop) -> None:
    order = shop.sell(name="Ada", payment={"method": "card"})

    shown = shop.get(f"/customers/{order['customer']['id']}").json

    assert (shown["phone"], shown["name"], shown["origin"], shown["email"]) == ("+14155550132", "Ada", "counter", None)
    assert (shown["order_count"], shown["total_spent"]) == (1, 866)
    assert shown["first_order_at"] == shown["last_order_at"] == order["placed_at"]
    assert shown["marketing_consent"] is shown["member"] is None
    assert shown["profile"]["tags"] == []
    assert shown["profile"]["is_verified"] is False


@pytest.mark.parametrize("phone", ["+14155550199", "(415) 555-0199"])
def test_unknown_number_is_not_found_and_makes_nobody(shop: Shop, phone: str) -> None:
    answers = [shop.post("/customers/lookup", {"phone": phone}), shop.get("/customers", query_string={"phone": phone})]

    for answer in answers:
        assert (answer.status_code, answer.json["type"]) == (404, "/problems/unknown-customer")
        assert "0199" not in answer.get_data(as_text=True)
    assert "5550199" not in everything_kept(shop)


def test_lookup_needs_a_number(shop: Shop) -> None:
    assert shop.get("/customers").status_code == 422
    assert shop.post("/customers/lookup", {}).status_code == 422


def test_unknown_id_is_not_found(shop: Shop) -> None:
    path = f"/customers/{uuid.uuid4()}"

    answers = [
        shop.get(path),
        shop.get(f"{path}/orders"),
        shop.get(f"{path}/consents"),
        shop.patch(path, {}, version=1),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4


# --- changing -------------------------------------------------------------------------------------------------


def test_change_keeps_what_was_not_sent(shop: Shop, ada: str) -> None:
    profile = {
        "first_name": "Ada",
        "date_of_birth": "1990-12-10",
        "city": "Oakland",
        "tags": ["regular", "vip"],
        "preferences": {"milk": "oat"},
        "preferred_categories": ["IPA"],
        "notes": "Sits at the window.\nKnows the brewer.",
        "is_verified": True,
    }
    before = edit(shop, ada, {"profile": profile}).json

    after = edit(shop, ada, {"name": "Ada L.", "profile": {"city": None}}).json

    assert {name: before["profile"][name] for name in profile} == profile
    assert after["profile"] == before["profile"] | {"city": None}
    assert after == before | {"name": "Ada L.", "profile": after["profile"], "version": after["version"]}


def test_change_takes_every_field_of_the_profile_and_forgets_it_again(shop: Shop, ada: str) -> None:
    path, empty = f"/customers/{ada}", {"preferences": {}, "is_verified": False} | {name: [] for name in LISTS}
    nothing = dict.fromkeys(set(EVERYTHING) - set(empty)) | empty

    unseen = shop.patch(path, {"profile": EVERYTHING}, version=None)
    written = edit(shop, ada, {"profile": EVERYTHING}, manager(shop))
    stale = shop.patch(path, {"profile": nothing}, version=written.json["version"] - 1)
    read = shop.get(path, as_="owner").json["profile"]
    emptied = edit(shop, ada, {"profile": nothing}, manager(shop)).json["profile"]

    assert set(EVERYTHING) == set(ProfileChange().fields)
    assert (unseen.status_code, unseen.json["type"]) == (428, "/problems/version-required")
    assert (written.status_code, stale.status_code) == (200, 412)
    assert {name: read[name] for name in EVERYTHING} == EVERYTHING
    assert {name: emptied[name] for name in nothing} == nothing


def test_age_comes_from_the_birth_date_or_as_it_was_recorded(shop: Shop, ada: str) -> None:
    path, told = f"/customers/{ada}", ("age", "age_source", "age_recorded", "age_recorded_on", "phone_recorded")
    unknown = shop.get(path).json["profile"]
    with transaction(uuid.UUID(shop.store_id)):
        profile = db.session.scalars(rows_of(Profile).where(Profile.customer_id == uuid.UUID(ada))).one()
        profile.age_recorded, profile.age_recorded_on, profile.phone_recorded = 50, date(2024, 5, 6), "555-0132"

    recorded = shop.get(path).json["profile"]
    born = edit(shop, ada, {"profile": {"date_of_birth": "1900-01-01"}})
    found = shop.get("/customers", query_string={"phone": "+14155550132"}).json["profile"]

    assert [unknown[name] for name in told] == [None] * 5
    assert [recorded[name] for name in told] == [50, "recorded", 50, "2024-05-06", "555-0132"]
    assert found["age"] == born.json["profile"]["age"] == clock.now().year - 1900
    assert found["age_source"] == "date_of_birth"


@pytest.mark.parametrize("changes", [{"name": "Ada L."}, {"profile": {"city": "Oakland"}}, {"email": EMAIL}])
def test_change_refuses_over_what_somebody_else_wrote(shop: Shop, ada: str, changes: dict[str, Any]) -> None:
    """The version covers the profile as well as the customer's own row."""
    version = shop.get(f"/customers/{ada}").json["version"]
    path = f"/customers/{ada}"

    first = shop.patch(path, changes, version=version, as_="register")
    second = shop.patch(path, {"profile": {"notes": "mine"}}, version=version, as_="register")

    assert (first.status_code, second.status_code) == (200, 412)
    assert shop.get(path).json["version"] == first.json["version"] > version
    assert first.headers["ETag"] == f'"{first.json["version"]}"'


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": "ada"}, "/email"),
        ({"email": "ada@ example.com"}, "/email"),
        ({"email": f"{'a' * 250}@example.com"}, "/email"),
        ({"name": "A" * 201}, "/name"),
        ({"phone": "+14155550199"}, "/phone"),
        ({"order_count": 99}, "/order_count"),
        ({"total_spent": 0}, "/total_spent"),
        ({"marketing_consent": True}, "/marketing_consent"),
        ({"profile": {"date_of_birth": "10.12.1990"}}, "/profile/date_of_birth"),
        ({"profile": {"date_of_birth": "2026-02-30"}}, "/profile/date_of_birth"),
        ({"profile": {"tags": ["x"] * 51}}, "/profile/tags"),
        ({"profile": {"tags": [""]}}, "/profile/tags/0"),
        ({"profile": {"notes": "a\x00b"}}, None),
        ({"profile": {"shoe_size": 42}}, "/profile/shoe_size"),
        ({"profile": {"age": 42}}, "/profile/age"),
        ({"profile": {"age_recorded": 42}}, "/profile/age_recorded"),
        ({"profile": {"phone_recorded": "555-0132"}}, "/profile/phone_recorded"),
        ({"profile": None}, "/profile"),
    ],
)
def test_change_refuses(shop: Shop, ada: str, changes: dict[str, Any], pointer: str | None) -> None:
    before = shop.get(f"/customers/{ada}").json

    refused = edit(shop, ada, changes)

    assert refused.status_code == (422 if pointer else 400)
    assert [error["pointer"] for error in refused.json.get("errors", [])] == ([pointer] if pointer else [])
    assert shop.get(f"/customers/{ada}").json == before


# --- e-mail ---------------------------------------------------------------------------------------------------


def test_email_is_shown_again_as_it_was_written(shop: Shop, ada: str) -> None:
    changed = edit(shop, ada, {"email": EMAIL})

    assert changed.json["email"] == EMAIL
    assert shop.get(f"/customers/{ada}").json["email"] == EMAIL


def test_email_is_kept_encrypted_and_as_a_hash_only(app: Flask, shop: Shop, ada: str) -> None:
    edit(shop, ada, {"email": EMAIL})

    row = kept(shop, "customers", ada)
    vault = app.extensions["vault"]
    assert row["email_encrypted"].startswith("v1.")
    assert vault.decrypt(row["email_encrypted"], context=f"customers.email:{ada}") == EMAIL
    assert row["email_hash"] == vault.hash_email(EMAIL.lower())
    assert "lovelace" not in everything_kept(shop).lower()


def test_email_hash_finds_the_same_address_in_another_case(shop: Shop, ada: str) -> None:
    bob = shop.sell(phone="+14155550133")["customer"]["id"]
    edit(shop, ada, {"email": EMAIL})
    edit(shop, bob, {"email": EMAIL.upper()})

    rows = [kept(shop, "customers", customer_id) for customer_id in (ada, bob)]

    assert rows[0]["email_hash"] == rows[1]["email_hash"]
    assert rows[0]["email_encrypted"] != rows[1]["email_encrypted"]


def test_email_is_forgotten_when_it_is_taken_away(shop: Shop, ada: str) -> None:
    edit(shop, ada, {"email": EMAIL})

    changed = edit(shop, ada, {"email": None})

    row = kept(shop, "customers", ada)
    assert changed.json["email"] is row["email_encrypted"] is row["email_hash"] is None


# --- health data ----------------------------------------------------------------------------------------------


def test_health_data_is_shown_to_managers_only(shop: Shop, ada: str) -> None:
    edit(shop, ada, {"profile": {"medical_conditions": HEALTH}}, manager(shop))

    path = f"/customers/{ada}"
    seen = {
        "cashier": shop.get(path),
        "cashier by phone": shop.post("/customers/lookup", {"phone": "+14155550132"}),
        "manager": shop.get(path, headers=manager(shop)),
        "owner": shop.get(path, as_="owner"),
    }
    assert {who: answer.json["profile"]["medical_conditions"] for who, answer in seen.items()} == {
        "cashier": None, "cashier by phone": None, "manager": HEALTH, "owner": HEALTH,
    }  # fmt: skip
    assert "asthma" not in seen["cashier"].get_data(as_text=True)


def test_health_data_is_written_by_managers_only(shop: Shop, ada: str) -> None:
    refused = edit(shop, ada, {"name": "X", "profile": {"medical_conditions": HEALTH}})

    assert (refused.status_code, refused.json["type"]) == (403, "/problems/role-too-low")
    assert shop.get(f"/customers/{ada}").json["name"] == "Ada"
    assert edit(shop, ada, {"profile": {"medical_conditions": HEALTH}}, manager(shop)).status_code == 200


def test_cashiers_change_does_not_touch_health_data(shop: Shop, ada: str) -> None:
    edit(shop, ada, {"profile": {"medical_conditions": HEALTH}}, manager(shop))

    edit(shop, ada, {"profile": {"city": "Oakland"}})

    assert shop.get(f"/customers/{ada}", as_="owner").json["profile"]["medical_conditions"] == HEALTH


def test_health_data_is_kept_encrypted_for_its_row(app: Flask, shop: Shop, ada: str) -> None:
    edit(shop, ada, {"profile": {"medical_conditions": HEALTH}}, manager(shop))

    sealed = kept(shop, "profiles", ada)["medical_conditions"]
    assert sealed.startswith("v1.")
    assert app.extensions["vault"].decrypt(sealed, context=f"profiles.medical_conditions:{ada}") == HEALTH
    assert "asthma" not in everything_kept(shop)


@pytest.mark.parametrize("nothing", [None, ""])
def test_health_data_is_forgotten_when_it_is_taken_away(shop: Shop, ada: str, nothing: str | None) -> None:
    edit(shop, ada, {"profile": {"medical_conditions": HEALTH}}, manager(shop))

    edit(shop, ada, {"profile": {"medical_conditions": nothing}}, manager(shop))

    assert not kept(shop, "profiles", ada)["medical_conditions"]
    assert shop.get(f"/customers/{ada}", as_="owner").json["profile"]["medical_conditions"] is None
