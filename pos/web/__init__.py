"""Pages for people: the greeting of a fresh start, the API's documentation, a guest's order and the way to pay it."""

from pos.web.guest import blueprint as guest
from pos.web.pages import blueprint

__all__ = ["blueprint", "guest"]
