"""Pages in a real browser: one server and one Chromium for all tests of this folder, a fresh context for each of them."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from pos import postgres
from tests import databases, running
from tests.analytics import granted
from tests.browser import chromium
from tests.browser.browsing import FLAGS, PATIENCE_MILLISECONDS, TABLET, Profile
from tests.browser.office import Desks, desks
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it runs in one process of xdist, except for modules that name a group of their own."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("browser"))


# While Playwright runs, nothing else in its thread can run asyncio; so it ends with the package, not with the session.


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def chromium_path(playwright: Playwright) -> str:
    return chromium.executable(playwright.chromium.executable_path)


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
    yield launched
    launched.close()


@pytest.fixture(scope="package")
def served(
    server: postgres.Server, shops: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TabletServer]:
    """The server of `tablet_server`, for all tests."""
    name, folder = f"t_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("browser")
    databases.copy(server, name)
    address = granted.address_for(server, name)
    with running.superuser_of(server, name) as books:
        started = TabletServer(server, name, folder, shops, books, ANALYST_DATABASE_URL=address)
        started.start()
        yield started
        started.stop()
    databases.drop(server, name)
    running.assert_no_bugs(folder)


@pytest.fixture
def tablet_server(served: TabletServer) -> Iterator[TabletServer]:
    """The running web server. A test may stop it; the next one finds it running."""
    yield served
    served.start()


@pytest.fixture(scope="package")
def worker(served: TabletServer) -> Iterator[None]:
    """For what is made later: payment links, texts. It runs from the first test that asks for it."""
    with running.process("worker", served.folder, served.environment()):
        yield


@pytest.fixture
def watch(tablet_server: TabletServer) -> Iterator[Watch]:
    """Looks at everything that the test opens, and fails it at its end for what it did not expect."""
    watching = Watch(tablet_server.base_url)
    yield watching
    assert watching.faults == []


@pytest.fixture
def new_context(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a tablet of its own, with storage of its own; takes the options of `browser.new_context`."""
    opened: list[BrowserContext] = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(**TABLET | {"base_url": watch.base_url} | options)
        opened.append(context)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        watch.over(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture(scope="package")
def signed_in() -> dict[str, Any]:
    """The cookies of who signed in to the office, by role."""
    return {}


@pytest.fixture
def office(tablet_server: TabletServer, new_context: Callable[..., BrowserContext], signed_in: dict[str, Any]) -> Desks:
    """Opens the office in a window of its own, as owner, manager or cashier."""
    return desks(tablet_server, new_context, signed_in)


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def profile(playwright: Playwright, chromium_path: str, tmp_path: Path, watch: Watch) -> Iterator[Profile]:
    """A browser of this test's own, with a storage that outlives it."""
    kept = Profile(playwright.chromium, chromium_path, tmp_path / "profile", watch)
    yield kept
    kept.close()
