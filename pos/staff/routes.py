"""JSON of people, of signing in and out, and of who calls."""

from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy import select

from pos.db import transaction
from pos.errors import Forbidden
from pos.http import attempts
from pos.http.access import allow, caller, public
from pos.http.api import Blueprint, answer, if_match
from pos.http.etag import etag, require_match
from pos.http.paging import page
from pos.http.schemas import Page
from pos.staff import actions, browser, flows, identity, schemas
from pos.staff.models import Membership

blueprint = Blueprint("staff", __name__, description="People, roles and signing in")


class HigherRole(Forbidden):
    title = "Not allowed"
    advice = "A {role} cannot do this for a person with the role {other}."


@blueprint.route("/me")
@allow("cashier")
@blueprint.response(200, schemas.CallerOut)
def read_caller() -> Any:
    """Who the token belongs to, and the facts of its store"""
    return caller()


@blueprint.route("/users")
@allow("cashier")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.UserList)
def list_users(paging: dict[str, Any]) -> Any:
    """The people of the store; e-mail addresses are shown to managers and owners only"""
    who = caller()
    with transaction(who.store.id):
        found = page(select(Membership).where(Membership.store_id == who.store.id), Membership, **paging)  # type: ignore[type-var]
        dumped: dict[str, Any] = schemas.UserList().dump(found)
    for person in dumped["data"] if who.role == "cashier" else ():
        person["email"] = None
    return answer(dumped)


@blueprint.route("/users", methods=["POST"])
@allow("owner")
@blueprint.arguments(schemas.UserNew)
@blueprint.response(201, schemas.UserOut)
def create_user(body: dict[str, Any]) -> Any:
    """Add a person"""
    email = body.pop("email", None)
    with transaction(caller().store.id, actor=caller().actor):
        actions.require_own_address(email)
        membership = actions.add(**body, email=email.lower() if email else None)
        return answer(schemas.UserOut().dump(membership), 201, etag(membership.version))


@blueprint.route("/users/<uuid:user_id>")
@allow("manager")
@blueprint.response(200, schemas.UserOut)
def read_user(user_id: UUID) -> Any:
    """One person"""
    with transaction(caller().store.id):
        membership = actions.membership(user_id)
        return answer(schemas.UserOut().dump(membership), 200, etag(membership.version))


@blueprint.route("/users/<uuid:user_id>", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.UserChange)
@blueprint.response(200, schemas.UserOut)
def change_user(body: dict[str, Any], user_id: UUID) -> Any:
    """Change name, role or PIN, or end somebody's access at once"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        membership = actions.membership(user_id)
        require_match(membership)
        actions.change(membership, body)
        session.flush()
        return answer(schemas.UserOut().dump(membership), 200, etag(membership.version))


@blueprint.route("/users/<uuid:user_id>/unlock", methods=["POST"])
@allow("manager")
@blueprint.response(204)
def unlock_user(user_id: UUID) -> Any:
    """Forgive the wrong PINs of a person who is locked out"""
    with transaction(caller().store.id):
        membership = actions.membership(user_id)
    if membership.role == "owner" and caller().role != "owner":
        raise HigherRole(role=caller().role, other=membership.role)
    attempts.forgive(flows.pin_tries(caller().store.id, user_id))


@blueprint.route("/register/sign-in", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.PinSignIn)
@blueprint.response(200, schemas.SignedInAtRegister)
def sign_in_at_register(body: dict[str, Any]) -> Any:
    """Sign a person in at this register by PIN; send the answer's token as X-User-Token"""
    caller().require_register()
    person, token = flows.sign_in_at_register(caller(), body["user_id"], body["pin"])
    return {
        "user_token": token,
        "user_id": person.user_id,
        "name": person.user_name,
        "role": person.role,
        "expires_in": identity.USER_TOKEN_SECONDS,
    }


@blueprint.route("/register/approvals", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.PinSignIn)
@blueprint.response(201, schemas.Approved)
def approve_at_register(body: dict[str, Any]) -> Any:
    """Approve by a manager's PIN what this register does next; send the answer's token as X-Approval-Token"""
    caller().require_register()
    person, token = flows.approve_at_register(caller(), body["user_id"], body["pin"])
    return {
        "approval_token": token,
        "user_id": person.user_id,
        "name": person.user_name,
        "role": person.role,
        "expires_in": identity.APPROVAL_SECONDS,
    }


@blueprint.route("/session", methods=["POST"])
@public
@blueprint.arguments(schemas.PasswordSignIn)
@blueprint.response(201, schemas.SignedInToOffice)
def sign_in_to_office(body: dict[str, Any]) -> Any:
    """Sign in to the office by e-mail and password: sets a cookie"""
    membership, cookie = flows.sign_in_to_office(
        body["email"],
        body["password"],
        body.get("store"),
        request.remote_addr or "unknown",
        code=body.get("code"),
        device=browser.device(),
        replaces=browser.token(),
    )
    shown = {
        "user_id": membership.user_id,
        "name": membership.name,
        "role": membership.role,
        "csrf_token": browser.renew_csrf(),
    }
    return browser.remember(answer(shown, 201), cookie)


@blueprint.route("/session", methods=["DELETE"])
@allow("cashier")
@blueprint.response(204)
def sign_out_of_office() -> Any:
    """Sign out: the cookie is worthless from now on"""
    token = browser.token()
    if token and caller().session_id:
        with transaction(caller().store.id, actor=caller().actor):
            actions.end_session_of_token(token.digest)
    return browser.forget(Response(status=204))
