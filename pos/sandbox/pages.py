"""What a payer sees at Stripe's. Plain forms, without scripts."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from pos.db import transaction
from pos.errors import Invalid
from pos.http.access import public
from pos.sandbox import payments
from pos.sandbox.models import SandboxObject
from pos.sandbox.payments import SandboxRefused
from pos.sandbox.records import Cause, find, those

OUTCOMES = ("pay", "decline", "later", "twice")
DECISIONS = ("later_succeeds", "later_fails")

blueprint = Blueprint("sandbox", __name__, url_prefix="/_sandbox", template_folder="templates")


@blueprint.get("/pay/<link_id>")
@public
def pay_page(link_id: str) -> tuple[str, int]:
    """A payer opens the link, by which a session begins; or comes back to a session that was begun."""
    with transaction(None):
        link = _link(link_id)
        try:
            session = _session(link, request.args.get("session"))
        except SandboxRefused:
            session = None
        waiting = _waiting(link)
    return _shown(link, session, waiting)


@blueprint.post("/pay/<link_id>")
@public
def pay(link_id: str) -> Response | tuple[str, int]:
    """The payer does what `outcome` says, in the session that the page has opened, or in a new one."""
    outcome = request.form.get("outcome", "")
    if outcome not in (*OUTCOMES, *DECISIONS):
        raise Invalid(reason=f"Send outcome as one of {', '.join((*OUTCOMES, *DECISIONS))}.", pointer="/outcome")
    session: SandboxObject | None
    with transaction(None):
        link = _link(link_id)
        try:
            session = _session(link, request.form.get("session"))
            _act(outcome, link, session)
        except SandboxRefused:
            session = None
        waiting = _waiting(link)
    if session is None or outcome == "decline":
        return _shown(link, session, waiting, is_declined=session is not None)
    completion = link.body["after_completion"].get("redirect") if outcome in OUTCOMES else None
    if completion:
        return redirect(completion["url"].replace("{CHECKOUT_SESSION_ID}", session.id), 303)
    return redirect(url_for("sandbox.pay_page", link_id=link_id, session=session.id), 303)


def _act(outcome: str, link: SandboxObject, session: SandboxObject) -> None:
    """Raises SandboxRefused if the session is not in the state for it."""
    cause = Cause(link.account)
    if outcome == "pay":
        payments.pay(link, session, cause)
    elif outcome == "decline":
        payments.decline(session, cause)
    elif outcome == "later":
        payments.pay_later(link, session, cause)
    elif outcome == "twice":
        # Two tabs were opened before either was paid.
        other = payments.open_session(link, cause)
        payments.pay(link, session, cause)
        payments.pay(link, other, cause)
    elif outcome == "later_succeeds":
        payments.succeed_later(session, cause)
    else:
        payments.fail_later(session, cause)


def _link(link_id: str) -> SandboxObject:
    link = find("payment_link", link_id, lock=True)
    if link is None:
        abort(404, "The sandbox has no such payment link.")
    return link


def _session(link: SandboxObject, session_id: str | None) -> SandboxObject:
    """The session that is named, or a new one. Raises SandboxRefused if the link takes no new one."""
    if not session_id:
        return payments.open_session(link, Cause(link.account))
    session = find("checkout.session", session_id, lock=True) if session_id.isprintable() else None
    if session is None or session.body["payment_link"] != link.id:
        abort(404, "This payment link has no such session.")
    return session


def _waiting(link: SandboxObject) -> list[SandboxObject]:
    """The sessions whose slow payment is undecided."""
    return [each for each in those("checkout.session", payment_link=link.id) if payments.is_processing(each)]


def _shown(
    link: SandboxObject, session: SandboxObject | None, waiting: list[SandboxObject], *, is_declined: bool = False
) -> tuple[str, int]:
    """The page: 410 when there is nothing to pay here any more."""
    state = session.body["status"] if session else "expired"
    page = render_template(
        "sandbox/pay.html", link=link, session=session, state=state, waiting=waiting, is_declined=is_declined
    )
    return page, 410 if state == "expired" else 200
