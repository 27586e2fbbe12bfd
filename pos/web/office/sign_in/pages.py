"""Signing in to the office by e-mail and password, and out again: the only forms that the office itself takes, so that they work
without any script."""

from flask import make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from pos.db import transaction
from pos.errors import ShopError, TooManyTries
from pos.http.access import allow, caller, public
from pos.staff import actions, cookies, flows, identity
from pos.stores import tokens
from pos.web.office.frame import PREFIX, area

blueprint = area("sign_in", __name__)


@blueprint.get("/sign-in")
@public
def ask() -> str:
    """The form."""
    return _form()


@blueprint.post("/sign-in")
@public
def sign_in() -> Response:
    """In, with a session of its own; whatever session this browser had before is not taken over."""
    identity.require_csrf()
    asked = {name: request.form.get(name, "") for name in ("email", "password", "store")}
    try:
        _, cookie = flows.sign_in_to_office(
            asked["email"].strip(), asked["password"], asked["store"].strip() or None, request.remote_addr or "unknown"
        )
    except (actions.WrongCredentials, TooManyTries) as refusal:
        return _again(refusal, asked)
    response = redirect(_back(), 303)
    cookies.keep(response, cookie)
    return response


@blueprint.post("/sign-out")
@allow("cashier")
def sign_out() -> Response:
    """Out: the session ends here and in the books."""
    who, token = caller(), tokens.read(request.cookies.get(identity.COOKIE, ""))
    if token and who.user_id:
        with transaction(who.store.id, actor=who.actor):
            actions.end_sessions(who.user_id, token_hash=token.digest)
    response = redirect(url_for("office.sign_in.ask"), 303)
    cookies.drop(response)
    return response


def _again(refusal: ShopError, asked: dict[str, str]) -> Response:
    status = 429 if isinstance(refusal, TooManyTries) else 401
    return make_response(_form(email=asked["email"], store=asked["store"], refusal=str(refusal)), status)


def _form(**facts: str) -> str:
    return render_template("office/sign_in/form.html", csrf_token=generate_csrf(), back=_back(), **facts)


def _back() -> str:
    """Where somebody wanted to go: a page of the office, and nowhere else."""
    wanted = request.values.get("next", "")
    is_ours = wanted == PREFIX or wanted.startswith((f"{PREFIX}/", f"{PREFIX}?"))
    return (
        wanted
        if is_ours and "\\" not in wanted and not wanted.startswith(f"{PREFIX}/sign-")
        else url_for("office.home.index")
    )
