"""What the business took, from the reports (analytics/reports): the same figures that the office shows under the same days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pos.analytics.reports import catalogue
from pos.analytics.reports.shape import Asked as Wanted
from pos.analytics.reports.shape import Report
from pos.assistant.figures import HourOfDay, Money, Share
from pos.assistant.periods import Period, before
from pos.assistant.tools.tool import Tool
from pos.messaging.inbox import Asked
from pos.statements import Statement

_MOST = 5
_CURRENCY = Statement("SELECT currency FROM stores WHERE id = :store")


@dataclass(frozen=True)
class Between:
    """The business days from one to another, both of them included."""

    from_on: date
    to_on: date


@dataclass(frozen=True)
class Sales:
    """The sums of some days: `net` of discounts and of tax, `total` with tax, tips and charges; `taken` is what was paid less what went
    back. `average` is the total of an order."""

    from_on: date
    to_on: date
    currency: str
    orders: int
    gross: Money
    discounts: Money
    net: Money
    tax: Money
    tips: Money
    total: Money
    average: Money | None
    refunds: Money
    taken: Money


@dataclass(frozen=True)
class Compared:
    """Some days and as many right before them; `share` is the difference of the net as a share of the days before, if there was any."""

    now: Sales
    before: Sales
    difference: Money
    share: Share | None
    currency: str


@dataclass(frozen=True)
class Part:
    """The part of the sales that has a name; None is nobody's."""

    name: str | None
    orders: int
    net: Money


@dataclass(frozen=True)
class Parts:
    from_on: date
    to_on: date
    currency: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Method:
    name: str
    payments: int
    taken: Money


@dataclass(frozen=True)
class Methods:
    from_on: date
    to_on: date
    currency: str
    methods: Sequence[Method]


@dataclass(frozen=True)
class BusyHour:
    hour: HourOfDay
    orders: int
    net: Money


@dataclass(frozen=True)
class BusyHours:
    """The hours of the day, those with most orders first."""

    from_on: date
    to_on: date
    currency: str
    hours: Sequence[BusyHour]


@dataclass(frozen=True)
class BusyDay:
    on: date
    orders: int
    net: Money


@dataclass(frozen=True)
class BusyDays:
    """The days, those with most orders first."""

    from_on: date
    to_on: date
    currency: str
    days: Sequence[BusyDay]


def report(name: str, by: str, days: Between) -> Report:
    """One of the reports, of these days."""
    return catalogue.report(name, Wanted(by, days.from_on, days.to_on))


def currency() -> str:
    [(found,)] = _CURRENCY.rows()
    return str(found)


def _sales(asked: Asked, days: Between) -> Sales:
    return _of(days, currency())


def _of(days: Between, of_store: str) -> Sales:
    totals = report("sales", "day", days).totals
    names = ("orders", "gross", "discounts", "net", "tax", "tips", "total", "average", "refunds", "taken")
    return Sales(days.from_on, days.to_on, of_store, **{name: totals[name] for name in names})


def _compared(asked: Asked, days: Between) -> Compared:
    earlier = before(Period(days.from_on, days.to_on))
    of_store = currency()
    now, then = _of(days, of_store), _of(Between(earlier.from_on, earlier.to_on), of_store)
    difference = now.net - then.net
    return Compared(now, then, difference, difference / then.net if then.net > 0 else None, of_store)


def _by(name: str) -> "_Parts":
    return _Parts(name)


@dataclass(frozen=True)
class _Parts:
    """The sales by what has a name."""

    by: str

    def __call__(self, asked: Asked, days: Between) -> Parts:
        rows = report("sales", self.by, days).data[:_MOST]
        parts = [Part(row[self.by], row["orders"], row["net"]) for row in rows if row["orders"]]
        return Parts(days.from_on, days.to_on, currency(), parts)


def _methods(asked: Asked, days: Between) -> Methods:
    rows = report("sales", "payment_method", days).data
    methods = [Method(row["payment_method"], row["payments"], row["taken"]) for row in rows]
    return Methods(days.from_on, days.to_on, currency(), methods)


def _hours(asked: Asked, days: Between) -> BusyHours:
    rows = sorted(
        report("sales", "hour_of_day", days).data, key=lambda row: (-row["orders"], -row["net"], row["hour_of_day"])
    )
    hours = [BusyHour(int(row["hour_of_day"]), row["orders"], row["net"]) for row in rows[:3] if row["orders"]]
    return BusyHours(days.from_on, days.to_on, currency(), hours)


def _days(asked: Asked, days: Between) -> BusyDays:
    rows = sorted(report("sales", "day", days).data, key=lambda row: (-row["orders"], -row["net"], row["day"]))
    found = [BusyDay(row["day"], row["orders"], row["net"]) for row in rows[:3] if row["orders"]]
    return BusyDays(days.from_on, days.to_on, currency(), found)


SALES = Tool(
    "sales",
    "Sales of some days: orders, net, tax, tips, discounts, refunds, total and average.",
    "store",
    Between,
    Sales,
    _sales,
)
COMPARED = Tool(
    "sales_compared", "Sales of some days beside as many days right before them.", "store", Between, Compared, _compared
)
PEOPLE = Tool("sales_by_person", "Who sold how much on some days.", "store", Between, Parts, _by("person"))
LOCATIONS = Tool("sales_by_location", "What each location sold on some days.", "store", Between, Parts, _by("location"))
METHODS = Tool("payment_methods", "How was paid on some days: cash, card, link.", "store", Between, Methods, _methods)
HOURS = Tool("busiest_hours", "The hours of the day with most orders.", "store", Between, BusyHours, _hours)
DAYS = Tool("busiest_days", "The days with most orders.", "store", Between, BusyDays, _days)
