"""Signing in to the office by e-mail and password, and a code where somebody has set one up; and out again. The only forms that the
office itself takes, so that they work without any script."""

from flask import make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from pos.db import transaction
from pos.errors import ShopError, TooManyTries
from pos.http.access import allow, caller, public
from pos.staff import actions, browser, flows, identity, schemas
from pos.web.office.frame import PREFIX, area

blueprint = area("sign_in", __name__)


@blueprint.get("/sign-in")
@public
def ask() -> str:
    """The form."""
    return _form({})


@blueprint.post("/sign-in")
@public
def sign_in() -> Response:
    """In, with a session of its own; whatever session this browser had before is not taken over."""
    identity.require_csrf()
    asked = {name: request.form.get(name, "") for name in ("email", "password", "store", "code")}
    try:
        _require_fit(asked)
        _, cookie = flows.sign_in_to_office(
            asked["email"].strip(),
            asked["password"],
            asked["store"].strip() or None,
            request.remote_addr or "unknown",
            code=asked["code"].strip() or None,
            device=browser.device(),
            replaces=browser.token(),
        )
    except (actions.WrongCredentials, flows.CodeRequired, TooManyTries) as refusal:
        return _again(refusal, asked)
    browser.renew_csrf()
    return browser.remember(redirect(_back(), 303), cookie)


@blueprint.post("/sign-out")
@allow("cashier")
def sign_out() -> Response:
    """Out: the session ends here and in the books."""
    who, token = caller(), browser.token()
    if token and who.session_id:
        with transaction(who.store.id, actor=who.actor):
            actions.end_session_of_token(token.digest)
    return browser.forget(redirect(url_for("office.sign_in.ask"), 303))


def _require_fit(asked: dict[str, str]) -> None:
    """What the API would not read is nobody's, and nothing is looked up for it. A code of another shape is a wrong one. Raises
    WrongCredentials."""
    sent = {name: asked[name].strip() for name in ("email", "store") if asked[name].strip()}
    if schemas.PasswordSignIn(exclude=("code",)).validate({**sent, "password": asked["password"]}):
        raise actions.WrongCredentials


def _again(refusal: ShopError, asked: dict[str, str]) -> Response:
    status = 429 if isinstance(refusal, TooManyTries) else 401
    page = _form(asked, refusal=str(refusal), wants_code=isinstance(refusal, flows.CodeRequired))
    return make_response(page, status)


def _form(asked: dict[str, str], **facts: object) -> str:
    return render_template("office/sign_in/form.html", asked=asked, csrf_token=generate_csrf(), back=_back(), **facts)


def _back() -> str:
    """Where somebody wanted to go: a page of the office, and nowhere else."""
    wanted = request.values.get("next", "")
    is_ours = wanted == PREFIX or wanted.startswith((f"{PREFIX}/", f"{PREFIX}?"))
    is_plain = "\\" not in wanted and not wanted.startswith(f"{PREFIX}/sign-")
    return wanted if is_ours and is_plain else url_for("office.home.index")
