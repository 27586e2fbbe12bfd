"""The web shop behind the server that production runs: headers, cut connections, and webhooks that the worker posts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask

from pos import clock, postgres
from pos.db import transaction
from pos.sandbox.shop import goods, site
from tests.running import web_server

pytestmark = pytest.mark.slow


@pytest.fixture
def url(committed: Flask, server: postgres.Server, database: str, tmp_path: Path) -> Iterator[str]:
    with committed.app_context(), transaction(None):
        goods.fill(1, now=clock.now(), orders=12, customers=3)
    with web_server(server, database, tmp_path, POS_DATA_DIR=str(committed.config["SETTINGS"].data_dir)) as base:
        yield f"{base}/_sandbox"


def test_shop_answers_and_cuts_the_connection_when_that_is_ordered(committed: Flask, url: str) -> None:
    with committed.app_context():
        key, secret = site.keys()
    with requests.Session() as session:
        session.trust_env, session.auth = False, (key, secret)
        orders = f"{url}/shop/wp-json/wc/v3/orders"

        answered = session.get(orders, params={"per_page": 5}, timeout=20)
        assert (answered.status_code, len(answered.json())) == (200, 5)
        assert answered.headers["X-WP-Total"].isdigit()
        assert answered.headers["Date"].endswith("GMT")

        fault = {"provider": "woocommerce", "match": "GET /wp-json/wc/v3/orders", "fault": "reset", "times": 1}
        assert session.put(f"{url}/faults", json=[fault], timeout=20).status_code == 200
        with pytest.raises(requests.ConnectionError):
            session.get(orders, timeout=20)
        assert session.get(orders, timeout=20).status_code == 200
