"""What statements over rows `r` of a rollup have in common: periods by which they add days up, and what they are told."""

from typing import Any

from pos.analytics.reports.shape import Asked
from pos.analytics.rollups import spans
from pos.analytics.rollups.changed import Changed
from pos.analytics.rollups.rollup import Rollup

# A week is its Monday, a month its first day.
PERIODS = {"day": "r.day", "week": "date_trunc('week', r.day)::date", "month": "date_trunc('month', r.day)::date"}


def values_of(rollup: Rollup, asked: Asked, found: Changed) -> dict[str, Any]:
    """What was asked, and the days of it that are to be counted from the books."""
    counted = found.of(rollup, asked.first_on, asked.last_on)
    return asked.values | spans.as_values([span for span in counted if asked.location_id in (None, span.place)])
