"""Who calls: a register's token, a store's API key or a signed-in browser becomes a Caller.

Nothing is remembered between requests but which API key was right, so a revocation works with the next request.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import OperationalError

from pos import clock, ids
from pos.db import db, glance, transaction
from pos.errors import Forbidden, Unauthenticated
from pos.http import attempts
from pos.http.access import Approver, Caller, StoreFacts
from pos.staff.models import Membership, OfficeSession, User
from pos.statements import Statement
from pos.stores import tokens
from pos.stores.models import Register, Store

COOKIE = "tappass_session"
USER_HEADER = "X-User-Token"
USER_TOKEN_SECONDS = 8 * 3600
APPROVAL_HEADER = "X-Approval-Token"
APPROVAL_SECONDS = 120
SEEN_EVERY = timedelta(minutes=5)
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_FACTS = (Store.id, Store.slug, Store.name, Store.currency, Store.country, Store.timezone, Store.prices_include_tax)
_REGISTER = Statement("""
    SELECT s.id, s.slug, s.name, s.currency, s.country, s.timezone, s.prices_include_tax,
           r.id, r.location_id, r.last_seen_at
      FROM registers r JOIN stores s ON s.id = r.store_id
     WHERE r.store_id = :store AND r.token_hash = :digest AND s.is_active
""")
_STORE = select(*_FACTS, Store.api_key_hash).where(Store.id == bindparam("store"), Store.is_active)
_SESSION = (
    select(*_FACTS, Membership.user_id, Membership.name, Membership.role, OfficeSession.id, OfficeSession.last_seen_at)
    .join(OfficeSession, OfficeSession.store_id == Store.id)
    .join(Membership, (Membership.store_id == Store.id) & (Membership.user_id == OfficeSession.user_id))
    .join(User, User.id == Membership.user_id)
    .where(
        Store.id == bindparam("store"),
        OfficeSession.store_id == bindparam("store"),
        OfficeSession.token_hash == bindparam("digest"),
        OfficeSession.revoked_at.is_(None),
        OfficeSession.expires_at > bindparam("now"),
        func.coalesce(OfficeSession.created_at >= User.password_changed_at, True),
        Membership.is_active,
        User.is_active,
        Store.is_active,
    )
)
PERSON = (
    select(Membership.user_id, Membership.name, Membership.role, Membership.pin_hash)
    .join(User, User.id == Membership.user_id)
    .where(
        Membership.store_id == bindparam("store"),
        Membership.user_id == bindparam("user"),
        Membership.is_active,
        User.is_active,
    )
)

csrf = CSRFProtect()


class UserTokenExpired(Unauthenticated):
    """The register is known, the person is not any more: its queue goes on, and only who stands there signs in again."""

    title = "Sign in again"
    advice = "Sign in again with your PIN."


class ApprovalExpired(Unauthenticated):
    title = "Ask for the approval again"
    advice = "The approval does not hold any more. Let a manager give the PIN again (POST /register/approvals)."


class CsrfTokenMissing(Forbidden):
    title = "CSRF token missing or stale"
    advice = "Send the csrf_token of your sign-in as X-CSRFToken; sign in again if that does not help."


def authenticate() -> Caller:
    """The caller of the request in hand. Raises Unauthenticated, UserTokenExpired, ApprovalExpired, TooManyTries,
    CsrfTokenMissing."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = tokens.read(text.strip())
    elif not scheme and COOKIE in request.cookies:
        return _by_session(tokens.read(request.cookies[COOKIE]))
    else:
        token = None
    if token and token.kind == tokens.REGISTER:
        return _by_register(token)
    if token and token.kind == tokens.STORE_KEY:
        return _by_store_key(token)
    raise Unauthenticated


def user_token(caller: Caller, pin_hash: str) -> str:
    """A token for one person at one register, for eight hours; a new PIN ends it."""
    return _SIGNED_IN.token(caller, pin_hash)


def approval_token(caller: Caller, pin_hash: str) -> str:
    """A token with which the person approves what somebody does at this register in the next two minutes."""
    return _APPROVED.token(caller, pin_hash)


def _by_register(token: tokens.Token) -> Caller:
    with glance(token.store_id):
        row = _REGISTER.first(digest=token.digest)
    if row is None:
        raise Unauthenticated
    *facts, register_id, location_id, last_seen_at = row
    _note_seen(Register, token.store_id, register_id, last_seen_at)
    person = _SIGNED_IN.person(token.store_id, register_id)
    approver = _APPROVED.person(token.store_id, register_id)
    return Caller(
        store=StoreFacts(*facts),
        role=person.role if person else "cashier",
        actor=f"user:{person.user_id}" if person else f"register:{register_id}",
        register_id=register_id,
        location_id=location_id,
        user_id=person.user_id if person else None,
        user_name=person.name if person else None,
        approver=Approver(approver.user_id, approver.role) if approver else None,
    )


def _by_store_key(token: tokens.Token) -> Caller:
    with transaction(token.store_id):
        row = db.session.execute(_STORE, {"store": token.store_id}).first()
    if row is None:
        raise Unauthenticated
    *facts, key_hash = _untyped(row)
    verifier: tokens.KeyVerifier = current_app.extensions["key_verifier"]
    if not verifier.knows(token.secret, key_hash):
        tries = f"api-key:{token.store_id}:{request.remote_addr}:"
        attempts.take(tries, limit=20, now=clock.now())
        if not verifier.verify(token.secret, key_hash):
            raise Unauthenticated
        attempts.forgive(tries)
    return Caller(store=StoreFacts(*facts), role="owner", actor="api-key")


def _by_session(token: tokens.Token | None) -> Caller:
    if token is None or token.kind != tokens.SESSION:
        raise Unauthenticated
    if request.method in _UNSAFE:
        require_csrf()
    with transaction(token.store_id):
        found = {"store": token.store_id, "digest": token.digest, "now": clock.now()}
        row = db.session.execute(_SESSION, found).first()
    if row is None:
        raise Unauthenticated
    *facts, user_id, name, role, session_id, last_seen_at = _untyped(row)
    _note_seen(OfficeSession, token.store_id, session_id, last_seen_at)
    return Caller(
        store=StoreFacts(*facts),
        role=role,
        actor=f"user:{user_id}",
        user_id=user_id,
        user_name=name,
        session_id=session_id,
    )


def _untyped(row: Any) -> tuple[Any, ...]:
    """A row's columns; their types are the models', which a starred assignment cannot carry."""
    return tuple(row)


def require_csrf() -> None:
    """What changes something came from a page of ours. Raises CsrfTokenMissing."""
    try:
        csrf.protect()
    except CSRFError as error:
        raise CsrfTokenMissing from error


def _note_seen(
    model: type[Register | OfficeSession], store_id: UUID, row_id: UUID, last_seen_at: datetime | None
) -> None:
    """Only now and then: a write with each request would make the row hot. And in a transaction of its own, which may
    fail: with a full disk one can still read."""
    now = clock.now()
    if last_seen_at is None or now - last_seen_at > SEEN_EVERY:
        mine = (model.store_id == store_id) & (model.id == row_id)
        with suppress(OperationalError), transaction(store_id):
            db.session.execute(update(model).where(mine).values(last_seen_at=now, updated_at=model.updated_at))


@dataclass(frozen=True)
class _PersonToken:
    """A signed token of one person at one register, sent in a header of its own; a new PIN ends it."""

    header: str
    seconds: int
    refusal: type[Unauthenticated]

    def token(self, caller: Caller, pin_hash: str) -> str:
        made_at = caller.register_id and caller.register_id.hex
        return self._serializer().dumps([made_at, _user_mark(pin_hash), str(caller.user_id)])

    def person(self, store_id: UUID, register_id: UUID) -> Any:
        """The person whose token came along, if it was made at this register and with the PIN of today. Raises the
        token's own refusal."""
        text = request.headers.get(self.header)
        if not text:
            return None
        try:
            made_at, mark, user = self._serializer().loads(text, max_age=self.seconds)
            with transaction(store_id):
                person = db.session.execute(PERSON, {"store": store_id, "user": UUID(user)}).first()
        except (BadData, ValueError, TypeError) as error:
            raise self.refusal from error
        if person is None or made_at != register_id.hex or mark != _user_mark(person.pin_hash or ""):
            raise self.refusal
        return person

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(current_app.secret_key or "", salt=self.header)


_SIGNED_IN = _PersonToken(USER_HEADER, USER_TOKEN_SECONDS, UserTokenExpired)
_APPROVED = _PersonToken(APPROVAL_HEADER, APPROVAL_SECONDS, ApprovalExpired)


def _user_mark(pin_hash: str) -> str:
    return ids.digest(pin_hash)[:16]
