"""The means of the browser tests themselves: the watch sees what it must see, and what is killed can come back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.accessible import assert_accessible
from tests.browser.browsing import Profile
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch

BASE_URL = "http://127.0.0.1:9"
POLICY = "default-src 'none'; script-src 'self'; connect-src *"
PUT = """(value) => new Promise((done, failed) => {
  const opening = indexedDB.open("kept", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("things");
  opening.onsuccess = () => {
    const writing = opening.result.transaction("things", "readwrite", { durability: "strict" });
    writing.objectStore("things").put(value, "one");
    writing.oncomplete = done;
    writing.onerror = failed;
  };
})"""
GET = """() => new Promise((done, failed) => {
  const opening = indexedDB.open("kept", 1);
  opening.onsuccess = () => {
    const reading = opening.result.transaction("things").objectStore("things").get("one");
    reading.onsuccess = () => done(reading.result);
  };
  opening.onerror = failed;
})"""


# What a page does, and what is to be heard of it.
FAULTS = {
    "console.error('oh')": "console: oh",
    "setTimeout(() => { throw new Error('thrown'); })": "page: Error: thrown",
    "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))": "script-src 'self'",
    "document.body.setAttribute('style', 'color: red')": "default-src 'none'",
    "fetch('https://elsewhere.example/200').catch(() => {})": "elsewhere: GET https://elsewhere.example/200",
    "fetch('/api/500')": f"answer: 500 GET {BASE_URL}/api/500",
    "fetch('/static/404')": "status of 404",
}


def answer(route: Route) -> None:
    """A server of which every page is wrong in some way."""
    url = route.request.url
    if url.endswith("/page"):
        body = "<html lang=en><title>A page</title><main><h1 style='color: red'>A page</h1><img src=data:,></main>"
        route.fulfill(content_type="text/html", headers={"Content-Security-Policy": POLICY}, body=body)
    else:
        route.fulfill(status=int(url[-3:]))


@pytest.fixture
def watched(browser: Browser) -> Iterator[tuple[Watch, Page]]:
    watch, context = Watch(BASE_URL), browser.new_context()
    watch.over(context)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{BASE_URL}/page")
    watch.found.clear()
    yield watch, page
    context.close()


def test_watch_sees_what_a_page_must_not_do(watched: tuple[Watch, Page]) -> None:
    watch, page = watched

    for done in FAULTS:
        page.evaluate(f"() => {{ {done}; }}")
    page.evaluate("() => fetch('/api/v1/orders/409')")
    page.wait_for_load_state("networkidle")

    assert [done for done, seen in FAULTS.items() if not any(seen in fault for fault in watch.faults)] == []
    assert not any("409" in fault for fault in watch.faults)
    watch.expect(*(re.escape(seen) for seen in FAULTS.values()), "status of 500")
    assert watch.faults == []


def test_assert_accessible_names_what_is_wrong(watched: tuple[Watch, Page]) -> None:
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(watched[1])


def test_server_comes_back_at_its_address(page: Page, tablet_server: TabletServer, watch: Watch) -> None:
    watch.expect("net::ERR_CONNECTION_REFUSED")

    tablet_server.stop()
    with pytest.raises(PlaywrightError, match="ERR_CONNECTION_REFUSED"):
        page.goto("/")
    tablet_server.start()
    page.goto("/")

    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_what_was_stored_outlives_a_killed_browser(profile: Profile) -> None:
    _page(profile.open()).evaluate(PUT, "kept")

    profile.kill()

    assert _page(profile.open()).evaluate(GET) == "kept"


def _page(context: BrowserContext) -> Any:
    page = context.pages[0]
    page.goto("/")
    return page
