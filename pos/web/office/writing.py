"""How the office writes amounts and instants: in the store's currency, by the clock of its place."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from pos import money
from pos.web.words import Words

# How money came, in people's words.
METHOD_NAMES = {"cash": "Cash", "card": "Card", "stripe": "Card by link", "external": "Elsewhere"}
_SIGN = "\N{MINUS SIGN}"


def percent(rate: Decimal | str | None) -> str:
    """A rate as it stands in a field: 0.0825 → 8.25."""
    if rate is None:
        return ""
    written = f"{Decimal(rate) * 100:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


@dataclass(frozen=True)
class Writing:
    """One store's way of writing."""

    currency: str
    timezone: str
    country: str

    def money(self, amount: int | None, currency: str | None = None) -> str:
        """Minor units: 4638 → $46.38. Nothing for nothing."""
        if amount is None:
            return ""
        written = self._words.money(abs(amount), currency or self.currency)
        return _SIGN + written if amount < 0 else written

    def typed(self, amount: int | None) -> str:
        """Minor units as they stand in a field: 4638 → 46.38."""
        if amount is None:
            return ""
        digits = money.digits_of(self.currency)
        whole, part = divmod(abs(amount), 10**digits)
        return f"{'-' if amount < 0 else ''}{whole}{f'.{part:0{digits}d}' if digits else ''}"

    def number(self, count: int | None) -> str:
        return "" if count is None else self._words.number(count)

    def count(self, count: int, thing: str) -> str:
        """So many of a thing: 1 order, 2 orders."""
        return f"{self.number(count)} {thing}{'' if count == 1 else 's'}"

    def lasting(self, seconds: float | None) -> str:
        """So long, in minutes and seconds: 4:35 min."""
        return "" if seconds is None else f"{round(seconds) // 60}:{round(seconds) % 60:02d} min"

    def percent(self, part: int, whole: int) -> str:
        """How many percent of the whole a part is; a dash for nothing of nothing."""
        return "–" if whole == 0 else self._words.percent(round(100 * part / whole))

    def moment(self, instant: datetime | str | None) -> str:
        """Day and hour by the store's clock."""
        local = self._local(instant)
        return "" if local is None else self._words.moment(local)

    def clock(self, instant: datetime | str | None) -> str:
        """Day and hour by the store's clock, as a field for both takes them: 2026-11-21T18:00."""
        local = self._local(instant)
        return "" if local is None else f"{local:%Y-%m-%dT%H:%M}"

    def hour(self, instant: datetime | str | None) -> str:
        local = self._local(instant)
        return "" if local is None else str(format_time(local, "short", locale=self._words.locale))

    def day(self, day: date | datetime | None) -> str:
        """A day; an instant's day by the store's clock."""
        if day is None:
            return ""
        local = self._local(day) if isinstance(day, datetime) else day
        return str(format_date(local, "medium", locale=self._words.locale))

    def _local(self, instant: datetime | str | None) -> datetime | None:
        read = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return read.astimezone(ZoneInfo(self.timezone)) if read else None

    @property
    def _words(self) -> Words:
        return Words("en", self.country)
