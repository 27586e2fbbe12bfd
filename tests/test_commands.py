"""The commands of the README: that they are there, what they say to good input, and that they refuse bad input with a
sentence. What they change is looked at over HTTP, where it counts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos import config, postgres
from pos.audit.tasks import audit_every_store
from pos.db import db, transaction
from pos.stores import actions as locations
from pos.stores.models import Store
from tests import databases
from tests.client import Shop
from tests.databases import PASSWORD, PIN
from tests.hosting import ROOT, flask, rows, running, shown

README = (ROOT / "README.md").read_text()
SOURCES = [
    ROOT / "README.md",
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "pos").rglob("*.py"),
    *(ROOT / "pos").rglob("*.html"),
]
# A store that could be created as it stands; the cases below change one thing of it.
STORE = {"name": "Dock", "slug": "dock", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE"}


# --- which there are -----------------------------------------------------------------------------------------


def test_readme_lists_each_command_and_no_other(app: Flask) -> None:
    ours = {name for name, command in walk(app.cli) if is_ours(command)}

    assert ours ^ {name for name in in_readme() if not name.startswith("db ")} == set()
    assert {"up", "doctor", "audit", "stores create", "db upgrade"} <= in_readme()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`flask ([a-z -]+)`", README))))
def test_help_says_what_a_command_of_the_readme_does(app: Flask, name: str) -> None:
    shown = CliRunner().invoke(FlaskGroup(create_app=lambda: app), [*name.split(), "--help"])

    assert shown.exit_code == 0, shown.output
    assert re.search(r"^Usage: .*\n\n  [A-Z]\w+ .+\n", shown.output), "what it does stands below how it is written"


def test_advice_names_commands_that_there_are(app: Flask) -> None:
    known = {name for name, _ in walk(app.cli)} | {"db upgrade", "db downgrade"}
    # Groups of groups, of which two words are looked at: legacy reader add.
    known |= {" ".join(name.split()[:2]) for name in known}
    groups = {name.split()[0] for name in known if " " in name}

    advised = {
        (path.name, name if name.split()[0] in groups else name.split()[0])
        for path in SOURCES
        for name in re.findall(r"flask --app wsgi ([a-z-]+(?: [a-z-]+)?)", path.read_text())
    }

    assert len(advised) > 5
    assert {(page, name) for page, name in advised if name not in known} == set()


def in_readme() -> set[str]:
    lines = [line for line in README.splitlines() if line.startswith("| `flask ")]
    return {name for line in lines for name in re.findall(r"`flask ([a-z -]+)`", line)}


def walk(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from walk(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def is_ours(command: click.Command) -> bool:
    return getattr(command.callback, "__module__", "").startswith("pos.")


# --- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "stores renew-api-key nowhere",
        "registers enrol --store nowhere --name Bar",
        "registers code --store nowhere --name Bar",
        "registers list --store nowhere",
        "registers revoke --store nowhere --name Bar",
        "users add --store nowhere --name Ada --role cashier",
        "users list --store nowhere",
        "users reset-password --store nowhere --name Ada",
        "audit --store nowhere",
        "legacy reader add --store nowhere old_site",
        "legacy reader list --store nowhere",
        "legacy reader remove --store nowhere old_site",
    ],
)
def test_command_refuses_an_unknown_store(app: Flask, words: str) -> None:
    sentence = refused(app, *words.split())

    assert sentence.startswith("There is no store with the slug 'nowhere'.")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"slug": "hops"}, "slug"),
        ({"slug": "Bad Slug"}, "slug"),
        ({"slug": "x"}, "slug"),
        ({"slug": "-dock"}, "slug"),
        ({"slug": "d" * 90}, "slug"),
        ({"name": ""}, "name"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"country": "Germany"}, "country"),
        ({"country": "ZZ9"}, "country"),
        ({"country": "de"}, "country"),
        ({"country": "001"}, "country"),
        ({"timezone": "Berlin"}, "time zone"),
        ({"timezone": ""}, "time zone"),
        ({"location": ""}, "location"),
        ({"tax-rate": "standard=8.25"}, "rate"),
        ({"tax-rate": "standard=25"}, "rate"),
        ({"tax-rate": "standard=-0.1"}, "rate"),
        ({"tax-rate": "standard=eight"}, "rate"),
        ({"tax-rate": "standard=NaN"}, "rate"),
        ({"tax-rate": "standard=Infinity"}, "rate"),
        ({"tax-rate": "standard=0,19"}, "rate"),
        ({"tax-rate": "standard"}, "rate"),
        ({"tax-rate": "=0.19"}, "class"),
    ],
)
def test_create_store_refuses_what_cannot_be_with_a_sentence_that_names_it(
    app: Flask, changed: dict[str, str], named: str
) -> None:
    sentence = refused(app, "stores", "create", *options({**STORE, **changed}))

    assert named in sentence.lower()
    assert stores(app) == {"hops", "cafe"}


def test_enrol_refuses_what_cannot_be(app: Flask, shop: Shop) -> None:
    at = ("registers", "enrol", "--store", shop.slug)
    done(app, "registers", "revoke", "--store", shop.slug, "--name", "Bar")
    with transaction(shop.store_id):  # type: ignore[arg-type]
        locations.create_location(name="Garden", timezone="America/Los_Angeles", tax_rates={"none": "0"})

    undecided = refused(app, *at, "--name", "Roof")
    nowhere = refused(app, *at, "--name", "Roof", "--location", "Moon")
    revoked = refused(app, *at, "--name", "Bar")

    assert "location" in undecided
    assert "location named 'Moon'" in nowhere
    assert revoked == "This register was revoked; create another one."
    assert "Roof" not in done(app, "registers", "list", "--store", shop.slug)


def test_revoke_refuses_an_unknown_register(app: Flask, shop: Shop) -> None:
    sentence = refused(app, "registers", "revoke", "--store", shop.slug, "--name", "Roof")

    assert "register named 'Roof'" in sentence


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"role": "owner", "email": None}, "e-mail"),
        ({"role": "manager", "email": None}, "e-mail"),
        ({"email": "owner@hops.example"}, "already works in this store"),
        ({"email": "OWNER@hops.example"}, "already works in this store"),
        ({"email": "not an address"}, "e-mail"),
        ({"name": ""}, "name"),
    ],
)
def test_add_user_refuses_what_cannot_be(app: Flask, shop: Shop, changed: dict[str, str | None], named: str) -> None:
    person = {"store": shop.slug, "name": "Ada", "role": "owner", "email": "ada@hops.example", **changed}

    sentence = refused(
        app, "users", "add", *options({name: value for name, value in person.items() if value is not None})
    )

    assert named in sentence
    assert people(app, shop.slug) == {"Owner", "Manager", "Cashier"}


def test_add_user_refuses_an_unknown_role_and_lists_the_roles(app: Flask, shop: Shop) -> None:
    result = invoke(app, "users", "add", *options({"store": shop.slug, "name": "Ada", "role": "boss"}))

    assert result.exit_code == 2
    assert "'cashier', 'manager', 'owner'" in result.output


def test_reset_password_refuses_a_name_that_is_nobodys_or_two_peoples(app: Flask, shop: Shop) -> None:
    for _ in range(2):
        done(app, "users", "add", *options({"store": shop.slug, "name": "Twin", "role": "cashier"}))

    nobody = refused(app, "users", "reset-password", *options({"store": shop.slug, "name": "Ghost"}))
    either = refused(app, "users", "reset-password", *options({"store": shop.slug, "name": "Twin"}))

    assert "one person named 'Ghost'" in nobody
    assert "one person named 'Twin'" in either


@pytest.mark.parametrize(
    "words", ["stores list", "audit", "users list --store hops", "demo seed", "doctor", "jobs retry"]
)
def test_command_says_that_the_database_is_out_of_reach(server: postgres.Server, tmp_path: Path, words: str) -> None:
    nowhere = f"postgresql://shop:geheim@/shop?host={tmp_path}"
    away = {name: nowhere for name in databases.environ(server, "any") if name.endswith("DATABASE_URL")}

    with running(config.read({**databases.environ(server, "any"), **away})) as app:
        result = invoke(app, *words.split())

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert "No such file or directory" in result.output
    assert "geheim" not in result.output


def test_refusal_in_a_terminal_is_one_line(server: postgres.Server, database: str) -> None:
    answer = flask(databases.environ(server, database), "stores", "renew-api-key", "nowhere")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert re.fullmatch(r"Error: There is no store with the slug 'nowhere'\..*\n", answer.stderr)


# --- what they do --------------------------------------------------------------------------------------------


def test_list_stores_shows_all_with_their_currencies(app: Flask, shop: Shop, other_shop: Shop) -> None:
    with transaction(None):
        db.session.execute(db.update(Store).where(Store.slug == other_shop.slug).values(is_active=False))

    lines = {line.split()[0]: line.split()[-2:] for line in done(app, "stores", "list").splitlines()}

    assert lines == {"hops": ["USD", "active"], "cafe": ["EUR", "inactive"]}


def test_created_store_has_the_taxes_that_were_said(app: Flask, shop: Shop) -> None:
    made = done(app, "stores", "create", *options(STORE), "--tax-rate", "standard=0.19", "--tax-rate", "food=0.07")

    locations: Any = shop.get("/locations", as_=shown(made, "API key")).json

    assert [place["tax_rates"] for place in locations["data"]] == [{"standard": "0.19", "food": "0.07"}]
    assert locations["data"][0]["timezone"] == "Europe/Berlin"


def test_secret_is_shown_once_and_kept_nowhere_in_plain_text(app: Flask) -> None:
    key = shown(done(app, "stores", "create", *options(STORE)), "API key")
    token = shown(
        done(app, "registers", "enrol", *options({"store": "dock", "name": "Till", "location": "Main"})), "token"
    )
    said = done(
        app, "users", "add", *options({"store": "dock", "name": "Olive", "role": "owner", "email": "o@dock.example"})
    )

    kept = everything(app)

    secrets = [key.split("_", 2)[2], token.split("_", 2)[2], shown(said, "password").split()[0]]
    assert [len(secret) > 10 for secret in secrets] == [True] * 3
    assert [secret for secret in secrets if secret in kept] == []
    assert "dock" in kept


def test_enrol_makes_a_register_at_its_location_and_keeps_it_when_it_is_enrolled_again(app: Flask, shop: Shop) -> None:
    at = {"store": shop.slug, "name": "Window"}

    first = done(app, "registers", "enrol", *options(at), "--location", "Taproom")
    again = done(app, "registers", "enrol", *options(at))
    me: Any = shop.get("/me", as_=shown(again, "token")).json

    assert shown(first, "register") == shown(again, "register")
    assert me["register_id"] in shown(again, "register")
    assert (me["location_id"], me["role"]) == (shop.location_id, "cashier")
    assert shop.get("/me", as_=shown(first, "token")).status_code == 401
    assert re.search(r"^Window .* enrolled$", done(app, "registers", "list", "--store", shop.slug), re.MULTILINE)


def test_revoke_may_be_repeated_and_shows_in_the_list(app: Flask, shop: Shop) -> None:
    revoke = ("registers", "revoke", "--store", shop.slug, "--name", "Bar")

    said = [done(app, *revoke), done(app, *revoke)]

    assert said == ["register Bar is revoked\n"] * 2
    assert shop.get("/me").status_code == 401
    assert re.search(r"^Bar .* revoked$", done(app, "registers", "list", "--store", shop.slug), re.MULTILINE)


def test_registers_of_another_store_are_neither_listed_nor_revoked(app: Flask, shop: Shop, other_shop: Shop) -> None:
    done(app, "registers", "enrol", *options({"store": shop.slug, "name": "Ours", "location": "Taproom"}))

    listed = done(app, "registers", "list", "--store", other_shop.slug)
    sentence = refused(app, "registers", "revoke", "--store", other_shop.slug, "--name", "Ours")

    assert ("Ours" in listed, "Bar" in listed) == (False, True)
    assert "register named 'Ours'" in sentence


def test_added_owner_signs_in_by_password_and_pin(app: Flask, shop: Shop) -> None:
    said = done(
        app,
        "users",
        "add",
        *options({"store": shop.slug, "name": "Olive", "role": "owner", "email": "Olive@Hops.Example"}),
    )

    office = sign_in(shop, "olive@hops.example", shown(said, "password").split()[0])
    counter = enter_pin(shop, user_id(said), shown(said, "PIN"))

    assert (office.status_code, counter.status_code) == (201, 200)
    assert (office.json["role"], counter.json["role"]) == ("owner", "owner")  # type: ignore[index]
    assert re.search(r"^Olive +owner +.* active$", done(app, "users", "list", "--store", shop.slug), re.MULTILINE)


def test_added_cashier_needs_no_address_and_gets_a_pin_alone(app: Flask, shop: Shop) -> None:
    said = done(app, "users", "add", *options({"store": shop.slug, "name": "Casey", "role": "cashier"}))

    assert "password" not in said
    assert re.fullmatch(r"\d{4}", shown(said, "PIN"))
    assert enter_pin(shop, user_id(said), shown(said, "PIN")).status_code == 200


def test_added_person_of_another_store_keeps_the_password_that_they_had(
    app: Flask, shop: Shop, other_shop: Shop
) -> None:
    email = "owner@hops.example"

    said = done(
        app, "users", "add", *options({"store": other_shop.slug, "name": "Guest", "role": "manager", "email": email})
    )

    assert "unless the person had one from another store" in said
    assert sign_in(shop, email, PASSWORD, store=other_shop.slug).status_code == 201
    assert sign_in(shop, email, shown(said, "password").split()[0], store=other_shop.slug).status_code == 401


def test_reset_password_ends_the_old_one_the_old_pin_and_the_open_session(app: Flask, shop: Shop) -> None:
    email, owner = "owner@hops.example", shop.people["owner"]
    sign_in(shop, email, PASSWORD)
    before = shop.get("/me", as_="nobody").status_code

    said = done(app, "users", "reset-password", *options({"store": shop.slug, "name": "Owner"}))
    signed_out = shop.get("/me", as_="nobody").status_code

    assert (before, signed_out) == (200, 401)
    assert sign_in(shop, email, PASSWORD).status_code == 401
    assert sign_in(shop, email, shown(said, "password")).status_code == 201
    assert enter_pin(shop, owner, shown(said, "PIN")).status_code == 200
    assert shown(said, "PIN") == PIN or enter_pin(shop, owner, PIN).status_code == 401


def test_reset_password_of_a_cashier_gives_a_pin_alone(app: Flask, shop: Shop) -> None:
    said = done(app, "users", "reset-password", *options({"store": shop.slug, "name": "Cashier"}))

    assert "password" not in said
    assert enter_pin(shop, shop.people["cashier"], shown(said, "PIN")).status_code == 200


def test_reset_password_unlocks_a_pin_that_was_guessed_at(app: Flask, shop: Shop) -> None:
    cashier = shop.people["cashier"]
    guesses = [enter_pin(shop, cashier, "0000").status_code for _ in range(6)]

    said = done(app, "users", "reset-password", *options({"store": shop.slug, "name": "Cashier"}))

    assert guesses == [401] * 5 + [429]
    assert enter_pin(shop, cashier, shown(said, "PIN")).status_code == 200


def test_reset_password_lets_in_who_tried_too_often(app: Flask, shop: Shop) -> None:
    """The command unlocks, its help says: who forgot the password has most likely used up the tries."""
    email = "owner@hops.example"
    guesses = [sign_in(shop, email, "forgotten").status_code for _ in range(11)]

    said = done(app, "users", "reset-password", *options({"store": shop.slug, "name": "Owner"}))

    assert guesses == [401] * 10 + [429]
    assert sign_in(shop, email, shown(said, "password")).status_code == 201


def test_audit_proves_all_stores_or_the_one_that_is_named(app: Flask, shop: Shop) -> None:
    shop.sell(payment={"method": "card"})

    everywhere, here = done(app, "audit"), done(app, "audit", "--store", shop.slug)

    assert re.fullmatch(r"\d+ rules, 2 store\(s\): 0 violation\(s\)\n", everywhere)
    assert re.fullmatch(r"\d+ rules, 1 store\(s\): 0 violation\(s\)\n", here)


def test_audit_ends_with_1_and_shows_the_rows_that_break_a_rule(app: Flask, shop: Shop, other_shop: Shop) -> None:
    order = shop.sell(payment={"method": "card"})
    with transaction(shop.store_id):  # type: ignore[arg-type]
        db.session.execute(text("UPDATE customers SET total_spent = total_spent + 1"))

    result, elsewhere = invoke(app, "audit"), done(app, "audit", "--store", other_shop.slug)

    assert (result.exit_code, "1 violation(s)" in result.output) == (1, True), result.output
    assert f"store {shop.store_id}:" in result.output
    assert order["customer"]["id"] in result.output
    assert order["customer"]["phone"] not in result.output
    assert "0 violation(s)" in elsewhere


def test_retry_gives_failed_jobs_to_the_worker_again(committed: Flask, superuser: Any) -> None:
    with committed.app_context():
        audit_every_store(0)
    with superuser.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 5")

        said = [done(committed, "jobs", "retry"), done(committed, "jobs", "retry")]

        assert said == ["2 job(s) will be tried again\n", "0 job(s) will be tried again\n"]
        assert rows(cursor, "SELECT DISTINCT status::text FROM procrastinate_jobs") == [("todo",)]


# --- the demo where it has no place --------------------------------------------------------------------------


def test_demo_refuses_a_database_with_a_store(app: Flask) -> None:
    sentence = refused(app, "demo", "seed")

    assert sentence == "There is a store already; the demo is for an empty database."
    assert stores(app) == {"hops", "cafe"}


def test_demo_refuses_production_even_when_the_database_is_empty(
    server: postgres.Server, database: str, superuser: Any, tmp_path: Path
) -> None:
    with superuser.cursor() as cursor:
        cursor.execute("SET app.allow_drop = on; TRUNCATE stores, users CASCADE")
    production = {"APP_ENV": "production", "PUBLIC_BASE_URL": "https://pos.example", "POS_DATA_DIR": str(tmp_path)}
    production["STRIPE_SECRET_KEY"] = production["TWILIO_ACCOUNT_SID"] = "none"

    with running(config.read({**databases.environ(server, database), **production})) as app:
        sentence = refused(app, "demo", "seed")
        left = stores(app)

    assert (left, list(tmp_path.iterdir())) == (set(), [])
    assert "production" in sentence, "it must not say that there is a store"


# --- how they are asked --------------------------------------------------------------------------------------


def invoke(app: Flask, *words: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(words))


def done(app: Flask, *words: str) -> str:
    result = invoke(app, *words)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result.output


def refused(app: Flask, *words: str) -> str:
    """The sentence with which a command is refused; a stack instead of it fails the test."""
    result = invoke(app, *words)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1, result.output
    sentence = re.fullmatch(r"Error: (.+)\n", result.output)
    assert sentence, result.output
    return sentence[1]


def options(said: dict[str, str]) -> list[str]:
    return [word for name, value in said.items() for word in (f"--{name}", value)]


def user_id(output: str) -> str:
    return shown(output, "user").rpartition("(")[2].rstrip(")")


def sign_in(shop: Shop, email: str, password: str, store: str | None = None) -> TestResponse:
    said = {"email": email, "password": password, **({"store": store} if store else {})}
    return shop.post("/session", said, as_="nobody")


def enter_pin(shop: Shop, person: str, pin: str) -> TestResponse:
    return shop.post("/register/sign-in", {"user_id": person, "pin": pin})


def stores(app: Flask) -> set[str]:
    with app.app_context(), transaction(None):
        return set(db.session.scalars(db.select(Store.slug)))


def people(app: Flask, slug: str) -> set[str]:
    return {line.split()[0] for line in done(app, "users", "list", "--store", slug).splitlines()}


def everything(app: Flask) -> str:
    """All that the tables of the store hold, as text."""
    tables = ("stores", "users", "memberships", "registers", "audit_log")
    with transaction(None):
        store_id = db.session.scalar(db.select(Store.id).where(Store.slug == "dock"))
    with transaction(store_id):
        return "\n".join(str(db.session.scalar(text(f"SELECT json_agg(t)::text FROM {table} t"))) for table in tables)
