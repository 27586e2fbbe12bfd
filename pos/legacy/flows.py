"""Where a run of an import goes, looked up once."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pos import clock
from pos.db import transaction
from pos.http.commands import CommandRefused
from pos.legacy.books import House
from pos.money import digits_of
from pos.stores.queries import active_store_by_slug, find_store, first_location, location_named, store_ids


class WhichStore(CommandRefused):
    advice = (
        "There are {count} active stores; name one of them with --store (`flask --app wsgi stores list` shows them)."
    )


@dataclass(frozen=True)
class Course:
    """What is the same for a whole run. `as_of` is the day on which ages were recorded."""

    store_id: UUID
    slug: str
    name: str
    location_id: UUID
    currency: str
    country: str
    timezone: str
    as_of: date
    is_dry_run: bool = False

    @property
    def digits(self) -> int:
        """The decimals of the store's currency."""
        return digits_of(self.currency)

    def house(self, now: datetime) -> House:
        return House(self.location_id, self.currency, now)


def course(
    slug: str | None, *, location: str | None = None, as_of: date | None = None, is_dry_run: bool = False
) -> Course:
    """The course of a run into a store, the only one if none is named; orders go to its first location unless another is named.
    Raises WhichStore, NoSuchStore, NotFound."""
    with transaction(None):
        stores = store_ids()
        if slug is None and len(stores) != 1:
            raise WhichStore(count=len(stores))
        store = active_store_by_slug(slug) if slug is not None else find_store(stores[0])
    with transaction(store.id):
        place = location_named(location) if location is not None else first_location()
    today = clock.now().astimezone(ZoneInfo(place.timezone)).date()
    return Course(
        store.id,
        store.slug,
        store.name,
        place.id,
        store.currency,
        store.country,
        place.timezone,
        as_of or today,
        is_dry_run,
    )
