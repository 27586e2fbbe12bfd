"""What all documents share: where they are printed, and how amounts and hours are said there. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pos.printing.paper import Block, pair, text
from pos.printing.words import Words


@dataclass(frozen=True)
class Place:
    """Whose paper it is: the store's name, and of the location its name, address and time zone."""

    store: str
    location: str
    address: str | None
    timezone: str


@dataclass(frozen=True)
class Saying:
    """A place's words, in one currency."""

    place: Place
    words: Words
    currency: str

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.currency)

    def amount(self, label: str, amount: int, *, bold: bool = False) -> Block:
        """What it is called, and what it comes to."""
        return pair(label, self.money(amount), bold=bold)

    def local(self, instant: datetime | str) -> datetime:
        """An instant, or how the API writes it, by the clock on the place's wall."""
        known = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return known.astimezone(ZoneInfo(self.place.timezone))

    def moment(self, instant: datetime | str) -> str:
        return self.words.moment(self.local(instant))

    def head(self) -> list[Block]:
        """The store's and the location's name, and the address; a location that is called like the store is not said twice."""
        names = [name for name in (self.place.location, self.place.address) if name and name != self.place.store]
        return [
            text(self.place.store, align="center", bold=True, size=2),
            *(text(name, align="center") for name in names),
        ]


def mark(said: str) -> Block:
    """What nobody may overlook."""
    return text(said, align="center", bold=True, size=2)
