"""Pages as tests read them."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.client import Shop


class Page(HTMLParser):
    """The tags of a page with their attributes, and its visible text."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(answer.get_data(as_text=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def addresses(self) -> list[str]:
        names = ("href", "src", "action", "data-document", "formaction", "poster", "srcset")
        return [value for _, attributes in self.tags for name, value in attributes.items() if name in names and value]

    @property
    def forms(self) -> list[str]:
        return [str(attributes["action"]) for tag, attributes in self.tags if tag == "form"]

    @property
    def refresh(self) -> str | None:
        """What the page does by itself, e.g. "5; url=/hops/o/…"."""
        found = [attributes["content"] for tag, attributes in self.tags if attributes.get("http-equiv") == "refresh"]
        return found[0] if found else None


def policy_of(answer: TestResponse) -> dict[str, list[str]]:
    directives = [directive.split() for directive in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in directives}


def guest(shop: Shop, public_url: str) -> TestResponse:
    return shop.client.get(urlsplit(public_url).path)


def guest_page(shop: Shop, order: dict[str, Any]) -> Page:
    answer = guest(shop, order["public_url"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return Page(answer)
