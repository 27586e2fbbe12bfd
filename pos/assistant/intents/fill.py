"""The arguments of tools, made of what a question names; None where it names what cannot be."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pos.assistant.slots import Said
from pos.assistant.tools.goods import NamedBetween
from pos.assistant.tools.offers import Named
from pos.assistant.tools.points import OrderNamed
from pos.assistant.tools.sales import Between
from pos.assistant.tools.tool import Days
from pos.messaging.inbox import Asked

_A_MONTH = timedelta(days=29)


def order_named(said: Said, asked: Asked) -> Any:
    """An order; of a customer the latest, if none is named."""
    return OrderNamed(said.reference) if said.reference or asked.phone is not None else None


def days_named(said: Said, asked: Asked) -> Any:
    return Days(said.period.from_on, said.period.to_on) if said.period else Days()


def product_named(said: Said, asked: Asked) -> Any:
    return Named(said.name or "")


def today_or_named(said: Said, asked: Asked) -> Any:
    """The days of a report; today, if none are named. What is to come is not told."""
    return _between(said, asked, today(asked))


def month_or_named(said: Said, asked: Asked) -> Any:
    """The days of a report that needs some; the last thirty, if none are named."""
    return _between(said, asked, today(asked) - _A_MONTH)


def product_and_days(said: Said, asked: Asked) -> Any:
    days = month_or_named(said, asked)
    return NamedBetween(said.name or "", days.from_on, days.to_on) if days else None


def today(asked: Asked) -> date:
    """The day where the store is."""
    return asked.now.astimezone(ZoneInfo(asked.timezone)).date()


def to_report(name: str, by: str) -> Any:
    """The page of the report that has the same figures."""

    def link(days: Any) -> str:
        return f"/office/reports/{name}?{urlencode({'from': days.from_on, 'to': days.to_on, 'by': by})}"

    return link


def _between(said: Said, asked: Asked, first_on: date) -> Between | None:
    if said.period is None:
        return Between(first_on, today(asked))
    return Between(said.period.from_on, said.period.to_on) if said.period.from_on <= today(asked) else None
