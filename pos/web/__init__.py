"""Pages for people: the greeting of a fresh start, the API's documentation, the tablet, the kitchen's screen, a guest's order and the way to pay it,
the office, and the look that all of them have."""

from pos.web.guest import blueprint as guest
from pos.web.kitchen import blueprint as kitchen
from pos.web.look import blueprint as look
from pos.web.office import blueprint as office
from pos.web.pages import blueprint
from pos.web.tablet import blueprint as tablet

__all__ = ["blueprint", "guest", "kitchen", "look", "office", "tablet"]
