"""Who may call a route. Each route wears exactly one of `allow(role)` and `public` (a test sees to it)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from flask import current_app, g

from pos.errors import Forbidden

ROLES = ("cashier", "manager", "owner")
View = Callable[..., Any]


class RoleTooLow(Forbidden):
    title = "Not allowed"
    advice = "This needs the role {needed}; you act as {role}. Ask a {needed} to do it."


class RegisterTokenRequired(Forbidden):
    title = "Only at a register"
    advice = "This is done at an enrolled register. Send the register's token."


class PersonRequired(Forbidden):
    title = "Only for who is signed in"
    advice = "This is a person's own: sign in to the office with e-mail and password (POST /session)."


class ApprovalRequired(Forbidden):
    title = "A manager has to approve this"
    advice = (
        "This needs a {needed}; you act as {role}. Let one give the PIN (POST /register/approvals), and send the answer's "
        "token as X-Approval-Token."
    )


@dataclass(frozen=True)
class StoreFacts:
    """What every request needs to know of its store."""

    id: UUID
    slug: str
    name: str
    currency: str
    country: str
    timezone: str
    prices_include_tax: bool


@dataclass(frozen=True)
class Approver:
    """Who gave a PIN at the register for one act of somebody else."""

    user_id: UUID
    role: str


@dataclass(frozen=True)
class Caller:
    """Who acts, in which store, with which role; `actor` is the name that the audit log keeps."""

    store: StoreFacts
    role: str
    actor: str
    register_id: UUID | None = None
    location_id: UUID | None = None
    user_id: UUID | None = None
    user_name: str | None = None
    approver: Approver | None = None
    session_id: UUID | None = None

    def reaches(self, role: str) -> bool:
        """Whether the caller has this role or a higher one."""
        return _reaches(self.role, role)

    def require(self, role: str) -> None:
        """Raises RoleTooLow unless the caller has this role or a higher one."""
        if not self.reaches(role):
            raise RoleTooLow(needed=role, role=self.role)

    def require_register(self) -> UUID:
        """The id of the register that calls. Raises RegisterTokenRequired for who calls from elsewhere."""
        if self.register_id is None:
            raise RegisterTokenRequired
        return self.register_id

    def require_person(self) -> UUID:
        """The id of the person who is signed in to the office. Raises PersonRequired for registers and programs."""
        if self.session_id is None or self.user_id is None:
            raise PersonRequired
        return self.user_id

    def authorise(self, role: str) -> str:
        """Who answers for an override: the caller, or whoever approved it by PIN. Raises ApprovalRequired."""
        if _reaches(self.role, role):
            return self.actor
        if self.approver and _reaches(self.approver.role, role):
            return f"user:{self.approver.user_id}"
        raise ApprovalRequired(needed=role, role=self.role)


def _reaches(role: str, needed: str) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


def allow(role: str) -> Callable[[View], View]:
    """The route is for this role and the higher ones; the view finds the caller in `caller()`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            authenticate()
            caller().require(role)
            return view(*args, **kwargs)

        guarded.access = role  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View) -> View:
    """The route is for everybody, knowingly."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def authenticate() -> None:
    """Finds out who calls, by the function that create_app hands in (staff/identity.py). Raises Unauthenticated."""
    g.caller = current_app.extensions["authenticate"]()


def caller() -> Caller:
    return g.caller  # type: ignore[no-any-return]
