"""The cookie of a signed-in browser: no script reads it, no other site sends it along."""

from flask import current_app
from werkzeug.wrappers import Response

from pos.staff import actions, identity


def keep(response: Response, token: str) -> None:
    """Lets the browser keep the token of its session for as long as that may last."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    lifetime = int(actions.SESSION_LIFE.total_seconds())
    response.set_cookie(identity.COOKIE, token, max_age=lifetime, httponly=True, samesite="Lax", secure=secure)


def drop(response: Response) -> None:
    response.delete_cookie(identity.COOKIE, httponly=True, samesite="Lax")
