"""What happens can be seen: request ids, log lines without anything personal, counters, health."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import DatabaseError, ProgrammingError
from werkzeug.test import TestResponse

from pos import create_app, postgres
from pos.db import db
from pos.http.observing import redact
from pos.stores import tokens
from tests import databases
from tests.client import API, Shop
from tests.http import talking
from tests.operations import answered_bugs

ROOT = Path(__file__).parents[2]
SECONDS_TO_TALK = 60
STRIPE_KEY = "sk_test_of_the_log"
GOOD_IDS = ("a", "0", "checkout-17", "0190a0b0-0000-7000-8000-000000000000", "a.b_c-D", "x" * 100)
BAD_IDS = ("", " ", "two words", "x" * 101, "a/b", "ä", "<script>", "a\tb", "id;drop", "{}", "a,b", "%0a", "%d%s")
PERSONAL = (
    talking.PHONE, talking.NATIONAL, talking.SPELT, "555-0132", talking.EMAIL, talking.NAME, talking.ILLNESS, talking.NOTE,
    talking.BREAKS_CHECK, talking.RAISES, talking.TIMES_OUT, "415 555 013",
)  # fmt: skip
PLANTED = f"""
    ALTER TABLE customers ADD CONSTRAINT planted CHECK (phone <> '{talking.BREAKS_CHECK}') NOT VALID;
    CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.phone = '{talking.RAISES}' THEN RAISE EXCEPTION 'the phone % of % is odd', NEW.phone, NEW.name; END IF;
        IF NEW.phone = '{talking.TIMES_OUT}' THEN
            RAISE EXCEPTION 'statement about % timed out', NEW.phone USING ERRCODE = 'query_canceled';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER planted BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION planted();
"""
KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other", "unknown"}

# --- the id of a request ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_id", GOOD_IDS)
def test_request_id_of_the_client_comes_back(shop: Shop, request_id: str) -> None:
    response = shop.get("/me", headers={"X-Request-Id": request_id})

    assert response.headers["X-Request-Id"] == request_id


@pytest.mark.parametrize("request_id", BAD_IDS, ids=ascii)
def test_request_id_that_could_forge_a_log_line_is_replaced(shop: Shop, request_id: str) -> None:
    response = shop.get("/me", headers={"X-Request-Id": request_id})

    assert UUID(response.headers["X-Request-Id"]).version == 7


def test_each_request_gets_an_id_of_its_own(shop: Shop) -> None:
    ids = [shop.get("/me").headers["X-Request-Id"] for _ in range(5)]

    # Several requests fit into one millisecond, within which the ids are random.
    milliseconds = [UUID(request_id).int >> 80 for request_id in ids]
    assert len(set(ids)) == 5
    assert sorted(milliseconds) == milliseconds


def test_every_answer_has_an_id_and_may_not_be_stored_or_sniffed(app: Flask, shop: Shop) -> None:
    with answered_bugs(app):
        answers = [
            shop.get("/me"),
            shop.get("/me", as_="nobody"),
            shop.get("/nowhere"),
            shop.request("PUT", "/me"),
            shop.post("/users", {}, as_="register"),
            shop.post("/orders", {}),
            shop.request("POST", "/orders", headers={"Idempotency-Key": "k", "Content-Type": "application/json"}, data=b"{"),
            shop.request("POST", "/orders", headers={"Idempotency-Key": "k"}, data=b"{}"),
            shop.request("POST", "/orders", headers={"Idempotency-Key": "k"}, data=b"x" * 300_000),
            shop.request("PATCH", f"/products/{shop.products['IPA']}", as_="owner", json={}),
            shop.client.get("/healthz"),
            shop.client.get("/metrics"),
            shop.client.get(f"{API}/openapi.json"),
        ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [
        200,
        401,
        404,
        405,
        403,
        422,
        400,
        415,
        413,
        428,
        200,
        200,
        200,
    ]
    for answer in answers:
        assert UUID(answer.headers["X-Request-Id"]).version == 7
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]


# --- the log ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["development", "production"])
def test_log_of_a_process_holds_nothing_personal_and_no_secret(
    server: postgres.Server, database: str, superuser: Any, shops: list[dict[str, Any]], mode: str
) -> None:
    """Selling, refusals, database errors whose DETAIL holds the row, bugs, and careless words of libraries."""
    with superuser.cursor() as cursor:
        cursor.execute(PLANTED)

    said, log = _talk(server, database, shops[0], mode)

    statuses = {line["what"]: line["status"] for line in said}
    assert statuses == {
        "sell": 201, "sell again": 201, "link": 201, "forged": 400, "pay": 201, "paid by link": 200, "look up": 200, "find": 200,
        "change": 200, "sign in": 200, "office": 201, "cookie": 200,
        "bad phone": 422, "bad body": 415, "bad field": 422, "bad token": 401, "no token": 401, "bad password": 401,
        "unknown": 404, "new": 201, "taken": 409, "nowhere": 404, "check": 500, "trigger": 500, "time-out": 503, "bug": 500,
    }  # fmt: skip
    log_of_requests, _, log_of_libraries = log.partition("careless")
    secrets = [shops[0]["api_key"], shops[0]["register_token"], databases.PASSWORD, *_tokens_in(said)]
    secrets += [STRIPE_KEY, databases.STRIPE_SECRET]
    assert len(secrets) == 7
    assert [text for text in (*PERSONAL, *secrets) if text in log_of_requests] == []
    broken = [line["body"] for line in said if line["status"] >= 500]
    assert [text for text in (*PERSONAL, *secrets) for body in broken if text in body] == []
    # What other people's code logs by mistake passes the same filter, its stacks included.
    assert "Traceback" in log_of_libraries
    assert [text for text in (*PERSONAL, *secrets) if text in log_of_libraries] == []


def test_log_has_one_line_of_json_for_each_request_in_production(
    server: postgres.Server, database: str, shops: list[dict[str, Any]]
) -> None:
    said, log = _talk(server, database, shops[0], "production")

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]

    assert [line["status"] for line in requests] == [line["status"] for line in said]
    for line in requests:
        assert {"event", "level", "timestamp", "method", "route", "status", "ms", "request_id"} <= set(line)
        assert line["ms"] >= 0
        assert UUID(line["request_id"]).version == 7
    sale = requests[0]
    assert (sale["method"], sale["route"], sale["store_id"]) == ("POST", "/api/v1/orders", shops[0]["store_id"])
    assert sale["actor"] == f"register:{shops[0]['register_id']}"
    nowhere = next(line for line, answer in zip(requests, said, strict=True) if answer["what"] == "nowhere")
    assert (nowhere["route"], nowhere["status"]) == ("unknown", 404)


def test_bug_is_logged_once_with_its_stack_and_the_id_that_the_caller_got(
    server: postgres.Server, database: str, shops: list[dict[str, Any]]
) -> None:
    said, log = _talk(server, database, shops[0], "production")

    answer = json.loads(said[-1]["body"])
    bugs = [line for line in map(_json_or_none, log.splitlines()) if line and line["event"] == "bug"]

    assert (said[-1]["what"], answer["status"], answer["type"]) == ("bug", 500, "/problems/internal-error")
    assert len(bugs) == 1
    assert bugs[0]["error"] == "ValueError"
    assert "Traceback" in bugs[0]["exception"]
    assert bugs[0]["request_id"] in answer["detail"]
    assert "Traceback" not in said[-1]["body"]


@pytest.mark.parametrize("text", [
    "+14155550132",
    "4155550132",
    "+442079460958",
    "phone=+14155550132,",
    "ada@example.com",
    "first.last+tag@mail.example.co.uk",
    f"{tokens.new(tokens.REGISTER, UUID(int=7))}",
    f"{tokens.new(tokens.STORE_KEY, UUID(int=7))}",
    f"{tokens.new(tokens.SESSION, UUID(int=7))}",
    "Bearer abcdefgh",
    "Authorization: Bearer tpx.y-z_0",
], ids=lambda text: text[:20])  # fmt: skip
def test_redact_takes_out_what_is_personal_or_secret(text: str) -> None:
    event = {"event": "told", "told": f"before {text} after", "exception": f"Traceback\nValueError: {text}"}

    clean = redact(None, "warning", event)

    kept = json.dumps(clean)
    core = text.partition("=")[2].rstrip(",") or text.removeprefix("Authorization: ")
    assert core not in kept
    assert kept.count("[redacted]") == 2
    assert clean["told"].startswith("before ")
    assert clean["told"].endswith(" after")


@pytest.mark.parametrize(("name", "value"), [
    ("ms", 12.5), ("status", 201), ("route", "/api/v1/orders/<uuid:order_id>"), ("event", "request"),
    ("request_id", "0190a0b0-0000-7000-8000-000000000000"), ("store_id", "0190a0b0-0000-7000-8000-123456789012"),
    ("error", "ValueError"), ("cause", "QueryCanceled"),
])  # fmt: skip
def test_redact_leaves_what_helps(name: str, value: Any) -> None:
    assert redact(None, "info", {name: value}) == {name: value}


# --- the measurements -------------------------------------------------------------------------------------------


def test_metrics_count_each_request_by_route_and_status(shop: Shop) -> None:
    before = _counts(shop)

    for _ in range(3):
        shop.sell()
    shop.post("/orders", {})
    shop.get("/me", as_="nobody")

    after = _counts(shop)
    grown = {
        labels: after[labels] - before.get(labels, 0) for labels in after if after[labels] != before.get(labels, 0)
    }
    grown.pop(("GET", "/metrics", "200"), None)
    assert grown == {
        ("POST", "/api/v1/orders", "201"): 3,
        ("POST", "/api/v1/orders", "422"): 1,
        ("GET", "/api/v1/me", "401"): 1,
    }


def test_metrics_time_each_request(shop: Shop) -> None:
    before = _sample(shop, "tappass_request_seconds_count", route="/api/v1/me")

    shop.get("/me")

    assert _sample(shop, "tappass_request_seconds_count", route="/api/v1/me") == before + 1
    assert _sample(shop, "tappass_request_seconds_sum", route="/api/v1/me") > 0


def test_metrics_name_no_customer_no_store_and_no_thing(shop: Shop) -> None:
    order = shop.sell(name="Quillfeather")
    shop.get(f"/orders/{order['id']}")
    shop.get(f"/orders/by-reference/{order['reference']}")
    shop.get("/customers", query_string={"phone": "+14155550132"})

    found = shop.client.get("/metrics").get_data(as_text=True)

    assert "/api/v1/orders/<uuid:order_id>" in found
    for text in ("4155550132", "Quillfeather", order["id"], order["reference"], shop.store_id, shop.register_id):
        assert text not in found


def test_metrics_do_not_grow_with_paths_that_anybody_makes_up(shop: Shop) -> None:
    shop.get("/made-up")
    before = set(_counts(shop))

    for number in range(20):
        shop.get(f"/made-up-{number}")
        shop.get(f"/orders/{number}")

    assert len(set(_counts(shop)) - before) <= 1


def test_metrics_do_not_grow_with_methods_that_anybody_makes_up(shop: Shop) -> None:
    """A label for each is a leak of memory that needs no token."""
    for number in range(20):
        shop.request(f"BREW{number}", "/me")

    assert {method for method, _, _ in _counts(shop)} - KNOWN_METHODS == set()


# --- health -----------------------------------------------------------------------------------------------------


def test_healthz_and_readyz_need_no_token(app: Flask) -> None:
    client = app.test_client()

    alive, ready = client.get("/healthz"), client.get("/readyz")

    assert (alive.status_code, alive.json) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json) == (200, {"status": "ready"})


@pytest.mark.parametrize("statement", [
    "UPDATE alembic_version SET version_num = 'older'",
    "DELETE FROM alembic_version",
    "DROP TABLE alembic_version",
])  # fmt: skip
def test_readyz_says_that_migrations_are_missing(committed: Flask, superuser: Any, statement: str) -> None:
    with superuser.cursor() as cursor:
        cursor.execute(statement)

    alive, ready = committed.test_client().get("/healthz"), committed.test_client().get("/readyz")

    assert alive.status_code == 200
    _assert_unavailable(ready, "/problems/not-migrated")
    assert "db upgrade" in _json(ready)["detail"]


def test_connection_that_the_server_closed_is_a_503_and_the_next_request_has_a_new_one(
    committed: Flask, superuser: Any, shops: list[dict[str, Any]]
) -> None:
    # Given an application with an open connection, which the server ends while nobody uses it
    shop = Shop(committed.test_client(), **shops[0])
    committed.config["ANSWER_BUGS"] = True
    shop.sell()
    closed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    superuser.cursor().execute(closed)

    # When it is used again
    answers = [shop.get("/orders").status_code, shop.get("/orders").status_code]

    # Then that is an outage, not a bug, and it is over with the next request
    assert answers == [503, 200]


def test_full_disk_lets_a_register_read(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> None:
    # Given a register that was never seen, and a disk on which not even that can be noted
    statement = """
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE UPDATE ON registers FOR EACH ROW EXECUTE FUNCTION fill();
        CREATE TRIGGER full_disk BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill();
    """
    superuser.cursor().execute(statement)
    shop = Shop(committed.test_client(), **shops[0])

    # When it reads and when it sells
    read, sold = shop.get("/orders"), shop.post("/orders", shop.order())

    # Then only what has to be written is refused, for a while
    assert read.status_code == 200
    _assert_unavailable(sold, "/problems/unavailable")


@pytest.mark.parametrize(("kind", "status"), [(DatabaseError, 503), (ProgrammingError, 500)])
def test_lost_server_is_a_503_also_if_the_driver_has_no_name_for_it(
    app: Flask, kind: type[DatabaseError], status: int
) -> None:
    # psycopg2 says a plain DatabaseError without SQLSTATE when the server dies in the middle of a statement.
    lost = psycopg2.DatabaseError("server closed the connection unexpectedly")
    app.config["ANSWER_BUGS"] = True

    with app.test_request_context():
        answer = app.make_response(app.handle_user_exception(kind("SELECT 1", None, lost)))

    assert answer.status_code == status


def test_database_that_is_down_is_a_503_but_no_reason_to_restart(homeless: Flask, shops: list[dict[str, Any]]) -> None:
    shop = Shop(homeless.test_client(), **shops[0])

    alive, ready, asked = shop.client.get("/healthz"), shop.client.get("/readyz"), shop.get("/me")

    assert alive.status_code == 200
    _assert_unavailable(ready, "/problems/unavailable")
    _assert_unavailable(asked, "/problems/unavailable")
    assert shop.client.get("/metrics").status_code == 200


@pytest.fixture
def homeless(server: postgres.Server) -> Iterator[Flask]:
    """An application whose database does not answer: nothing listens on port 1."""
    nowhere = "postgresql://tappass_app@127.0.0.1:1/nowhere"
    app = create_app(databases.settings(server, "nowhere", DATABASE_URL=nowhere))
    yield app
    with app.app_context():
        db.engine.dispose()


def _assert_unavailable(response: TestResponse, kind: str) -> None:
    assert (response.status_code, _json(response)["type"]) == (503, kind)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) >= 1
    assert not re.search(r"127\.0\.0\.1|tappass_app|psycopg|Traceback", response.get_data(as_text=True))


def _talk(server: postgres.Server, database: str, shop: dict[str, Any], mode: str) -> tuple[list[dict[str, Any]], str]:
    """What tests/http/talking.py was answered, and all that its process wrote on stderr."""
    environment = {
        **databases.environ(server, database),
        "APP_ENV": mode,
        "PUBLIC_BASE_URL": "https://pos.example.com",
        "SECRET_KEY": base64.b64encode(b"tests only" * 6).decode(),
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "TWILIO_ACCOUNT_SID": "none",
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.http.talking"],
        cwd=ROOT,
        env=environment,
        input=json.dumps(shop),
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_TALK,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def _tokens_in(said: list[dict[str, Any]]) -> list[str]:
    """The secrets that were handed out: the user token and the CSRF token."""
    bodies = [json.loads(line["body"]) for line in said if line["what"] in {"sign in", "office"}]
    return [body[name] for body in bodies for name in ("user_token", "csrf_token") if name in body]


def _json_or_none(line: str) -> dict[str, Any] | None:
    return json.loads(line) if line.startswith("{") else None


def _counts(shop: Shop) -> dict[tuple[str, str, str], float]:
    """tappass_requests_total by method, route and status."""
    families = text_string_to_metric_families(shop.client.get("/metrics").get_data(as_text=True))
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "tappass_requests_total"
    }


def _sample(shop: Shop, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(shop.client.get("/metrics").get_data(as_text=True))
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def _json(response: TestResponse) -> dict[str, Any]:
    assert response.json is not None
    return response.json  # type: ignore[no-any-return]
