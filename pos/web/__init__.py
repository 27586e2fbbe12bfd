"""Pages for people: the greeting of a fresh start, the API's documentation, a guest's order."""

from pos.web.pages import blueprint

__all__ = ["blueprint"]
