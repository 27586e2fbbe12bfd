"""The signed-in browser's side: its cookie, its CSRF token, and what it calls itself."""

from typing import TypeVar

from flask import current_app, g, request, session
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from pos.staff import devices
from pos.staff.actions import SESSION_LIFE
from pos.staff.identity import COOKIE
from pos.stores import tokens

AnyResponse = TypeVar("AnyResponse", bound=Response)


def device() -> str:
    """What the browser of the request in hand is, in a few words."""
    return devices.in_words(request.headers.get("User-Agent", ""))


def token() -> tokens.Token | None:
    """The session token that the browser sent along, unproved."""
    found = tokens.read(request.cookies.get(COOKIE, ""))
    return found if found and found.kind == tokens.SESSION else None


def remember(response: AnyResponse, cookie: str) -> AnyResponse:
    """Gives the browser its session."""
    lifetime = int(SESSION_LIFE.total_seconds())
    response.set_cookie(COOKIE, cookie, max_age=lifetime, httponly=True, samesite="Lax", secure=_is_secure())
    return response


def forget(response: AnyResponse) -> AnyResponse:
    """Takes the session's cookie and the CSRF token back."""
    _forget_csrf()
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=_is_secure())
    return response


def renew_csrf() -> str:
    """A CSRF token that nobody has seen before the sign-in; those before it are worthless in this browser."""
    _forget_csrf()
    return str(generate_csrf())


def _forget_csrf() -> None:
    """Flask-WTF keeps what it has made or checked in this request."""
    session.clear()
    for kept in ("csrf_token", "csrf_valid"):
        g.pop(kept, None)


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
