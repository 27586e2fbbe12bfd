"""REWARDS and MENU: what points buy, and what money buys; anybody may ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pos import money
from pos.assistant.found import Found
from pos.assistant.sentences import brief, points
from pos.loyalty.queries import DUE
from pos.messaging.inbox import Asked
from pos.messaging.wording import say
from pos.statements import Statement

# More than this no text holds.
_MOST = 12
_REWARDS = Statement(f"""
    WITH mine AS MATERIALIZED (SELECT m.balance - {DUE} AS balance FROM members m WHERE m.store_id = :store AND m.customer_id = :customer)
    SELECT w.name, w.points, coalesce(w.points <= mine.balance, false) AS is_enough, mine.balance
      FROM rewards w LEFT JOIN mine ON true
     WHERE w.store_id = :store AND w.is_active
     ORDER BY is_enough DESC, w.points, w.name LIMIT {_MOST}
""")
# What has a price at all times and is there; of each shelf a few, in turn, so that a text shows something of each.
_MENU = Statement(f"""
    SELECT category, name, price, currency FROM (
      SELECT c.name AS category, p.name, least(p.price, p.sale_price) AS price, s.currency,
             row_number() OVER (PARTITION BY p.category_id ORDER BY p.name) AS place
        FROM products p JOIN stores s ON s.id = p.store_id
        LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
       WHERE p.store_id = :store AND p.status = 'active' AND NOT p.is_open_price AND p.price > 0
         AND coalesce(p.stock_quantity, 1) > 0) shown
     WHERE place <= {_MOST} ORDER BY place, category NULLS LAST, name LIMIT {_MOST}
""")


@dataclass(frozen=True)
class Offer:
    """A reward, and whether the asker has points enough for it."""

    name: str
    points: int
    is_enough: bool


@dataclass(frozen=True)
class Rewards:
    """Those in reach first, the cheapest first. `balance` is None for who is no member."""

    balance: int | None
    offers: Sequence[Offer]


@dataclass(frozen=True)
class Dish:
    """A product with its price, and the shelf on which it is."""

    category: str | None
    name: str
    price: int
    currency: str


@dataclass(frozen=True)
class Menu:
    products: Sequence[Dish]


def rewards(asked: Asked) -> Found[Rewards]:
    rows = _REWARDS.rows(customer=asked.customer_id)
    return Found(Rewards(rows[0][3] if rows else None, [Offer(*row[:3]) for row in rows]))


def worded_rewards(found: Rewards, language: str) -> list[str]:
    if not found.offers:
        return [say("no_rewards", language, {})]
    listed = [
        say(
            "reward_ready" if offer.is_enough else "reward",
            language,
            {"reward": brief(offer.name), "points": points(offer.points, language)},
        )
        for offer in found.offers
    ]
    if found.balance is None:
        return [say("rewards", language, {}), *listed, say("join_hint", language, {})]
    return [say("rewards_for", language, {"points": points(found.balance, language)}), *listed]


def menu(asked: Asked) -> Found[Menu]:
    found = [Dish(*row) for row in _MENU.rows()]
    return Found(Menu(sorted(found, key=lambda dish: (dish.category is None, dish.category or "", dish.name))))


def worded_menu(found: Menu, language: str) -> list[str]:
    if not found.products:
        return [say("no_menu", language, {})]
    return [
        sentence
        for category, dishes in groupby(found.products, key=lambda dish: dish.category)
        for sentence in _shelf(category, list(dishes))
    ]


def _shelf(category: str | None, dishes: Sequence[Dish]) -> list[str]:
    """The products of a category, each a piece of its own; before the first stands the category's name."""
    listed = [f"{brief(dish.name)} {money.written(dish.price, dish.currency)}." for dish in dishes]
    return [f"{brief(category)}: {listed[0]}", *listed[1:]] if category else listed
