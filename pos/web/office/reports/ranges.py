"""Days that are asked for again and again, each by one tap. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Range:
    """Days from the first to the last, both included."""

    title: str
    first_on: date
    last_on: date


def ranges(today: date) -> list[Range]:
    """As of today, which is not over yet."""
    month = today.replace(day=1)
    before = (month - DAY).replace(day=1)
    return [
        Range("Today", today, today),
        Range("Yesterday", today - DAY, today - DAY),
        Range("7 days", today - 6 * DAY, today),
        Range("30 days", today - 29 * DAY, today),
        Range("This month", month, today),
        Range("Last month", before, month - DAY),
        Range("This year", today.replace(month=1, day=1), today),
    ]
