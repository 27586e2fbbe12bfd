"""What may change about people: added, changed, signed in and out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from pos import ids
from pos.db import current_store, db
from pos.errors import Conflict, Invalid, NotFound, Unauthenticated
from pos.staff import passwords
from pos.staff.models import Membership, OfficeSession, User
from pos.stores import tokens

SESSION_LIFE = timedelta(hours=12)


class LastOwner(Conflict):
    title = "The last owner stays"
    advice = "This is the only active owner of the store. Make somebody else an owner first."


class AlreadyWorksHere(Conflict):
    title = "Works here already"
    advice = "A person with this e-mail address already works in this store."


class AddressOfAnotherStore(Conflict):
    title = "The address is in use elsewhere"
    advice = (
        "Somebody signs in to another store with this e-mail address. Whoever runs the server can add that person here."
    )


class WrongCredentials(Unauthenticated):
    title = "Wrong credentials"
    advice = "The e-mail address or the password is wrong."


def require_own_address(email: str | None) -> None:
    """Raises AddressOfAnotherStore for an address that somebody signs in with elsewhere.

    Whoever added an address first set its password: let in by address alone, one store's owner could plant the
    password of another's. Who runs the server may link the two (`flask users add`).
    """
    user = _known(email)
    if user is not None and _membership_of(user.id) is None:
        raise AddressOfAnotherStore


def add(
    *, name: str, role: str, email: str | None = None, password: str | None = None, pin: str | None = None
) -> Membership:
    """A person for the open store; one who is known by e-mail from another store keeps the password.

    Raises Invalid for an owner or manager without e-mail address, AlreadyWorksHere.
    """
    _require_email(role, email)
    user = _known(email) or User(
        id=ids.uuid7(), email=email, password_hash=passwords.hashed(password) if password else None
    )
    if user in db.session and _membership_of(user.id):
        raise AlreadyWorksHere
    membership = Membership(
        store_id=current_store(), name=name, role=role, pin_hash=passwords.hashed(pin) if pin else None
    )
    membership.user = user
    db.session.add(membership)
    db.session.flush()
    return membership


def change(membership: Membership, fields: dict[str, Any]) -> None:
    """Name, role, PIN, whether the person may still act here, and an e-mail address for who has none yet.

    An address that is there stays: the person may sign in to other stores with it. Raises LastOwner, Invalid.
    """
    loses_owner = (
        membership.role == "owner"
        and membership.is_active
        and (fields.get("role", "owner") != "owner" or fields.get("is_active") is False)
    )
    if loses_owner and _owner_count() == 1:
        raise LastOwner
    if "email" in fields:
        _give_email(membership.user, fields.pop("email"), fields.pop("password", None))
    _require_email(fields.get("role", "cashier"), membership.email)
    if "pin" in fields:
        membership.pin_hash = passwords.hashed(fields.pop("pin"))
    for name, value in fields.items():
        setattr(membership, name, value)
    if fields.get("is_active") is False:
        end_sessions(membership.user_id)


def reset_password(user: User, password: str) -> None:
    """A new password; who was signed in with the old one is signed out, in every store."""
    user.password_hash = passwords.hashed(password)
    user.password_changed_at = db.func.now()
    end_sessions(user.id)


def start_session(user_id: UUID, now: datetime) -> str:
    """Signs a person in to the office of the open store; gives the cookie's content."""
    token = tokens.new(tokens.SESSION, current_store())
    db.session.add(OfficeSession(user_id=user_id, token_hash=token.digest, expires_at=now + SESSION_LIFE))
    return str(token)


def end_sessions(user_id: UUID, *, token_hash: str | None = None) -> None:
    """Signs out everywhere in this store, or only where this token is."""
    statement = update(OfficeSession).where(
        OfficeSession.store_id == current_store(), OfficeSession.user_id == user_id, OfficeSession.revoked_at.is_(None)
    )
    if token_hash:
        statement = statement.where(OfficeSession.token_hash == token_hash)
    db.session.execute(statement.values(revoked_at=db.func.now()))


def membership(user_id: UUID) -> Membership:
    """The person of this store with this user id. Raises NotFound."""
    found = _membership_of(user_id)
    if found is None:
        raise NotFound(what="person")
    return found


def _give_email(user: User, email: str, password: str | None) -> None:
    if user.email:
        raise Invalid(reason="This person has an e-mail address already, and keeps it.", pointer="/email")
    user.email = email.lower()
    user.password_hash = passwords.hashed(password) if password else None


def _require_email(role: str, email: str | None) -> None:
    if email is None and role != "cashier":
        raise Invalid(reason=f"A {role} signs in to the office and needs an e-mail address.", pointer="/email")


def _known(email: str | None) -> User | None:
    return db.session.scalar(select(User).where(User.email == email)) if email else None


def _membership_of(user_id: UUID) -> Membership | None:
    return db.session.scalar(
        select(Membership).where(Membership.store_id == current_store(), Membership.user_id == user_id)
    )


def _owner_count() -> int:
    owners = select(Membership.id).where(
        Membership.store_id == current_store(), Membership.role == "owner", Membership.is_active
    )
    return len(db.session.scalars(owners.with_for_update()).all())
