"""Notes what a page must not do: errors, what its policy forbids, requests to other hosts, answers with 5xx."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

INSIDE = ("data", "blob", "about")
# Chromium calls each refusal an error. Those of the API are answers, and the page's business.
_REFUSAL = re.compile(r"the server responded with a status of 4\d\d ")


class Watch:
    """Looks at all pages and workers of the contexts that it was set over."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.found: list[str] = []
        self.expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """What a policy forbids is an error on the console as well."""
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        context.on("request", self._follow)
        context.on("response", self._read)

    def expect(self, *patterns: str) -> None:
        """These (regular expressions) are no faults in this test, e.g. r"net::ERR_" without network."""
        self.expected += patterns

    @property
    def faults(self) -> list[str]:
        return [each for each in self.found if not any(re.search(pattern, each) for pattern in self.expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        url = message.location["url"]
        if message.type == "error" and not (_REFUSAL.search(message.text) and urlsplit(url).path.startswith("/api/")):
            self.found.append(f"console: {message.text} {url}")

    def _catch(self, error: WebError) -> None:
        self.found.append(f"page: {error.error.stack or error.error}")

    def _follow(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in INSIDE and not request.url.startswith(self.base_url + "/"):
            self.found.append(f"elsewhere: {request.method} {request.url}")

    def _read(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"answer: {response.status} {response.request.method} {response.url}")
