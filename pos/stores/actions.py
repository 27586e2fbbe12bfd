"""What may change about stores, locations and registers."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from babel.numbers import list_currencies

from pos import ids, phone
from pos.db import db, rows_of
from pos.errors import Conflict, Invalid, Refused
from pos.stores import tokens
from pos.stores.models import Location, Register, Store, TaxRate

ENROLMENT_LIFE = timedelta(hours=1)
_CODE_LENGTH = 8


class RegisterIsRevoked(Conflict):
    title = "The register is revoked"
    advice = "This register was revoked; create another one."


class WrongEnrolmentCode(Refused):
    title = "The code is wrong or has expired"
    advice = "This code is wrong, used or expired. Ask the owner for a new one: each works once, for an hour."


def create_store(
    store_id: UUID, *, name: str, slug: str, currency: str, country: str, timezone: str, prices_include_tax: bool
) -> tuple[Store, str]:
    """A store and its API key, which is shown now and never again. Raises Invalid.

    Stores are global, so this can stand in the store's own transaction, together with its first location.
    """
    _require(currency in list_currencies(), "currency", f"{currency} is not an ISO 4217 currency.")
    _require(phone.is_region(country), "country", f"{country} is not an ISO 3166 country.")
    require_timezone(timezone)
    key = tokens.new(tokens.STORE_KEY, store_id)
    store = Store(
        id=store_id,
        name=name,
        slug=slug,
        currency=currency,
        country=country,
        timezone=timezone,
        prices_include_tax=prices_include_tax,
        api_key_hash=tokens.hash_key(key.secret),
    )
    db.session.add(store)
    db.session.flush()
    return store, str(key)


def change_store(store: Store, fields: dict[str, Any]) -> None:
    """Changes the store's settings. Raises Invalid for a kitchen that is late before it is slow."""
    for name, value in fields.items():
        setattr(store, name, value)
    _require(
        store.kitchen_slow_minutes < store.kitchen_late_minutes,
        "kitchen_late_minutes" if "kitchen_late_minutes" in fields else "kitchen_slow_minutes",
        f"A ticket is slow before it is late: {store.kitchen_slow_minutes} minutes are not before {store.kitchen_late_minutes}.",
    )


def renew_api_key(store: Store) -> str:
    """A new API key; the old one ends at once."""
    key = tokens.new(tokens.STORE_KEY, store.id)
    store.api_key_hash = tokens.hash_key(key.secret)
    return str(key)


def create_location(*, name: str, timezone: str, tax_rates: dict[str, str], **fields: Any) -> Location:
    """A location with its tax rates by class, e.g. {"standard": "0.0825"}. Raises Invalid."""
    require_timezone(timezone)
    location = Location(id=ids.uuid7(), name=name, timezone=timezone, **fields)
    db.session.add(location)
    db.session.flush()
    set_tax_rates(location, tax_rates)
    return location


def set_tax_rates(location: Location, tax_rates: dict[str, str]) -> None:
    """Adds and changes rates. None is taken away: products and sold lines refer to the class."""
    known = {
        rate.tax_class: rate for rate in db.session.scalars(rows_of(TaxRate).where(TaxRate.location_id == location.id))
    }
    for tax_class, rate in tax_rates.items():
        if tax_class in known:
            known[tax_class].rate = Decimal(rate)
        else:
            db.session.add(TaxRate(location_id=location.id, tax_class=tax_class, rate=Decimal(rate)))
    db.session.flush()
    db.session.expire(location, ["rates"])


def create_register(*, name: str, location_id: UUID, now: datetime) -> tuple[Register, str]:
    """A register and the code that enrols a tablet as it."""
    register = Register(id=ids.uuid7(), name=name, location_id=location_id)
    db.session.add(register)
    code = renew_enrolment(register, now)
    db.session.flush()
    return register, code


def renew_enrolment(register: Register, now: datetime) -> str:
    """A new one-time code. The token of a tablet that is enrolled keeps working until the code is used."""
    _require_not_revoked(register)
    code = "".join(ids.reference() for _ in range(2))[:_CODE_LENGTH]
    register.enrolment_code_hash = ids.digest(code)
    register.enrolment_expires_at = now + ENROLMENT_LIFE
    return code


def enrol(code: str, now: datetime) -> tuple[Register, str]:
    """Turns a code into the register's token, once. Raises WrongEnrolmentCode."""
    digest = ids.digest(ids.read_reference(code))
    register = db.session.scalar(
        rows_of(Register)
        .where(Register.enrolment_code_hash == digest, Register.enrolment_expires_at > now)
        .with_for_update()
    )
    if register is None or register.revoked_at:
        raise WrongEnrolmentCode
    return register, issue_token(register)


def issue_token(register: Register) -> str:
    """A new token for the register; the one before it ends. Raises RegisterIsRevoked."""
    _require_not_revoked(register)
    token = tokens.new(tokens.REGISTER, register.store_id)
    register.token_hash = token.digest
    register.enrolment_code_hash = register.enrolment_expires_at = None
    db.session.flush()
    return str(token)


def revoke(register: Register, now: datetime) -> None:
    """Ends the register's token with the next request. May be repeated."""
    register.revoked_at = register.revoked_at or now
    register.token_hash = register.enrolment_code_hash = register.enrolment_expires_at = None


def change_location(location: Location, *, tax_rates: dict[str, str] | None = None, **fields: Any) -> Location:
    if "timezone" in fields:
        require_timezone(fields["timezone"])
    for name, value in fields.items():
        setattr(location, name, value)
    if tax_rates:
        set_tax_rates(location, tax_rates)
        # The version covers the rates too, so the location's row must count as changed.
        location.updated_at = db.func.now()
    return location


def change_register(register: Register, fields: dict[str, Any], now: datetime) -> None:
    """Renames, moves or revokes; a revoked register stays revoked."""
    if fields.pop("revoked", False):
        revoke(register, now)
    for name, value in fields.items():
        setattr(register, name, value)


def require_timezone(timezone: str) -> None:
    """Raises Invalid unless it is a name of the IANA database."""
    _require(
        timezone in available_timezones(), "timezone", f"{timezone} is not an IANA time zone, e.g. America/Los_Angeles."
    )


def _require(holds: bool, field: str, reason: str) -> None:
    if not holds:
        raise Invalid(reason=reason, pointer=f"/{field}")


def _require_not_revoked(register: Register) -> None:
    if register.revoked_at:
        raise RegisterIsRevoked
