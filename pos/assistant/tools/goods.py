"""What the business sold of its goods, and what is left of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pos.assistant.figures import Money
from pos.assistant.tools.offers import alike
from pos.assistant.tools.sales import Between, currency, report
from pos.assistant.tools.tool import Nothing, Tool
from pos.messaging import plain
from pos.messaging.inbox import Asked
from pos.statements import Statement

_MOST = 5
# As the office's page of the stock has it.
_FEW = 5
_LOW = Statement(f"""
    SELECT name, stock_quantity FROM products
     WHERE store_id = :store AND status = 'active' AND stock_quantity <= {_FEW} ORDER BY stock_quantity, name
""")


@dataclass(frozen=True)
class Sold:
    """So many pieces of a product, and what they brought without tax."""

    name: str
    quantity: int
    net: Money


@dataclass(frozen=True)
class Goods:
    from_on: date
    to_on: date
    currency: str
    products: Sequence[Sold]


@dataclass(frozen=True)
class NamedBetween:
    """What somebody calls a product, and days."""

    name: str
    from_on: date
    to_on: date


@dataclass(frozen=True)
class Left:
    name: str
    quantity: int


@dataclass(frozen=True)
class Low:
    """The counted products of which `few` or fewer are left, the fewest first; `count` of them in all."""

    few: int
    count: int
    products: Sequence[Left]


def _best(asked: Asked, days: Between) -> Goods:
    rows = sorted(
        report("products", "product", days).data, key=lambda row: (-row["quantity"], -row["net"], row["product"])
    )
    return Goods(
        days.from_on,
        days.to_on,
        currency(),
        [Sold(row["product"], row["quantity"], row["net"]) for row in rows[:_MOST]],
    )


def _of_product(asked: Asked, named: NamedBetween) -> Goods | None:
    """None for a name that no product sold by, or that is a place's; several, if it may be any of them."""
    if plain.words(named.name) in {plain.words(name) for (name,) in _PLACES.rows()}:
        return None
    rows = report("products", "product", Between(named.from_on, named.to_on)).data
    known = _catalogue()
    near = alike(named.name, sorted({*known, *(row["product"] for row in rows)}))
    sold = {name: Sold(name, 0, 0) for name in near}
    for row in rows:
        if row["product"] in sold:
            so_far = sold[row["product"]]
            sold[row["product"]] = Sold(so_far.name, so_far.quantity + row["quantity"], so_far.net + row["net"])
    return Goods(named.from_on, named.to_on, currency(), list(sold.values())) if near else None


_PLACES = Statement("SELECT name FROM locations WHERE store_id = :store")
_NAMES = Statement("SELECT name FROM products WHERE store_id = :store AND status = 'active'")


def _catalogue() -> list[str]:
    return [row[0] for row in _NAMES.rows()]


def _low(asked: Asked, _: Nothing) -> Low:
    rows = _LOW.rows()
    return Low(_FEW, len(rows), [Left(*row) for row in rows[:_MOST]])


BEST = Tool(
    "best_products", "The products of which most pieces were sold on some days.", "store", Between, Goods, _best
)
OF_PRODUCT = Tool(
    "product_sales", "How many pieces of one product were sold on some days.", "store", NamedBetween, Goods, _of_product
)
LOW = Tool("low_stock", "The counted products of which few are left.", "store", Nothing, Low, _low)
