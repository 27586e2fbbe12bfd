"""What a product costs from when on: pure. Prices change only where a price rule starts or ends, so only there it is looked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pos.catalog.prices import PriceList, ordinary_price

# Rules come again after a week; today's earlier hours are next week's last day.
_DAYS_AHEAD = 8


@dataclass(frozen=True)
class PriceFrom:
    """A price without modifiers, from an instant until the next one; `rule` made it, None is the ordinary price."""

    at: datetime
    price: int
    rule: str | None


def prices_ahead(product: PriceList, local: datetime, *, most: int) -> list[PriceFrom]:
    """What it costs at this local time, and the next changes within a week, `most` of both together. With an open price there is
    nothing to say. `local` is aware of its zone."""
    if product.is_open_price:
        return []
    found = [PriceFrom(local, *ordinary_price(product, local))]
    for instant in _turns(product, local):
        price, rule = ordinary_price(product, instant)
        if len(found) < most and (price, rule) != (found[-1].price, found[-1].rule):
            found.append(PriceFrom(instant, price, rule))
    return found


def _turns(product: PriceList, local: datetime) -> Iterator[datetime]:
    """All instants ahead at which a rule may start or end, in their order."""
    hours = {time.fromisoformat(rule[edge]) for rule in product.price_rules for edge in ("starts", "ends")}
    days = [local.date() + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)]
    turns = {_there(datetime.combine(day, hour, local.tzinfo)) for day in days for hour in hours}
    return iter(sorted(turn for turn in turns if turn > local))


def _there(local: datetime) -> datetime:
    """An hour that the clock skips in spring is the minute to which it jumps."""
    found = _minutes_after(local, 0)
    while found.time() != local.time() and _minutes_after(found, -1).time() > local.time():
        found = _minutes_after(found, -1)
    return found


def _minutes_after(local: datetime, minutes: int) -> datetime:
    return (local.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(local.tzinfo)
