"""Takes the pictures, and keeps what it finds on the way."""

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from screens.picture import small
from tests.browser import looking
from tests.browser.browsing import PATIENCE_MILLISECONDS, TABLET
from tests.browser.watch import Watch


class Camera:
    """`wanted` is a pattern of names, so that a part of the pictures can be taken anew."""

    def __init__(self, browser: Browser, base_url: str, folder: Path, wanted: str) -> None:
        self._browser, self.base_url, self._folder, self._wanted = browser, base_url, folder, wanted
        self._desk = browser.new_page()
        self.watch = Watch(base_url)
        self.taken: list[Path] = []
        self.findings: list[str] = []

    def context(self, **options: object) -> BrowserContext:
        """A device of its own, like the tests' tablets."""
        context = self._browser.new_context(**TABLET | {"base_url": self.base_url} | options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.watch.over(context)
        return context

    def take(self, page: Page, name: str, *, whole: bool = False, kept: Sequence[looking.Sight] = looking.ALL) -> None:
        """Looks at the page as it stands from all sides, and keeps a picture of those named: of the window, or the whole length."""
        if not fnmatch(name, self._wanted):
            return
        page.evaluate("() => scrollTo(0, 0)")
        page.mouse.move(0, 0)
        for sight in looking.from_all_sides(page, looking.ALL):
            path = self._folder / f"{name}-{sight}.png"
            if sight in kept:
                path.write_bytes(small(page.screenshot(full_page=whole), self._desk))
                self.taken.append(path)
            self.findings += [f"{path.name}: {finding}" for finding in looking.findings(page)]

    def keep(self, name: str, picture: bytes) -> None:
        """Keeps a picture that was made elsewhere."""
        if fnmatch(name, self._wanted):
            path = self._folder / f"{name}.png"
            path.write_bytes(small(picture, self._desk))
            self.taken.append(path)
