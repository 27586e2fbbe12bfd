"""The one place that reads the clock; everything else is told what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.now(UTC)


def business_day(instant: datetime, timezone: str) -> date:
    """The calendar day of an instant in a location's time zone.

    Raises ValueError for a naive instant: it would be off by hours without anybody noticing.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no business day")
    return instant.astimezone(ZoneInfo(timezone)).date()
