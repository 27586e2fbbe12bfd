"""The web server that the browser tests open pages of, on a database of its own."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pos import postgres
from tests import running
from tests.client import Shop

# One process starts sooner than two; and a stream that a page keeps open must not hold up the end.
FRUGAL = {"WEB_CONCURRENCY": "1", "GUNICORN_CMD_ARGS": "--graceful-timeout 1"}


class TabletServer:
    """gunicorn as the Procfile starts it. Stopped and started again it is at the same address, like a network that
    comes and goes. `shops` are the two shops of the test databases as their tablets see them."""

    def __init__(
        self, server: postgres.Server, database: str, folder: Path, shops: list[dict[str, Any]], books: Any, **more: str
    ) -> None:
        self._process = ExitStack()
        self.port = running.free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.client = running.WebClient(self.base_url)
        self.shops: list[Shop] = [self.client.shop(known) for known in shops]
        self.server, self.database, self.folder, self.books = server, database, folder, books
        self.more = FRUGAL | more
        self.is_running = False

    @property
    def shop(self) -> Shop:
        return self.shops[0]

    def start(self) -> None:
        if not self.is_running:
            serving = running.web_server(self.server, self.database, self.folder, port=self.port, **self.more)
            self._process.enter_context(serving)
            self.is_running = True

    def stop(self) -> None:
        self.is_running = False
        self._process.close()

    def environment(self) -> dict[str, str]:
        """What a worker beside it needs."""
        return running.environment(self.server, self.database, self.folder, PUBLIC_BASE_URL=self.base_url)
