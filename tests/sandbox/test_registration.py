"""The sandbox is there without keys in development, and nowhere else."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from pos import create_app, postgres
from pos.messaging import gateway as messaging
from pos.payments.gateway import Declined, Gateway, Unclear
from tests import databases
from tests.running import WebClient, web_server
from tests.sandbox.conftest import CALLBACK, NUMBER, PHONE, link_params

KEYS = {"STRIPE_SECRET_KEY": "sk_test_abc", "STRIPE_WEBHOOK_SECRET": "whsec_abc"}
TOKEN = {"TWILIO_ACCOUNT_SID": f"AC{'a' * 32}", "TWILIO_AUTH_TOKEN": "b" * 32, "TWILIO_FROM_NUMBER": "+14155550100"}
PRODUCTION = {"APP_ENV": "production", "PUBLIC_BASE_URL": "https://pos.example.com"}
NOTHING = {"STRIPE_SECRET_KEY": "none", "TWILIO_ACCOUNT_SID": "none"}


def with_settings(server: postgres.Server, **environment: str) -> Flask:
    return create_app(databases.settings(server, databases.TEMPLATE, **environment))


def sandbox_routes(app: Flask) -> list[str]:
    return [rule.rule for rule in app.url_map.iter_rules() if "_sandbox" in rule.rule]


@pytest.mark.parametrize("environment", [PRODUCTION | KEYS | TOKEN, PRODUCTION | NOTHING], ids=["with keys", "without"])
def test_no_sandbox_is_there_in_production(server: postgres.Server, environment: dict[str, str]) -> None:
    app = with_settings(server, **environment)

    assert sandbox_routes(app) == []
    assert {"sandbox_post", "sandbox_ask", "sandbox_tell"} & set(app.extensions) == set()
    assert app.test_client().get("/_sandbox/events").status_code == 404
    assert app.test_client().get("/_sandbox/shop/wp-json/").status_code == 404


@pytest.mark.parametrize(
    "environment",
    [
        KEYS | TOKEN,
        NOTHING,
        {
            "STRIPE_API_BASE": "http://127.0.0.1:9/_sandbox/stripe",
            "TWILIO_API_BASE": "http://127.0.0.1:9/_sandbox/twilio",
        },
    ],
    ids=["test keys", "nothing", "another process's sandbox"],
)
def test_only_the_web_shop_is_there_beside_keys(server: postgres.Server, environment: dict[str, str]) -> None:
    app = with_settings(server, **environment)

    beside = {route for route in sandbox_routes(app) if not route.startswith("/_sandbox/shop")}
    assert {route.split("/")[2].removesuffix(".json") for route in beside} == {"faults", "events"}
    assert {"sandbox_post", "sandbox_ask"} & set(app.extensions) == set()
    assert (app.extensions["stripe"] is None) is (environment.get("STRIPE_SECRET_KEY") == "none")
    assert (app.extensions["twilio"] is None) is (environment.get("TWILIO_ACCOUNT_SID") == "none")


@pytest.mark.parametrize(
    ("environment", "there", "not_there"),
    [
        (KEYS, "/_sandbox/phone/<phone>", "/_sandbox/pay/<link_id>"),
        (TOKEN, "/_sandbox/pay/<link_id>", "/_sandbox/phone/<phone>"),
    ],
    ids=["Twilio's half", "Stripe's half"],
)
def test_half_of_a_provider_with_keys_is_not_there(
    server: postgres.Server, environment: dict[str, str], there: str, not_there: str
) -> None:
    app = with_settings(server, **environment)

    routes = sandbox_routes(app)

    assert {there, "/_sandbox/events"} <= set(routes)
    assert not_there not in routes
    assert len({"sandbox_post", "sandbox_ask"} & set(app.extensions)) == 1


def test_sandbox_is_there_without_keys(app: Flask) -> None:
    assert "/_sandbox/pay/<link_id>" in sandbox_routes(app)
    assert app.extensions["stripe"].is_live is False


@pytest.mark.slow
def test_another_process_is_reached_over_http(
    committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    """A process with STRIPE_API_BASE and TWILIO_API_BASE: the SDKs' own transports, gunicorn, and faults on the way."""
    keys, token = committed.config["SETTINGS"].stripe, committed.config["SETTINGS"].twilio
    with web_server(server, database, tmp_path, POS_DATA_DIR=str(committed.config["SETTINGS"].data_dir)) as url:
        gateway = Gateway(replace(keys, api_base=f"{url}/_sandbox/stripe", is_sandbox=False))
        texts = messaging.Gateway(replace(token, api_base=f"{url}/_sandbox/twilio", is_sandbox=False))
        link = gateway.create_link(link_params(), account=None, key="k")
        sent = [texts.send(to=PHONE, sender=NUMBER, body=body, callback=CALLBACK, valid_seconds=60) for body in "12"]
        ordered = [
            {"provider": "stripe", "match": "POST /v1/refunds", "fault": "reset", "times": 3},
            {"provider": "twilio", "match": "POST /Messages", "fault": "reset", "times": 1},
        ]
        assert WebClient(url).open("/_sandbox/faults", method="PUT", json=ordered).status_code == 200

        with pytest.raises(Unclear):
            gateway.create_refund({"payment_intent": "pi_none"}, account=None, key="r")
        with pytest.raises(Declined, match="No such payment intent"):
            gateway.create_refund({"payment_intent": "pi_none"}, account=None, key="r")
        with pytest.raises(messaging.Unclear):
            texts.send(to=PHONE, sender=NUMBER, body="3", callback=CALLBACK, valid_seconds=60)
        listed = texts._client.messages.list(to=PHONE, page_size=2)
        # The server would wait ten seconds for connections that are kept.
        texts._client.http_client.session.close()
        gateway._client._requestor._client.close()

    assert gateway.is_live is False
    assert link["url"].endswith(f"/_sandbox/pay/{link['id']}")
    assert [each.body for each in listed] == ["3", "2", "1"]
    assert [each.sid for each in listed[1:]] == [told.sid for told in reversed(sent)]


def test_start_loads_no_schema() -> None:
    """What only the sandbox needs costs production nothing."""
    loaded = (
        "import sys, pos; from pos.sandbox import stripe_schema, twilio_schema; "
        "print('jsonschema_rs' in sys.modules, stripe_schema.CONTRACT.is_read, twilio_schema.CONTRACT.is_read)"
    )

    said = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert said.stdout.split() == ["False"] * 3
