"""The sandbox is there without keys in development, and nowhere else."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from pos import create_app, postgres
from pos.payments.gateway import Declined, Gateway, Unclear
from tests import databases
from tests.running import WebClient, web_server
from tests.sandbox.conftest import link_params

KEYS = {"STRIPE_SECRET_KEY": "sk_test_abc", "STRIPE_WEBHOOK_SECRET": "whsec_abc"}
PRODUCTION = {"APP_ENV": "production", "PUBLIC_BASE_URL": "https://pos.example.com"}


def with_settings(server: postgres.Server, **environment: str) -> Flask:
    return create_app(databases.settings(server, databases.TEMPLATE, **environment))


def sandbox_routes(app: Flask) -> list[str]:
    return [rule.rule for rule in app.url_map.iter_rules() if "_sandbox" in rule.rule]


@pytest.mark.parametrize(
    "environment",
    [
        PRODUCTION | KEYS,
        PRODUCTION | {"STRIPE_SECRET_KEY": "none"},
        KEYS,
        {"STRIPE_SECRET_KEY": "none"},
        {"STRIPE_API_BASE": "http://127.0.0.1:9/_sandbox/stripe"},
    ],
    ids=["production", "production without links", "test keys", "without links", "another process's sandbox"],
)
def test_sandbox_is_not_there(server: postgres.Server, environment: dict[str, str]) -> None:
    app = with_settings(server, **environment)

    assert sandbox_routes(app) == []
    assert "sandbox_post" not in app.extensions
    assert app.test_client().get("/_sandbox/events").status_code == 404
    assert (app.extensions["stripe"] is None) is (environment.get("STRIPE_SECRET_KEY") == "none")


def test_sandbox_is_there_without_keys(app: Flask) -> None:
    assert "/_sandbox/pay/<link_id>" in sandbox_routes(app)
    assert app.extensions["stripe"].is_live is False


@pytest.mark.slow
def test_another_process_is_reached_over_http(
    committed: Flask, server: postgres.Server, database: str, tmp_path: Path
) -> None:
    """A process with STRIPE_API_BASE: the SDK's own transport, gunicorn, and a fault on the way."""
    keys = committed.config["SETTINGS"].stripe
    with web_server(server, database, tmp_path, POS_DATA_DIR=str(committed.config["SETTINGS"].data_dir)) as url:
        gateway = Gateway(replace(keys, api_base=f"{url}/_sandbox/stripe", is_sandbox=False))
        link = gateway.create_link(link_params(), account=None, key="k")
        ordered = [{"provider": "stripe", "match": "POST /v1/refunds", "fault": "reset", "times": 3}]
        assert WebClient(url).open("/_sandbox/faults", method="PUT", json=ordered).status_code == 200

        with pytest.raises(Unclear):
            gateway.create_refund({"payment_intent": "pi_none"}, account=None, key="r")
        with pytest.raises(Declined, match="No such payment intent"):
            gateway.create_refund({"payment_intent": "pi_none"}, account=None, key="r")

    assert gateway.is_live is False
    assert link["url"].endswith(f"/_sandbox/pay/{link['id']}")


def test_start_loads_no_schema() -> None:
    """What only the sandbox needs costs production nothing."""
    loaded = "import sys, pos, pos.sandbox.stripe_schema as s; print('jsonschema_rs' in sys.modules, s.document.cache_info().currsize)"

    said = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert said.stdout.split() == ["False", "0"]
