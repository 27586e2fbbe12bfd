"""In which language a guest reads: as the address says (`lang`), else as the browser asks, else English. No cookie is needed: an
address that says it is kept by all links and forms of its page."""

from flask import has_request_context, request

from pos.web.words import FALLBACK, SAID, Words


def chosen() -> str | None:
    """The language that the address says."""
    asked = request.args.get("lang") if has_request_context() else None
    return asked if asked in SAID else None


def words(country: str | None = None) -> Words:
    """Those of the guest who asks, as they are written in a country."""
    return Words(chosen() or request.accept_languages.best_match(SAID) or FALLBACK, country)
