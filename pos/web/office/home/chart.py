"""Sales by hour as bars, placed in percent and pixels, so that they fit any width without a style. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 160
# Fewer hours would make bars as wide as walls.
FEWEST_HOURS = 8


@dataclass(frozen=True)
class Bar:
    """`x` and `width` in percent of the chart, `y` and `height` in pixels from its top."""

    x: str
    width: str
    y: int
    height: int


@dataclass(frozen=True)
class Slot:
    """One hour with both bars, and the middle at which its name stands."""

    hour: int
    now: int
    then: int
    middle: str
    now_bar: Bar
    then_bar: Bar


def slots(now: Sequence[int], then: Sequence[int]) -> list[Slot]:
    """The hours in which anything was sold on one of both days, with those between; none if nothing was."""
    busy = [hour for hour in range(len(now)) if now[hour] or then[hour]]
    if not busy:
        return []
    first, last = _span(busy[0], busy[-1], len(now))
    top = max(*now, *then, 1)
    step = 100 / (last - first + 1)
    return [
        Slot(
            hour,
            now[hour],
            then[hour],
            middle=f"{(hour - first + 0.5) * step:.2f}%",
            now_bar=_bar(now[hour] / top, (hour - first + 0.25) * step, step * 0.5),
            then_bar=_bar(then[hour] / top, (hour - first + 0.1) * step, step * 0.8),
        )
        for hour in range(first, last + 1)
    ]


def _span(first: int, last: int, hours: int) -> tuple[int, int]:
    missing = max(FEWEST_HOURS - (last - first + 1), 0)
    first = max(first - missing // 2, 0)
    last = min(max(last, first + FEWEST_HOURS - 1), hours - 1)
    return min(first, last - FEWEST_HOURS + 1), last


def _bar(part: float, left: float, width: float) -> Bar:
    """Whatever was sold is seen: at least two pixels."""
    height = max(round(HEIGHT * part), 2) if part > 0 else 0
    return Bar(f"{left:.2f}%", f"{width:.2f}%", HEIGHT - height, height)
