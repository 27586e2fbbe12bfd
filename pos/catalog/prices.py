"""What one piece of a product costs now: pure. Worked tables: docs/pricing.md.

The lowest of the product's price, its sale price and the price rules in force, and on top of it the modifiers that
were chosen. A product with an open price costs what is keyed in at the register.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pos import money
from pos.errors import Refused

# As many as one item of a sale may name.
MAX_MODIFIERS = 50
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class PriceList:
    """All that the price of one product depends on. `modifiers` and `price_rules` have these shapes:

    [{"name": "Size", "min": 0, "max": 1, "choices": [{"name": "Large", "price": 100}]}]
    [{"name": "Happy hour", "days": ["mon"], "starts": "16:00", "ends": "18:00", "price": 600}] or "percent": 25
    """

    name: str
    price: int
    sale_price: int | None
    is_open_price: bool
    modifiers: Sequence[Any]
    price_rules: Sequence[Any]


@dataclass(frozen=True)
class Price:
    """The price of one piece, modifiers included; `rule` names the price rule or sale that made it."""

    unit_price: int
    modifiers: list[dict[str, Any]]
    rule: str | None


class UnknownModifier(Refused):
    title = "No such modifier"
    advice = "{product} cannot be had with {modifier!r}. Reload the catalogue, and choose again."


class ModifierCount(Refused):
    title = "Choose again"
    advice = "Of {group}, {product} takes {least} to {most}; {chosen} were chosen."


class PriceRequired(Refused):
    title = "What does it cost?"
    advice = "{product} has an open price: send its unit_price."


class PriceNotOpen(Refused):
    title = "The price is the catalogue's"
    advice = "{product} has a price of its own; leave unit_price out, or give a discount."


def price_of(product: PriceList, *, chosen: Sequence[str], keyed_in: int | None, local: datetime | None) -> Price:
    """The price with these modifiers at this local time (None if no rule asks for it).

    `keyed_in` is the price of an open-price product, modifiers included. Raises UnknownModifier, ModifierCount,
    PriceRequired, PriceNotOpen.
    """
    modifiers = _choose(product, chosen) if chosen or product.modifiers else []
    if product.is_open_price:
        if keyed_in is None:
            raise PriceRequired(product=product.name)
        return Price(keyed_in, modifiers, None)
    if keyed_in is not None:
        raise PriceNotOpen(product=product.name)
    base, rule = ordinary_price(product, local)
    return Price(base + sum(modifier["price"] for modifier in modifiers), modifiers, rule)


def ordinary_price(product: PriceList, local: datetime | None) -> tuple[int, str | None]:
    """The lowest price in force without modifiers, and what made it; the earlier one among equals."""
    price, made_by = product.price, None
    if product.sale_price is not None and product.sale_price < price:
        price, made_by = product.sale_price, "sale"
    ordinary = price
    for rule in product.price_rules:
        ruled = _ruled(rule, ordinary)
        if local and ruled < price and is_in_force(rule, local):
            price, made_by = ruled, rule["name"]
    return price, made_by


def is_in_force(rule: dict[str, Any], local: datetime) -> bool:
    """Whether a rule holds at this local time. One that ends before it starts goes on past midnight, and the early
    hours belong to the day on which it started."""
    starts, ends = time.fromisoformat(rule["starts"]), time.fromisoformat(rule["ends"])
    now, today, yesterday = local.time(), DAYS[local.weekday()], DAYS[local.weekday() - 1]
    if starts < ends:
        return today in rule["days"] and starts <= now < ends
    return (today in rule["days"] and now >= starts) or (yesterday in rule["days"] and now < ends)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of a location."""
    return ZoneInfo(name)


def _ruled(rule: dict[str, Any], ordinary: int) -> int:
    if "price" in rule:
        return int(rule["price"])
    return ordinary - money.percent_of(ordinary, rule["percent"])


def _choose(product: PriceList, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """The chosen modifiers with their prices, in the order in which they were chosen."""
    offered = {choice["name"]: choice for group in product.modifiers for choice in group["choices"]}
    for name in chosen:
        if name not in offered:
            raise UnknownModifier(product=product.name, modifier=name)
    counts = Counter(chosen)
    for group in product.modifiers:
        count = sum(counts[choice["name"]] for choice in group["choices"])
        if not group["min"] <= count <= group["max"]:
            raise ModifierCount(
                product=product.name, group=group["name"], least=group["min"], most=group["max"], chosen=count
            )
    return [{"name": name, "price": offered[name]["price"]} for name in chosen]
