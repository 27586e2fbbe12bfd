"""The programme's rules as they are kept (`programs.rules`), and what they say of levels and expiry: pure.

Worked examples: docs/loyalty.md. Version 0 is what holds for a store that never set any; it is never edited, since entries
refer to it.
"""

from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from pos.catalog.prices import is_in_force

BUILT_IN_VERSION = 0
MAX_POINTS = 10**9
_MONTHS = 12


@dataclass(frozen=True)
class Spend:
    """So many points for each whole `per` (minor units) of what the goods cost, before tax."""

    points: int
    per: int
    excluded_categories: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Visit:
    """So many points for each order whose goods cost `minimum` (minor units, before tax) or more."""

    points: int
    minimum: int


@dataclass(frozen=True)
class Accrual:
    """Where points come from; what applies is added up. Products and categories bring points for each piece."""

    spend: Spend | None
    visit: Visit | None
    products: Mapping[UUID, int]
    categories: Mapping[UUID, int]

    @property
    def asks_for_categories(self) -> bool:
        return bool(self.categories or (self.spend and self.spend.excluded_categories))


@dataclass(frozen=True)
class Level:
    """A step of the programme, reached with `points`."""

    name: str
    points: int
    multiplier: Decimal


@dataclass(frozen=True)
class Promotion:
    """More points on some days between two times of the location, at most `limit_per_day` more for a member on one day."""

    name: str
    days: Sequence[str]
    starts: str
    ends: str
    multiplier: Decimal
    limit_per_day: int | None
    from_on: date | None
    until_on: date | None

    def holds(self, local: datetime) -> bool:
        """Whether it holds at this local time."""
        is_dated = (self.from_on is None or local.date() >= self.from_on) and (
            self.until_on is None or local.date() <= self.until_on
        )
        return is_dated and is_in_force({"days": self.days, "starts": self.starts, "ends": self.ends}, local)


@dataclass(frozen=True)
class Rules:
    """One version of a programme."""

    version: int
    accrual: Accrual
    levels: Sequence[Level]
    levels_by: str
    promotions: Sequence[Promotion]
    expiry_months: int | None
    shortfall: str
    birthday_points: int
    joining_days: int

    def promotion_at(self, local: datetime) -> Promotion | None:
        """The promotion that holds at this local time; of several the one that brings most."""
        holding = [each for each in self.promotions if each.holds(local)]
        return max(holding, key=lambda each: each.multiplier, default=None)

    def level_for(self, points: int, floor: str | None = None) -> Level:
        """The level that so many points reach; not below `floor`, if the programme has it."""
        reached = [level for level in self.levels if level.points <= points or level.name == floor]
        return reached[-1] if reached else self.levels[0]

    def next_level(self, level: str) -> Level | None:
        """The level above the one with this name."""
        names = [each.name for each in self.levels]
        place = names.index(level) + 1 if level in names else 0
        return self.levels[place] if place < len(self.levels) else None

    def expires_at(self, now: datetime, timezone: str) -> datetime | None:
        """When points that come now expire: at the end of the month, so many months ahead, in the store's time."""
        if self.expiry_months is None:
            return None
        local = now.astimezone(ZoneInfo(timezone))
        return midnight(month_after(local.date(), self.expiry_months + 1), timezone)

    def level_from(self, now: datetime, timezone: str) -> datetime:
        """Since when points count for the level: for twelve months, or for ever."""
        if self.levels_by == "lifetime":
            return datetime(2000, 1, 1, tzinfo=UTC)
        return year_before(now, timezone)


def read(version: int, rules: Mapping[str, Any]) -> Rules:
    """Rules as they are kept."""
    accrual = rules["accrual"]
    spend, visit = accrual["spend"], accrual["visit"]
    return Rules(
        version=version,
        accrual=Accrual(
            spend=Spend(spend["points"], spend["per"], frozenset(map(UUID, spend["excluded_categories"])))
            if spend
            else None,
            visit=Visit(**visit) if visit else None,
            products={UUID(each["product_id"]): each["points"] for each in accrual["products"]},
            categories={UUID(each["category_id"]): each["points"] for each in accrual["categories"]},
        ),
        levels=[Level(each["name"], each["points"], Decimal(each["multiplier"])) for each in rules["levels"]],
        levels_by=rules["levels_by"],
        promotions=[_promotion(each) for each in rules["promotions"]],
        **{name: rules[name] for name in ("expiry_months", "shortfall", "birthday_points", "joining_days")},
    )


def built_in(currency: str) -> dict[str, Any]:
    """The rules of a store that never set any: a point for each whole dollar, or whatever a hundred minor units are
    (a thousand, where the currency has three decimals)."""
    steps = (("bronze", 0, "1"), ("silver", 500, "1.25"), ("gold", 1500, "1.5"), ("platinum", 5000, "2"))
    return {
        "accrual": {
            "spend": {"points": 1, "per": 10 ** max(2, get_currency_precision(currency)), "excluded_categories": []},
            "visit": None,
            "products": [],
            "categories": [],
        },
        "levels_by": "year",
        "levels": [{"name": name, "points": points, "multiplier": by} for name, points, by in steps],
        "promotions": [],
        "expiry_months": 12,
        "shortfall": "debt",
        "birthday_points": 0,
        "joining_days": 30,
    }


def midnight(day: date, timezone: str) -> datetime:
    """The first instant of a local day."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def month_after(day: date, months: int) -> date:
    """The first day of the month that is so many months after the day's."""
    years, month = divmod(day.month - 1 + months, _MONTHS)
    return date(day.year + years, month + 1, 1)


def year_before(now: datetime, timezone: str) -> datetime:
    """The start of the local day a year ago; of a 29 February the first of March."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    is_leap_day = (today.month, today.day) == (2, 29)
    day = (
        today.replace(year=today.year - 1, day=28) + timedelta(days=1)
        if is_leap_day
        else today.replace(year=today.year - 1)
    )
    return midnight(day, timezone)


def year_after(now: datetime, timezone: str) -> datetime:
    """The start of the local day in a year; of a 29 February the first of March."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    is_leap_day = (today.month, today.day) == (2, 29)
    return midnight(date(today.year + 1, 3, 1) if is_leap_day else today.replace(year=today.year + 1), timezone)


def birthdays(born_on: date, since: datetime, until: datetime, timezone: str) -> Iterator[datetime]:
    """The first instants of somebody's birthdays in between; of a 29 February it is the first of March in other years."""
    for year in range(since.year - 1, until.year + 2):
        is_moved = (born_on.month, born_on.day) == (2, 29) and not isleap(year)
        at = midnight(date(year, 3, 1) if is_moved else born_on.replace(year=year), timezone)
        if since <= at <= until:
            yield at


def _promotion(kept: Mapping[str, Any]) -> Promotion:
    return Promotion(
        **{name: kept[name] for name in ("name", "days", "starts", "ends", "limit_per_day")},
        multiplier=Decimal(kept["multiplier"]),
        from_on=_day(kept["from_on"]),
        until_on=_day(kept["until_on"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
