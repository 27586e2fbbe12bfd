"""What points buy, and what money buys, with its price and whether it is there; anybody may ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from pos.assistant import vocabulary
from pos.assistant.figures import Money
from pos.assistant.tools.tool import Nothing, Tool
from pos.loyalty.queries import DUE
from pos.messaging import plain
from pos.messaging.inbox import Asked
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
    price: Money
    currency: str


@dataclass(frozen=True)
class Menu:
    products: Sequence[Dish]


def _rewards(asked: Asked, _: Nothing) -> Rewards:
    rows = _REWARDS.rows(customer=asked.customer_id)
    return Rewards(rows[0][3] if rows else None, [Offer(*row[:3]) for row in rows])


def _menu(asked: Asked, _: Nothing) -> Menu:
    found = [Dish(*row) for row in _MENU.rows()]
    return Menu(sorted(found, key=lambda dish: (dish.category is None, dish.category or "", dish.name)))


# --- one product by its name

_NAMES = Statement("""
    SELECT p.id, p.name FROM products p
     WHERE p.store_id = :store AND p.status = 'active' ORDER BY p.name
""")
_PRODUCT = Statement("""
    SELECT p.name, CASE WHEN p.is_open_price THEN NULL ELSE least(p.price, p.sale_price) END AS price, s.currency,
           coalesce(p.stock_quantity, 1) > 0 AS is_there, p.price_rules <> '[]' AS varies
      FROM products p JOIN stores s ON s.id = p.store_id
     WHERE p.store_id = :store AND p.id = ANY(:ids ::uuid[]) ORDER BY p.name
""")
# Below the first, in percent of likeness, nothing is meant; what is less than the second behind the best may be meant as well.
_LIKE, _APART = 84, 6
_MOST_ALIKE = 4
_AND, _SAME_WORD = frozenset({"and", "or", "y", "o"}), 75


@dataclass(frozen=True)
class Named:
    """What somebody calls a product."""

    name: str


@dataclass(frozen=True)
class Product:
    """A product with its price, None for one that is asked for at the counter; `varies`: at some hours it is another."""

    name: str
    price: Money | None
    currency: str
    is_there: bool
    varies: bool


@dataclass(frozen=True)
class Products:
    """The product that was meant; several, if it may be any of them."""

    products: Sequence[Product]


def _product(asked: Asked, named: Named) -> Products | None:
    """None for a name that is near no product's."""
    rows = _NAMES.rows()
    near = alike(named.name, [name for _, name in rows])
    if not near:
        return None
    wanted = [product_id for product_id, name in rows if name in near]
    return Products([Product(*row) for row in _PRODUCT.rows(ids=wanted)])


def alike(said: str, names: Sequence[str]) -> list[str]:
    """The names that somebody means: the one that is called so, or all that are as near, up to four; none if more are, or none is. Of two
    things in one name both, and none if one of them is not known."""
    plainly = {name: _singular(plain.words(name)) for name in names}
    wanted = _singular(plain.words(said))
    exact = [name for name, its in plainly.items() if its == wanted]
    if exact or not wanted:
        return exact
    scored = process.extract(wanted, plainly, scorer=fuzz.token_set_ratio, score_cutoff=_LIKE, limit=None)
    best = max((score for _, score, _ in scored), default=0)
    near = _with_others(wanted, [name for _, score, name in scored if best - score < _APART], names)
    return near if len(near) <= _MOST_ALIKE else []


def _with_others(wanted: str, near: list[str], names: Sequence[str]) -> list[str]:
    """What is near, and what the words beside its own name: "IPA and pretzel" are two."""
    own = {word for name in near for word in _singular(plain.words(name)).split()}
    said = wanted.split()
    left = [
        word
        for word in said
        if vocabulary.meanings().get(word) != "" and all(fuzz.ratio(word, each) < _SAME_WORD for each in own)
    ]
    if not near or not left or len(left) == len(said):
        return near
    others = alike(" ".join(left), names)
    return [] if not others and not _AND.isdisjoint(said) else sorted({*near, *others})


def _singular(words: str) -> str:
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in words.split())


REWARDS = Tool(
    "rewards", "What points buy, and what of it the asker can afford.", "anybody", Nothing, Rewards, _rewards
)
MENU = Tool("menu", "Some products of each shelf with their prices.", "anybody", Nothing, Menu, _menu)
PRODUCT = Tool("product", "The price of a product, and whether it is there.", "anybody", Named, Products, _product)
