"""Settings: managers read them, owners change them; what is one's own is everybody's."""

from typing import Any
from uuid import UUID

from flask import current_app

from pos import clock
from pos.config import Settings
from pos.db import db, find, rows_of, transaction
from pos.http.access import allow, caller
from pos.messaging import policy
from pos.staff import actions as staff
from pos.staff.models import User
from pos.stores.models import Location, Register
from pos.stores.queries import find_store
from pos.web.office.frame import area, shown
from pos.web.office.settings import queries

blueprint = area("settings", __name__)
DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip


@blueprint.get("/settings")
@allow("manager")
def index() -> str:
    """The store itself."""
    with transaction(caller().store.id):
        store = find_store(caller().store.id)
    return shown("settings/store.html", store=store)


@blueprint.get("/settings/locations")
@allow("manager")
def locations() -> str:
    """The places of the store, and a form for another one."""
    with transaction(caller().store.id):
        found = db.session.scalars(rows_of(Location).order_by(Location.name)).all()
        return shown("settings/locations.html", locations=found, days=DAYS)


@blueprint.get("/settings/locations/<uuid:location_id>")
@allow("manager")
def location(location_id: UUID) -> str:
    """One place: its clock, taxes and hours."""
    with transaction(caller().store.id):
        found = find(Location, location_id)
        return shown("settings/location.html", location=found, days=DAYS)


@blueprint.get("/settings/registers")
@allow("manager")
def registers() -> str:
    """The tablets: enrolled by a code, revoked at once."""
    with transaction(caller().store.id):
        found = queries.registers()
        places = db.session.scalars(rows_of(Location).order_by(Location.name)).all()
        return shown("settings/registers.html", registers=found, locations=places)


@blueprint.get("/settings/registers/<uuid:register_id>")
@allow("manager")
def register(register_id: UUID) -> str:
    """One tablet."""
    with transaction(caller().store.id):
        found = find(Register, register_id)
        places = db.session.scalars(rows_of(Location).order_by(Location.name)).all()
        return shown("settings/register.html", register=found, locations=places)


@blueprint.get("/settings/people")
@allow("manager")
def people() -> str:
    """Who works here, and as what."""
    with transaction(caller().store.id):
        found = queries.people()
    return shown("settings/people.html", people=found)


@blueprint.get("/settings/people/<uuid:user_id>")
@allow("manager")
def person(user_id: UUID) -> str:
    """One person: role, PIN, password, where they are signed in."""
    with transaction(caller().store.id):
        found = staff.membership(user_id)
        sessions = staff.sessions_of(user_id, clock.now()) if caller().reaches("owner") else []
        return shown("settings/person.html", person=found, sessions=sessions)


@blueprint.get("/settings/texts")
@allow("manager")
def texts() -> str:
    """What the store decided about its texts."""
    with transaction(caller().store.id):
        store = find_store(caller().store.id)
    return shown("settings/texts.html", store=store, rules=policy.read(store.settings), base_url=_base_url())


@blueprint.get("/settings/connections")
@allow("owner")
def connections() -> str:
    """Keys, and whether Stripe and Twilio answer."""
    with transaction(caller().store.id):
        store = find_store(caller().store.id)
    return shown("settings/connections.html", store=store, providers=_providers(), base_url=_base_url())


@blueprint.get("/settings/me")
@allow("cashier")
def me() -> str:
    """What is one's own: password, second factor, sessions."""
    who = caller()
    with transaction(who.store.id):
        user = db.session.get(User, who.user_id) if who.user_id else None
        sessions = staff.sessions_of(who.user_id, clock.now()) if who.user_id else []
    return shown("settings/me.html", user=user, sessions=sessions, this_session=who.session_id)


def _providers() -> dict[str, str]:
    """What the server is set up with: the provider itself, its sandbox, or nothing."""
    settings: Settings = current_app.config["SETTINGS"]
    found: dict[str, Any] = {"Stripe": settings.stripe, "Twilio": settings.twilio}
    return {
        name: "nothing" if each is None else "sandbox" if each.is_sandbox else "live" for name, each in found.items()
    }


def _base_url() -> str:
    return str(current_app.config["PUBLIC_BASE_URL"])
