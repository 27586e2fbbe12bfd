"""Who did what: a row for each change, personal fields named but hidden, secrets nowhere."""

import json
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pos import audit_log
from pos.audit_log import HIDDEN, Remark
from pos.db import db, rows_of, transaction
from tests.client import Shop
from tests.databases import PASSWORD, PIN


def entries(shop: Shop, subject: str) -> list[dict[str, Any]]:
    """The acts on a subject (table:id), oldest first; the table alone gives those on all its rows."""
    statement = text(
        "SELECT actor, action, subject, before, after FROM audit_log"
        " WHERE store_id = :store AND subject LIKE :subject ORDER BY id"
    )
    with transaction(uuid.UUID(shop.store_id)):
        rows = db.session.execute(statement, {"store": shop.store_id, "subject": f"{subject}%"}).mappings()
        return [dict(row) for row in rows]


def last(shop: Shop, subject: str) -> dict[str, Any]:
    return entries(shop, subject)[-1]


def edit(shop: Shop, path: str, changes: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Changes something as the owner, or as whom the headers name."""
    version = shop.get(path, as_="owner").json["version"]
    answer = shop.request(
        "PATCH",
        path,
        as_="register" if headers else "owner",
        headers={"If-Match": f'"{version}"', **headers},
        json=changes,
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def signed_in(shop: Shop, role: str) -> dict[str, str]:
    answer = shop.post("/register/sign-in", {"user_id": shop.people[role], "pin": PIN})
    return {"X-User-Token": answer.json["user_token"]}


@pytest.mark.parametrize(
    ("path", "changes", "before", "after"),
    [
        ("/products/{product}", {"price": 900}, {"price": 800}, {"price": 900}),
        (
            "/products/{product}",
            {"name": "Hazy", "stock_quantity": 7, "kind": "food"},
            {"name": "House IPA"},
            {"name": "Hazy", "stock_quantity": 7},
        ),
        ("/categories/{category}", {"name": "All"}, {"name": "Everything"}, {"name": "All"}),
        ("/locations/{location}", {"address": "1 Pier"}, None, {"address": "1 Pier"}),
        ("/registers/{register}", {"name": "Left"}, {"name": "Bar"}, {"name": "Left"}),
    ],
)
def test_change_is_recorded_with_what_changed(
    shop: Shop, path: str, changes: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    if path.startswith("/registers"):
        version = shop.get("/registers", as_="owner").json["data"][0]["version"]
        assert shop.patch(f"/registers/{shop.register_id}", changes, version=version).status_code == 200
    else:
        filled = path.format(product=shop.products["IPA"], category=shop.category_id, location=shop.location_id)
        edit(shop, filled, changes)

    table = path.split("/")[1]
    ids = {"products": shop.products["IPA"], "categories": shop.category_id,
           "locations": shop.location_id, "registers": shop.register_id}  # fmt: skip
    assert last(shop, f"{table}:{ids[table]}") == {
        "actor": "api-key",
        "action": f"{table}.change",
        "subject": f"{table}:{ids[table]}",
        "before": before,
        "after": after,
    }


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_change_names_the_person_who_made_it(shop: Shop, role: str) -> None:
    edit(shop, f"/products/{shop.products['IPA']}", {"price": 900}, **signed_in(shop, role))

    assert last(shop, "products:")["actor"] == f"user:{shop.people[role]}"


def test_creation_is_recorded(shop: Shop) -> None:
    body = {"name": "Stout", "sku": "STOUT", "kind": "food", "price": 700, "tax_class": "standard"}
    created = shop.post("/products", body, as_="owner").json

    entry = last(shop, "products:")
    assert (entry["action"], entry["subject"]) == ("products.create", f"products:{created['id']}")
    assert entry["before"] is None
    assert body.items() <= entry["after"].items()


def test_tax_rate_is_recorded(shop: Shop) -> None:
    edit(shop, f"/locations/{shop.location_id}", {"tax_rates": {"standard": "0.09"}})

    entry = last(shop, "tax_rates:")
    assert (entry["action"], entry["after"]) == ("tax_rates.change", {"rate": "0.09"})
    assert float(entry["before"]["rate"]) == 0.0825


def test_edit_that_changes_nothing_is_not_recorded(shop: Shop) -> None:
    known = len(entries(shop, "products:"))

    edit(shop, f"/products/{shop.products['IPA']}", {"price": 800, "name": "House IPA"})

    assert len(entries(shop, "products:")) == known


@pytest.mark.parametrize("refused", [{"price": -1}, {"sku": "WATER"}, {"tax_class": "luxury"}])
def test_refused_change_is_not_recorded(shop: Shop, refused: dict[str, Any]) -> None:
    known = len(entries(shop, "products:"))
    version = shop.get(f"/products/{shop.products['IPA']}").json["version"]

    assert shop.patch(f"/products/{shop.products['IPA']}", refused, version=version).status_code in {409, 422}

    assert len(entries(shop, "products:")) == known


def test_cancellation_is_recorded_with_its_reason_beside_it(shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash"})

    shop.post(f"/orders/{order['id']}/cancel", {"reason": "spilt", "refund": True}, headers=signed_in(shop, "manager"))

    assert last(shop, f"orders:{order['id']}") == {
        "actor": f"user:{shop.people['manager']}",
        "action": "order.cancel",
        "subject": f"orders:{order['id']}",
        "before": None,
        "after": {"reason": HIDDEN, "refunded": 866, "authorised_by": f"user:{shop.people['manager']}"},
    }
    with transaction(uuid.UUID(shop.store_id)):
        assert db.session.scalars(rows_of(Remark).with_only_columns(Remark.words)).all() == ["spilt"]


# --- what must not be seen ------------------------------------------------------------------------------------


def test_personal_fields_are_named_and_hidden(shop: Shop) -> None:
    order = shop.sell(name="Ada")
    changes = {"name": "Ada Lovelace", "email": "ada@lovelace.example", "profile": {
        "city": "Marylebone", "notes": "likes engines", "medical_conditions": "asthma", "date_of_birth": "1985-12-10",
        "customer_type": "regular",
    }}  # fmt: skip

    edit(shop, f"/customers/{order['customer']['id']}", changes)

    customer, profile = last(shop, "customers:"), last(shop, "profiles:")
    assert customer["before"] == {"name": HIDDEN}
    assert customer["after"] == {"name": HIDDEN, "email_encrypted": HIDDEN, "email_hash": HIDDEN}
    assert profile["subject"] == f"profiles:{order['customer']['id']}"
    assert profile["after"] == {
        "city": HIDDEN, "notes": HIDDEN, "medical_conditions": HIDDEN, "date_of_birth": HIDDEN, "customer_type": HIDDEN,
    }  # fmt: skip


def test_log_holds_neither_secrets_nor_personal_data(app: Flask, shop: Shop) -> None:
    """After everything that handles a secret or a person has been done once."""
    grace = {
        "name": "Grace",
        "role": "manager",
        "email": "grace@secret.example",
        "password": "grace password",
        "pin": "9753",
    }
    created = shop.post("/users", grace, as_="owner").json
    edit(shop, f"/users/{created['id']}", {"pin": "8642"})
    register = shop.post("/registers", {"name": "Window", "location_id": shop.location_id}, as_="owner").json
    code = register["enrolment_code"]
    enrolled = shop.post("/register/enrol", {"store": shop.slug, "code": code}, as_="nobody").json
    session = shop.post("/session", {"email": f"owner@{shop.slug}.example", "password": PASSWORD}, as_="nobody")
    order = shop.sell(name="Ada", phone="(415) 555-0177", marketing_consent=True)
    edit(
        shop,
        f"/customers/{order['customer']['id']}",
        {"name": "Ada L.", "profile": {"address": "12 St James's Square"}},
    )
    renewed = app.test_cli_runner().invoke(args=["stores", "renew-api-key", shop.slug]).output
    cookie = shop.client.get_cookie("tappass_session").value

    written = json.dumps(entries(shop, ""))

    assert session.status_code == 201
    for action in ("users.create", "memberships.change", "registers.change", "office_sessions.create", "stores.change"):
        assert f'"{action}"' in written
    secrets = [
        grace["email"], grace["password"], "9753", "8642", code, enrolled["token"], shop.api_key, renewed.split()[-1],
        cookie, cookie.rpartition("_")[2], "$argon2", "$2b$", "Ada", "5550177", "St James",
    ]  # fmt: skip
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'nobody' WHERE store_id = '{store}'",
        "DELETE FROM audit_log WHERE store_id = '{store}'",
        "TRUNCATE audit_log",
    ],
)
def test_log_is_only_added_to(shop: Shop, statement: str) -> None:
    edit(shop, f"/products/{shop.products['IPA']}", {"price": 900})

    with pytest.raises(ProgrammingError, match="permission denied"), transaction(uuid.UUID(shop.store_id)):
        db.session.execute(text(statement.format(store=shop.store_id)))

    assert last(shop, "products:")["actor"] == "api-key"


def test_log_of_one_store_is_not_another_ones(shop: Shop, other_shop: Shop) -> None:
    edit(shop, f"/products/{shop.products['IPA']}", {"price": 900})

    with transaction(uuid.UUID(other_shop.store_id)):
        seen = db.session.scalars(text("SELECT DISTINCT store_id::text FROM audit_log")).all()

    assert set(seen) <= {other_shop.store_id}


def test_record_notes_an_act_by_name(shop: Shop) -> None:
    with transaction(uuid.UUID(shop.store_id), actor="user:ada"):
        audit_log.record("price.override", "orders:1", before={"total": 2}, after={"total": 1})

    assert last(shop, "orders:1") == {
        "actor": "user:ada",
        "action": "price.override",
        "subject": "orders:1",
        "before": {"total": 2},
        "after": {"total": 1},
    }
