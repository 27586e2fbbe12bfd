"""What may change about people: added, changed, signed in and out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.sql.elements import ColumnElement

from pos import ids
from pos.audit_log import record
from pos.crypto import Vault
from pos.db import current_store, db, find, rows_of
from pos.errors import Conflict, Invalid, NotFound, Refused, Unauthenticated
from pos.staff import passwords, second_factor
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


class WorksElsewhereToo(Conflict):
    title = "Works elsewhere too"
    advice = "This person signs in to another store with the same password. Whoever runs the server can give a new one."


class HasNoPassword(Conflict):
    title = "No password to renew"
    advice = "This person has no e-mail address and signs in by PIN. Give them a new PIN, or an e-mail address with a password."


class WrongCredentials(Unauthenticated):
    title = "Wrong credentials"
    advice = "The e-mail address or the password is wrong."


class WrongCode(Refused):
    title = "Wrong code"
    advice = "The code does not fit, or was used. Wait for the next one that your app shows."


class NoSecondFactor(Conflict):
    title = "No second factor"
    advice = "There is no authenticator app to confirm or to switch off. Begin with POST /me/second-factor."


class SecondFactorIsOn(Conflict):
    title = "There is a second factor"
    advice = "An authenticator app is in use already. Switch it off first (DELETE /me/second-factor)."


def require_own_address(email: str | None) -> None:
    """Raises AddressOfAnotherStore for an address that somebody signs in with elsewhere.

    Whoever added an address first set its password: let in by address alone, one store's owner could plant the
    password of another's. Who runs the server may link the two (`flask users add`).
    """
    user = _known(email)
    if user is not None and _membership_of(user.id) is None:
        raise AddressOfAnotherStore


def user_of_this_store_alone(user_id: UUID) -> User:
    """The locked user of a person who signs in to this store and to no other: what one store's owner gives as a password must
    not open another's. Raises NotFound, HasNoPassword, WorksElsewhereToo."""
    person = membership(user_id)
    if person.email is None:
        raise HasNoPassword
    others = select(Membership.id).where(Membership.user_id == user_id, Membership.store_id != current_store())
    if db.session.scalar(others.limit(1)) is not None:
        raise WorksElsewhereToo
    return db.session.get_one(User, user_id, with_for_update=True)


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
    set_password(user, passwords.hashed(password))


def set_password(user: User, password_hash: str) -> None:
    """Takes over a password that was hashed before the transaction; ends all sessions in the same way."""
    user.password_hash = password_hash
    user.password_changed_at = db.func.now()
    end_sessions(user.id)


def start_session(user_id: UUID, now: datetime, *, device: str | None = None) -> str:
    """Signs a person in to the office of the open store; gives the cookie's content."""
    token = tokens.new(tokens.SESSION, current_store())
    session = OfficeSession(
        user_id=user_id, token_hash=token.digest, device=device, last_seen_at=now, expires_at=now + SESSION_LIFE
    )
    db.session.add(session)
    return str(token)


def sessions_of(user_id: UUID, now: datetime) -> list[OfficeSession]:
    """Where a person is signed in to this store, the newest first."""
    live = rows_of(OfficeSession).where(OfficeSession.expires_at > now, OfficeSession.revoked_at.is_(None))
    password_changed_at = db.func.coalesce(User.password_changed_at, OfficeSession.created_at)
    live = live.join(User, User.id == OfficeSession.user_id).where(OfficeSession.created_at >= password_changed_at)
    return list(db.session.scalars(live.where(OfficeSession.user_id == user_id).order_by(OfficeSession.id.desc())))


def end_sessions(user_id: UUID, *, except_for: UUID | None = None) -> None:
    """Signs out everywhere in this store, or everywhere else than in the session named."""
    _end((OfficeSession.user_id == user_id) & (OfficeSession.id.is_distinct_from(except_for)))


def end_session(session_id: UUID) -> None:
    """Ends anybody's session in this store; one that has ended stays so. Raises NotFound."""
    _end(OfficeSession.id == find(OfficeSession, session_id).id)


def end_own_session(session_id: UUID, user_id: UUID | None) -> None:
    """The same, if it is this person's (of nobody there is none). Raises NotFound for everybody else's."""
    if find(OfficeSession, session_id).user_id != user_id:
        raise NotFound(what="session")
    _end(OfficeSession.id == session_id)


def end_session_of_token(token_hash: str) -> None:
    """Ends the session whose cookie this is: who has the cookie may."""
    _end(OfficeSession.token_hash == token_hash)


def _end(which: ColumnElement[bool]) -> None:
    """Ends those that have not ended, and notes each in the audit log."""
    mine = (OfficeSession.store_id == current_store()) & OfficeSession.revoked_at.is_(None)
    ending = update(OfficeSession).where(mine, which).values(revoked_at=db.func.now())
    ended = db.session.execute(ending.returning(OfficeSession.id, OfficeSession.user_id)).all()
    for session_id, user_id in ended:
        record("office_sessions.end", f"office_sessions:{session_id}", after={"user_id": str(user_id)})


def keep_secret(user: User, vault: Vault, secret: str) -> None:
    """A secret that waits for its first code; one before it that was never confirmed is forgotten. Raises SecondFactorIsOn."""
    if user.totp_confirmed_at:
        raise SecondFactorIsOn
    user.totp_sealed = vault.encrypt(secret, context=_totp(user))
    user.totp_used_step = None


def confirm_secret(user: User, vault: Vault, code: str, now: datetime) -> None:
    """From now on the person signs in with a code as well. Raises NoSecondFactor, SecondFactorIsOn, WrongCode."""
    if user.totp_confirmed_at:
        raise SecondFactorIsOn
    if user.totp_sealed is None:
        raise NoSecondFactor
    step = second_factor.step_of(secret_of(user, vault), code, now=now, after=None)
    if step is None:
        raise WrongCode
    user.totp_confirmed_at, user.totp_used_step = now, step


def forget_secret(user: User) -> None:
    """The password alone signs in again. May be repeated."""
    user.totp_sealed = user.totp_confirmed_at = user.totp_used_step = None


def secret_of(user: User, vault: Vault) -> str:
    return vault.decrypt(user.totp_sealed or "", context=_totp(user))


def use_step(user_id: UUID, step: int) -> bool:
    """Whether the code of this time step still counts, which it does once."""
    is_later = User.totp_used_step.is_(None) | (User.totp_used_step < step)
    using = update(User).where(User.id == user_id, is_later).values(totp_used_step=step).returning(User.id)
    return db.session.scalar(using) is not None


def membership(user_id: UUID) -> Membership:
    """The person of this store with this user id. Raises NotFound."""
    found = _membership_of(user_id)
    if found is None:
        raise NotFound(what="person")
    return found


def _totp(user: User) -> str:
    return f"users.totp:{user.id}"


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
