"""Signing in: counts the try, checks the secret outside any transaction (it takes 70 ms), then lets in."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from pos import clock, ids
from pos.db import db, transaction
from pos.errors import Unauthenticated
from pos.http import attempts
from pos.http.access import Caller
from pos.staff import actions, identity, passwords
from pos.staff.models import Membership, User
from pos.stores.models import Store

PIN_TRIES = 5
PASSWORD_TRIES = 10
ADDRESS_TRIES = 100


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


def sign_in_to_office(email: str, password: str, store_slug: str | None, remote_address: str) -> tuple[Any, str]:
    """The membership and the session cookie of a person with e-mail and password.

    Limited by address and by e-mail. Raises WrongCredentials, whatever is wrong, and TooManyTries.
    """
    now, tries = clock.now(), tries_of(email)
    attempts.take(f"sign-in-from:{remote_address}", limit=ADDRESS_TRIES, now=now)
    attempts.take(tries, limit=PASSWORD_TRIES, now=now)
    with transaction(None):
        user = db.session.scalar(select(User).where(User.email == email.lower(), User.is_active))
        memberships = _memberships(user.id, store_slug) if user else []
    if not passwords.matches(password, user.password_hash if user else None) or not memberships:
        raise actions.WrongCredentials
    attempts.forgive(tries)
    membership = memberships[0]
    with transaction(membership.store_id, actor=f"user:{membership.user_id}"):
        cookie = actions.start_session(membership.user_id, now)
    return membership, cookie


def pin_tries(store_id: UUID, user_id: UUID) -> str:
    """What the keys begin with under which a person's wrong PINs at this store's registers are counted."""
    return f"pin:{store_id}:{user_id}:"


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
