"""How the tests open Chromium: like a tablet at the counter, and so that it leaves nothing but the pages to look at."""

from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, BrowserType

from soak.product import command_of
from tests.browser.watch import Watch

PATIENCE_MILLISECONDS = 15_000
FLAGS = (
    "--no-sandbox",  # root runs the tests in containers, and Chromium's sandbox refuses root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
TABLET: dict[str, Any] = {
    "viewport": {"width": 1180, "height": 820},
    "has_touch": True,
    "locale": "en-US",
    "timezone_id": "America/Los_Angeles",
    "reduced_motion": "reduce",
}


class Profile:
    """A browser whose storage stays in a folder, to be killed and opened again."""

    def __init__(self, chromium: BrowserType, path: str, folder: Path, watch: Watch) -> None:
        self._chromium, self._path, self._watch = chromium, path, watch
        self.folder = folder
        self.context: BrowserContext | None = None

    def open(self, **options: Any) -> BrowserContext:
        """A context with the storage as it was left; `options` as of `browser.new_context`."""
        self.context = self._chromium.launch_persistent_context(
            self.folder,
            executable_path=self._path,
            args=list(FLAGS),
            **TABLET | {"base_url": self._watch.base_url} | options,
        )
        self.context.set_default_timeout(PATIENCE_MILLISECONDS)
        self._watch.over(self.context)
        return self.context

    def kill(self) -> None:
        """kill -9, as when the battery is taken out."""
        assert self.context is not None
        with self.context.expect_event("close"):
            for process in self._processes():
                process.kill()
        self.context = None

    def close(self) -> None:
        if self.context is not None:
            self.context.close()

    def _processes(self) -> list[psutil.Process]:
        """The first process of this browser; the others go with it."""
        below = psutil.Process().children(recursive=True)
        return [process for process in below if f"--user-data-dir={self.folder}" in command_of(process)]
