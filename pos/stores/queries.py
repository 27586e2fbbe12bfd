"""What is asked of stores and their places."""

from uuid import UUID

from flask import current_app
from sqlalchemy import select

from pos.db import db, rows_of
from pos.errors import NotFound, Refused
from pos.stores.models import Location, Register, Store, TaxRate


class NoSuchStore(NotFound):
    advice = "There is no store with the slug {slug!r}."


class LocationAmbiguous(Refused):
    title = "Which location?"
    advice = "This store has several locations; name one of them: {names}."


def store_by_slug(slug: str) -> Store:
    """The store of a slug; a global look-up, so it needs no tenant. Raises NoSuchStore."""
    store = db.session.scalar(select(Store).where(Store.slug == slug))
    if store is None:
        raise NoSuchStore(slug=slug)
    return store


def active_store_by_slug(slug: str) -> Store:
    """The same, but a store that was switched off is not there."""
    store = store_by_slug(slug)
    if not store.is_active:
        raise NoSuchStore(slug=slug)
    return store


def enrolment_address(slug: str, code: str) -> str:
    """What a tablet opens to be enrolled; behind the # it reaches no log."""
    return f"{current_app.config['PUBLIC_BASE_URL']}/tablet#enrol={slug}.{code}"


def store_ids() -> list[UUID]:
    """All active stores, oldest first, for work that goes through them one by one."""
    return list(db.session.scalars(select(Store.id).where(Store.is_active).order_by(Store.id)))


def find_store(store_id: UUID, *, lock: bool = False) -> Store:
    """The row of a store, with its settings."""
    return db.session.get_one(Store, store_id, with_for_update={"key_share": True} if lock else None)


def every_store_id() -> list[UUID]:
    """All stores, also those that were switched off: what is open at a provider stays open."""
    return list(db.session.scalars(select(Store.id).order_by(Store.id)))


def stores_of_account(account: str | None) -> list[UUID]:
    """The active stores whose Stripe account this is; None is the account of the key."""
    found = select(Store.id).where(Store.stripe_account.is_not_distinct_from(account), Store.is_active)
    return list(db.session.scalars(found.order_by(Store.id)))


def stores_of_sms_number(number: str) -> list[UUID]:
    """The store that texts from this number, if there is one."""
    return list(db.session.scalars(select(Store.id).where(Store.sms_number == number)))


def all_locations() -> list[Location]:
    return list(db.session.scalars(rows_of(Location).order_by(Location.name)))


def all_registers() -> list[Register]:
    return list(db.session.scalars(rows_of(Register).order_by(Register.name)))


def location_named(name: str) -> Location:
    location = db.session.scalar(rows_of(Location).where(Location.name == name))
    if location is None:
        raise NotFound(what=f"location named {name!r}")
    return location


def first_location() -> Location:
    """The location that a store had first. Raises NotFound where it has none."""
    location = db.session.scalar(rows_of(Location).order_by(Location.id).limit(1))
    if location is None:
        raise NotFound(what="location of this store")
    return location


def only_location() -> Location:
    """The location of a store that has just one. Raises LocationAmbiguous."""
    locations = all_locations()
    if len(locations) != 1:
        raise LocationAmbiguous(names=", ".join(location.name for location in locations))
    return locations[0]


def find_register(name: str) -> Register | None:
    return db.session.scalar(rows_of(Register).where(Register.name == name))


def register_named(name: str) -> Register:
    register = find_register(name)
    if register is None:
        raise NotFound(what=f"register named {name!r}")
    return register


def tax_classes_everywhere() -> set[str]:
    """The tax classes that have a rate at every location of the store: only these may be given to a product."""
    rates = db.session.execute(rows_of(TaxRate).with_only_columns(TaxRate.location_id, TaxRate.tax_class)).all()
    classes: dict[UUID, set[str]] = {location.id: set() for location in all_locations()}
    for location_id, tax_class in rates:
        classes[location_id].add(tax_class)
    return set.intersection(*classes.values()) if classes else set()
