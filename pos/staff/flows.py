"""Signing in: counts the try, checks the secret outside any transaction (it takes 70 ms), then lets in."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from pos import clock, ids
from pos.audit_log import record
from pos.crypto import Vault
from pos.db import db, transaction
from pos.errors import Refused, Unauthenticated
from pos.http import attempts
from pos.http.access import Caller
from pos.staff import actions, identity, passwords, second_factor
from pos.staff.models import Membership, User
from pos.stores import tokens
from pos.stores.models import Store

PIN_TRIES = 5
PASSWORD_TRIES = 10
ADDRESS_TRIES = 100
CODE_TRIES = 10


class CodeRequired(Unauthenticated):
    title = "A code is needed"
    advice = "The password is right. Send the code that your authenticator app shows now, too; each code counts once."


class WrongPassword(Refused):
    title = "Wrong password"
    advice = "That is not your password of now."


class WrongPin(Unauthenticated):
    title = "Wrong PIN"
    advice = "The PIN is wrong. After five wrong tries a manager has to unlock it."


def sign_in_at_register(caller: Caller, user_id: UUID, pin: str) -> tuple[Caller, str]:
    """The person with this PIN at this register, and the token to send as X-User-Token from now on.

    Raises WrongPin, TooManyTries.
    """
    person, pin_hash = _by_pin(caller, user_id, pin)
    return person, identity.user_token(person, pin_hash)


def approve_at_register(caller: Caller, user_id: UUID, pin: str) -> tuple[Caller, str]:
    """The manager with this PIN, and the token that approves what the register does in the next two minutes.

    Raises WrongPin, TooManyTries, RoleTooLow.
    """
    person, pin_hash = _by_pin(caller, user_id, pin)
    person.require("manager")
    return person, identity.approval_token(person, pin_hash)


def _by_pin(caller: Caller, user_id: UUID, pin: str) -> tuple[Caller, str]:
    """The person with this PIN and its hash. Five tries for each person and register, then a manager unlocks."""
    tries = f"{pin_tries(caller.store.id, user_id)}{caller.register_id}"
    attempts.take(tries, limit=PIN_TRIES, now=clock.now(), window=None, then="A manager has to unlock this PIN.")
    with transaction(caller.store.id):
        person = db.session.execute(identity.PERSON, {"store": caller.store.id, "user": user_id}).first()
    if not passwords.matches(pin, person.pin_hash if person else None) or person is None:
        raise WrongPin
    attempts.forgive(tries)
    signed_in = replace(caller, user_id=user_id, user_name=person.name, role=person.role, actor=f"user:{user_id}")
    return signed_in, str(person.pin_hash)


def sign_in_to_office(
    email: str,
    password: str,
    store_slug: str | None,
    remote_address: str,
    *,
    code: str | None = None,
    device: str | None = None,
    replaces: tokens.Token | None = None,
) -> tuple[Any, str]:
    """The membership and the session cookie of a person with e-mail and password, and with a code if they have a second factor.

    Each sign-in makes a new session and ends the one that the browser had (`replaces`). Limited by address and by e-mail, and
    codes by themselves as well. Raises WrongCredentials, whatever is wrong; CodeRequired once the password is right; TooManyTries.
    """
    now, tries = clock.now(), tries_of(email)
    attempts.take(f"sign-in-from:{remote_address}", limit=ADDRESS_TRIES, now=now)
    attempts.take(tries, limit=PASSWORD_TRIES, now=now)
    with transaction(None):
        user = db.session.scalar(select(User).where(User.email == email.lower(), User.is_active))
        memberships = _memberships(user.id, store_slug) if user else []
    if not passwords.matches(password, user.password_hash if user else None) or not memberships or not user:
        raise actions.WrongCredentials
    membership = memberships[0]
    if user.totp_confirmed_at and not _code_counts(user, code, now):
        _note_refusal(membership, code)
        raise CodeRequired
    attempts.forgive(tries)
    _end_replaced(replaces)
    with transaction(membership.store_id, actor=f"user:{membership.user_id}"):
        cookie = actions.start_session(membership.user_id, now, device=device)
    return membership, cookie


def change_password(who: Caller, current: str, new: str, *, device: str | None) -> str:
    """Sets a new password, and ends every session of the person; gives the cookie of a new one, for the browser in hand.

    Raises WrongPassword, UnfitPassword, TooManyTries.
    """
    user = _proved(who, current)
    passwords.require_fit(new, not_like=[user.email or "", who.store.name, who.store.slug])
    password_hash = passwords.hashed(new)
    with transaction(who.store.id, actor=who.actor):
        actions.set_password(db.session.get_one(User, user.id, with_for_update=True), password_hash)
        record("users.change_password", f"users:{user.id}")
        db.session.flush()
        return actions.start_session(user.id, clock.now(), device=device)


def begin_second_factor(who: Caller, password: str) -> tuple[str, str]:
    """A new secret and its otpauth:// address; it counts once a code has confirmed it. May be repeated until then.

    Raises WrongPassword, TooManyTries, SecondFactorIsOn.
    """
    user, secret = _proved(who, password), second_factor.new_secret()
    with transaction(who.store.id, actor=who.actor):
        actions.keep_secret(db.session.get_one(User, user.id, with_for_update=True), _vault(), secret)
    return secret, second_factor.address(secret, email=user.email or "", store=who.store.name)


def confirm_second_factor(who: Caller, code: str) -> datetime:
    """Switches the second factor on; gives since when. Raises WrongCode, TooManyTries, NoSecondFactor, SecondFactorIsOn."""
    user, now = _user_of(who), clock.now()
    attempts.take(tries_of(user.email or ""), limit=PASSWORD_TRIES, now=now)
    with transaction(who.store.id, actor=who.actor):
        actions.confirm_secret(db.session.get_one(User, user.id, with_for_update=True), _vault(), code, now)
    attempts.forgive(tries_of(user.email or ""))
    return now


def end_second_factor(who: Caller, password: str, code: str) -> None:
    """Switches it off. Raises WrongPassword, WrongCode, TooManyTries, NoSecondFactor."""
    user, now = _proved(who, password, forgives=False), clock.now()
    if not user.totp_confirmed_at:
        raise actions.NoSecondFactor
    if not _code_counts(user, code, now):
        raise actions.WrongCode
    attempts.forgive(tries_of(user.email or ""))
    with transaction(who.store.id, actor=who.actor):
        actions.forget_secret(db.session.get_one(User, user.id, with_for_update=True))


def _user_of(who: Caller) -> User:
    user_id = who.require_person()
    with transaction(None):
        return db.session.get_one(User, user_id)


def _proved(who: Caller, password: str, *, forgives: bool = True) -> User:
    """The caller, who has given the password again; tries count as at the sign-in. Raises WrongPassword, TooManyTries."""
    user = _user_of(who)
    tries = tries_of(user.email or "")
    attempts.take(tries, limit=PASSWORD_TRIES, now=clock.now())
    if not passwords.matches(password, user.password_hash):
        raise WrongPassword
    if forgives:
        attempts.forgive(tries)
    return user


def _code_counts(user: User, code: str | None, now: datetime) -> bool:
    """Whether the code is right, and uses it up: of two that send it at once one gets in. Only a right code forgives wrong ones: who
    has the password, and is asked for the code, could else guess on and on. Raises TooManyTries."""
    if code is None or user.totp_sealed is None:
        return False
    tries = code_tries(user.id)
    attempts.take(tries, limit=CODE_TRIES, now=now)
    secret = actions.secret_of(user, _vault())
    step = second_factor.step_of(secret, code, now=now, after=user.totp_used_step)
    if step is None:
        return False
    with transaction(None):
        is_first = actions.use_step(user.id, step)
    if is_first:
        attempts.forgive(tries)
    return is_first


def _note_refusal(membership: Membership, code: str | None) -> None:
    """Somebody has the password and a wrong code: the owner can see it. Who has sent none yet is about to be asked."""
    if code is not None:
        with transaction(membership.store_id, actor="sign-in"):
            record("users.refuse_code", f"users:{membership.user_id}")


def _end_replaced(token: tokens.Token | None) -> None:
    if token is not None:
        with transaction(token.store_id, actor="sign-in"):
            actions.end_session_of_token(token.digest)


def _vault() -> Vault:
    return current_app.extensions["vault"]  # type: ignore[no-any-return]


def pin_tries(store_id: UUID, user_id: UUID) -> str:
    """What the keys begin with under which a person's wrong PINs at this store's registers are counted."""
    return f"pin:{store_id}:{user_id}:"


def code_tries(user_id: UUID) -> str:
    """The key under which a person's wrong codes of the second factor are counted."""
    return f"code:{user_id}"


def tries_of(email: str) -> str:
    """The key under which wrong passwords for an address are counted; the address itself is not kept there."""
    return f"sign-in:{ids.digest(email.lower())}"


def _memberships(user_id: UUID, store_slug: str | None) -> list[Membership]:
    """Where the person works, the oldest first; the caller said which store if there are several."""
    statement = select(Membership).join(Store, Store.id == Membership.store_id)
    statement = statement.where(Membership.user_id == user_id, Membership.is_active, Store.is_active)
    if store_slug:
        statement = statement.where(Store.slug == store_slug)
    return list(db.session.scalars(statement.order_by(Membership.id)))
