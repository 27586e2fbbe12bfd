"""The web server as the Procfile starts it, and twins of it with a database of their own each."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pos import postgres
from tests import databases, running
from tests.client import Shop
from tests.serving.web import Web

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def start(
    server: postgres.Server, shops: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Web]]:
    """Starts a web server; `config` names a twin's configuration, and further words are environment variables."""
    with ExitStack() as stack:

        def started(config: str = "", **environ: str) -> Web:
            name = f"t_{uuid.uuid4().hex[:12]}"
            databases.copy(server, name)
            stack.callback(databases.drop, server, name)
            books = stack.enter_context(running.superuser_of(server, name))
            command = ("gunicorn", "--config", str(HERE / config), "wsgi:app") if config else ()
            folder = tmp_path_factory.mktemp("web")
            base_url = stack.enter_context(running.web_server(server, name, folder, command=command, **environ))
            client = running.WebClient(base_url)
            return Web(base_url, folder, books, [client.shop(known) for known in shops])

        yield started


@pytest.fixture(scope="module")
def web(start: Callable[..., Web]) -> Web:
    return start()


@pytest.fixture
def shop(web: Web) -> Shop:
    return web.shops[0]
