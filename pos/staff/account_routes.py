"""JSON of what is a person's own: password, second factor, and where they are signed in."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import clock, qr
from pos.audit_log import record
from pos.db import db, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer
from pos.staff import actions, browser, flows, passwords, schemas
from pos.staff.models import OfficeSession, User

blueprint = Blueprint("account", __name__, description="One's own password, second factor and sessions")


@blueprint.route("/me/password", methods=["PUT"])
@allow("cashier")
@blueprint.arguments(schemas.PasswordChange)
@blueprint.response(200, schemas.SignedInToOffice)
def change_password(body: dict[str, Any]) -> Any:
    """Change one's password; it ends all sessions, and the answer begins a new one in this browser"""
    who = caller()
    user_id = who.require_person()
    cookie = flows.change_password(who, body["current"], body["new"], device=browser.device())
    shown = {"user_id": user_id, "name": who.user_name, "role": who.role, "csrf_token": browser.renew_csrf()}
    return browser.remember(answer(shown), cookie)


@blueprint.route("/me/second-factor")
@allow("cashier")
@blueprint.response(200, schemas.SecondFactorOut)
def read_second_factor() -> Any:
    """Whether one signs in with an authenticator app, and since when"""
    user_id = caller().require_person()
    with transaction(None):
        confirmed_at = db.session.get_one(User, user_id).totp_confirmed_at
    return {"is_on": confirmed_at is not None, "confirmed_at": confirmed_at}


@blueprint.route("/me/second-factor", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.PasswordProof)
@blueprint.response(201, schemas.SecondFactorBegun)
def begin_second_factor(body: dict[str, Any]) -> Any:
    """Begin with an authenticator app: its secret, shown once; it counts when a code has confirmed it (PUT)"""
    secret, address = flows.begin_second_factor(caller(), body["password"])
    return {"secret": secret, "address": address, "qr": qr.as_image(address)}


@blueprint.route("/me/second-factor", methods=["PUT"])
@allow("cashier")
@blueprint.arguments(schemas.CodeProof)
@blueprint.response(200, schemas.SecondFactorOut)
def confirm_second_factor(body: dict[str, Any]) -> Any:
    """Confirm it with the code that the app shows: from now on each sign-in needs one"""
    return {"is_on": True, "confirmed_at": flows.confirm_second_factor(caller(), body["code"])}


@blueprint.route("/me/second-factor", methods=["DELETE"])
@allow("cashier")
@blueprint.arguments(schemas.BothProofs)
@blueprint.response(204)
def end_second_factor(body: dict[str, Any]) -> Any:
    """Switch it off, with the password and a code; who has lost the phone asks whoever runs the server"""
    flows.end_second_factor(caller(), body["password"], body["code"])


@blueprint.route("/sessions")
@allow("cashier")
@blueprint.response(200, schemas.SessionList)
def list_sessions() -> Any:
    """Where one is signed in to the office, the newest first"""
    who = caller()
    with transaction(who.store.id):
        return _shown(actions.sessions_of(who.user_id, clock.now()) if who.user_id else [])


@blueprint.route("/sessions", methods=["DELETE"])
@allow("cashier")
@blueprint.response(204)
def end_other_sessions() -> Any:
    """Sign out everywhere else"""
    who = caller()
    if who.user_id:
        with transaction(who.store.id, actor=who.actor):
            actions.end_sessions(who.user_id, except_for=who.session_id)


@blueprint.route("/sessions/<uuid:session_id>", methods=["DELETE"])
@allow("cashier")
@blueprint.response(204)
def end_session(session_id: UUID) -> Any:
    """Sign out there; an owner may end anybody's session of the store"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        if who.reaches("owner"):
            actions.end_session(session_id)
        else:
            actions.end_own_session(session_id, who.user_id)
    is_this_one = session_id == who.session_id
    return browser.forget(Response(status=204)) if is_this_one else None


@blueprint.route("/users/<uuid:user_id>/password", methods=["POST"])
@allow("owner")
@blueprint.response(201, schemas.PasswordMade)
def renew_password(user_id: UUID) -> Any:
    """Make a new password for a person of the store who lost theirs, shown once; it ends their sessions"""
    password = passwords.new_password()
    password_hash = passwords.hashed(password)
    with transaction(caller().store.id, actor=caller().actor):
        user = actions.user_of_this_store_alone(user_id)
        actions.set_password(user, password_hash)
        record("users.renew_password", f"users:{user_id}")
    return {"password": password}


@blueprint.route("/users/<uuid:user_id>/sessions")
@allow("owner")
@blueprint.response(200, schemas.SessionList)
def list_sessions_of_user(user_id: UUID) -> Any:
    """Where a person of the store is signed in to its office"""
    with transaction(caller().store.id):
        actions.membership(user_id)
        return _shown(actions.sessions_of(user_id, clock.now()))


@blueprint.route("/users/<uuid:user_id>/sessions", methods=["DELETE"])
@allow("owner")
@blueprint.response(204)
def end_sessions_of_user(user_id: UUID) -> Any:
    """Sign a person of the store out of its office, everywhere"""
    with transaction(caller().store.id, actor=caller().actor):
        actions.membership(user_id)
        actions.end_sessions(user_id)


def _shown(sessions: list[OfficeSession]) -> dict[str, Any]:
    names = ("id", "device", "created_at", "last_seen_at", "expires_at")
    shown = [
        {name: getattr(session, name) for name in names} | {"is_current": session.id == caller().session_id}
        for session in sessions
    ]
    return {"data": shown, "next": None}
