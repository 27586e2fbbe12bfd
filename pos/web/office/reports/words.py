"""What reports, their rows and their figures are called, and how each figure is written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton

from pos.analytics.reports.shape import Column, Report
from pos.web.office.writing import METHOD_NAMES, Writing

TITLES = {
    "sales": "Sales",
    "products": "Products",
    "customers": "Customers",
    "loyalty": "TapPass",
    "messages": "Messages",
}
# What a report tells, below its heading.
ABOUT = {
    "sales": "Net is what was sold, less discounts, without tax and tips, paid or not; taken is what was paid on these days, less what was given back. Canceled orders count nowhere.",
    "products": "What was sold of each thing, less discounts, without tax; web orders included. Canceled orders count nowhere.",
    "customers": "Walk-ins are no customers. Somebody is new on the day of their first order.",
    "loyalty": "Points that came and went on these days. What is owed stands as of the last of them.",
    "messages": "Texts that were sent and came in, and what became of them.",
}
NOTHING = {
    "sales": "Nothing was sold on these days.",
    "products": "Nothing was sold on these days.",
    "customers": "No customer ordered on these days.",
    "loyalty": "No points came or went on these days.",
    "messages": "No text was sent or came in on these days.",
}
BY = {
    "day": "Day", "hour": "Hour", "hour_of_day": "Hour of the day", "weekday": "Weekday", "week": "Week", "month": "Month",
    "location": "Location", "register": "Tablet", "person": "Person", "payment_method": "Way to pay", "source": "Where from",
    "product": "Product", "category": "Category", "kind": "Kind", "discount": "Discount", "tax": "Tax",
    "cohort": "Month of the first order", "interval": "Days between visits", "value": "Lifetime value",
    "type": "Type", "purpose": "Purpose", "template": "Wording", "status": "Status", "campaign": "Campaign",
}  # fmt: skip
_COLUMNS = {
    "net": "Net", "gross": "Gross", "charges": "Shipping and fees", "tips": "Tips", "average": "Average order", "taken": "Taken",
    "refunds": "Given back", "refund_count": "Times given back", "payments": "Payments", "paid": "Paid", "uses": "Times used",
    "held_back": "Held back", "opted_out": "Opted out", "sku": "SKU", "net_7_days": "Net within 7 days", "months_since": "Months later",
    "from_days": "From day", "to_days": "To day", "from_amount": "From", "to_amount": "To", "tax_class": "Tax class", "change": "Change in all",
    "accumulate": "Earned", "redeem": "Spent", "return": "Given back", "reverse": "Taken back", "expire": "Expired", "adjust": "By hand",
    "transfer": "Moved", "outstanding": "Points owed", "liability": "Worth at most", "breakage": "Expire unused", "active": "Customers",
    "new": "New customers", "returning": "Returning", "average_value": "Average value", "average_days": "Days between visits",
}  # fmt: skip
# Which totals stand on top, of those that a report has.
ON_TOP = {
    "sales": (
        "net", "orders", "average", "taken", "paid", "payments", "refunds", "discounts", "tips", "tax", "total", "quantity", "uses", "amount",
    ),
    "products": ("net", "quantity", "orders", "discounts", "tax"),
    "customers": ("customers", "new", "orders", "net", "spent", "average_value", "average_days"),
    "loyalty": ("outstanding", "liability", "members", "breakage", "accumulate", "redeem", "expire", "points"),
    "messages": ("sent", "delivered", "failed", "received", "segments", "opted_out", "orders", "net"),
}  # fmt: skip
# Totals that are no columns, and how they are read.
_TOTALS = {
    "outstanding": "points", "liability": "money", "breakage": "rate", "average_value": "money", "average_days": "days", "members": "count",
    "new": "count", "customers": "count",
}  # fmt: skip
_VALUES = {
    "payment_method": METHOD_NAMES,
    "source": {"tablet": "At the counter", "woocommerce": "Web shop", "web": "Guest's page", "sms": "By text", "import": "Import"},
    "kind": {"food": "Food and drink", "merch": "Merchandise"},
    "type": {name: _COLUMNS[name] for name in ("accumulate", "redeem", "return", "reverse", "expire", "adjust", "transfer")},
}  # fmt: skip
_UNNAMED = {
    "register": "Without a tablet",
    "person": "Nobody who is known",
    "category": "Without a category",
    "template": "By hand",
}
_NUMBERS = ("count", "money", "points", "rate", "days")
# 1 January 2024 was a Monday.
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True)
class Figure:
    """One of the figures on top."""

    title: str
    text: str


def title_of(name: str) -> str:
    """What a column or a total is called."""
    return _COLUMNS.get(name) or BY.get(name) or name.replace("_", " ").capitalize()


def is_number(column: Column) -> bool:
    return column.kind in _NUMBERS


def written(column: Column, value: Any, say: Writing) -> str:
    """A figure as people read it."""
    if value is None:
        return _UNNAMED.get(column.name, "–")
    if column.name in _VALUES:
        return _VALUES[column.name].get(value, str(value).replace("_", " "))
    if column.name in ("hour_of_day", "weekday"):
        return _of_clock(column.name, int(value))
    writer = _WRITERS.get(column.kind)
    return writer(value, say) if writer else str(value)


def figures(name: str, report: Report, say: Writing) -> list[Figure]:
    """The totals that stand on top, as far as the report has them."""
    shown = [total for total in ON_TOP[name] if report.totals.get(total) is not None]
    return [Figure(title_of(total), total_of(total, report, say)) for total in shown]


def total_of(name: str, report: Report, say: Writing) -> str:
    """A total as people read it; nothing where there is none."""
    kinds = {**{column.name: column.kind for column in report.columns if is_number(column)}, **_TOTALS}
    value = report.totals.get(name)
    return "" if value is None else written(Column(name, kinds.get(name, "count")), value, say)


def _of_clock(name: str, value: int) -> str:
    if name == "weekday":
        return str(format_date(_MONDAY.replace(day=value), "EEEE", locale="en"))
    return f"{value:02d}:00"


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _hour(value: str, say: Writing) -> str:
    local = datetime.fromisoformat(value)
    return f"{say.day(local.date())}, {local:%H:%M}"


def _month(value: date | str, _: Writing) -> str:
    return str(format_skeleton("yMMMM", _day(value), locale="en"))


def _points(value: int, say: Writing) -> str:
    return f"\N{MINUS SIGN}{say.number(-value)}" if value < 0 else say.number(value)


def _rate(value: Any, say: Writing) -> str:
    return say.percent(round(float(value) * 10_000), 10_000)


_WRITERS: Mapping[str, Any] = {
    "money": lambda value, say: say.money(value),
    "count": lambda value, say: say.number(value),
    "points": _points,
    "number": lambda value, say: say.number(value),
    "rate": _rate,
    "day": lambda value, say: say.day(_day(value)),
    "week": lambda value, say: f"Week of {say.day(_day(value))}",
    "month": _month,
    "hour": _hour,
}
