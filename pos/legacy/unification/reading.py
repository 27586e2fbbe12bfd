"""The old base read as people: light rows to match, whole ones to merge, its orders in the books' words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pos import money, phone
from pos.errors import InvalidPhone
from pos.http.commands import CommandRefused
from pos.legacy.books import Goods
from pos.legacy.unification.matching import Group, Node, Ref
from pos.legacy.unification.merging import Told
from pos.legacy.unification.old_base import OldBase

# What the older system calls the state of an order, in our words. Nobody guesses what happened with money: another word stops the move.
STATUSES = {"completed": "completed", "canceled": "canceled", "pending": "open"}
_NAMES = "nullif(trim(concat_ws(' ', first_name, last_name)), '')"
_NODES = {
    "user": f"SELECT id, NULL AS link, {_NAMES} AS name, phone, email FROM {{prefix}}users ORDER BY id",
    "customer": f"SELECT id, user_id AS link, {_NAMES} AS name, phone, email FROM {{prefix}}customers ORDER BY id",
    "session": f"SELECT id, user_id AS link, {_NAMES} AS name, phone, email FROM {{prefix}}user_profiles ORDER BY id",
}
_UNCLEAR = """
    SELECT id FROM orders WHERE status <> ALL(%s) OR status IS NULL OR total IS NULL OR total < 0 OR total::text = 'NaN'
        OR coalesce(created_at, updated_at) IS NULL OR coalesce(created_at, updated_at) NOT BETWEEN '1900-01-01' AND '2100-01-01' ORDER BY id LIMIT 20
"""


class UnclearOrders(CommandRefused):
    advice = (
        "These orders of the old base have no state that is known ({known}), no date, no total or one below nothing: {listed}. Mend "
        "them there."
    )


class OldOrderRow(NamedTuple):
    """An order of the old base, with its amounts in minor units."""

    id: int
    customer_id: int | None
    old_status: str
    status: str
    placed_at: Any
    total: int
    goods: Sequence[Goods]
    note: str


def nodes(base: OldBase, country: str, prefix: str = "") -> Iterator[Node]:
    """Every row that may be a person, out of the tables or, by their prefix, out of the backups. A customer is linked to their user, a
    session to the user who had signed in."""
    for kind, statement in _NODES.items():
        for row in base.each(statement.format(prefix=prefix)):
            told, email = (row["phone"] or "").strip() or None, (row["email"] or "").strip().lower() or None
            link = Ref("user", row["link"]) if row["link"] else None
            yield Node(Ref(kind, row["id"]), link, row["name"], number_of(told, country), told, email)


def number_of(told: str | None, country: str) -> str | None:
    """The E.164 form of a number as it was typed; None where it is none."""
    try:
        return phone.parse(told, country) if told else None
    except InvalidPhone:
        return None


def whole_rows(base: OldBase, groups: Iterable[Group]) -> dict[Ref, list[Told]]:
    """Every row of some people, by the row that they were matched by: a customer's with its profiles."""
    ids: dict[str, list[int]] = {"user": [], "customer": [], "session": []}
    for group in groups:
        for node in group.nodes:
            ids[node.ref.kind].append(node.ref.id)
    tables = {"user": "users", "customer": "customers", "session": "user_profiles"}
    found = {
        Ref(kind, row["id"]): [Told(Ref(kind, row["id"]), row)]
        for kind, table in tables.items()
        for row in base.whole(table, ids[kind])
    }
    for row in base.whole("customer_profiles", ids["customer"], "customer_id"):
        found[Ref("customer", row["customer_id"])].append(Told(Ref("profile", row["id"]), row))
    return found


def orders(base: OldBase, currency: str, skus: Mapping[str, tuple[Any, str]]) -> Iterator[OldOrderRow]:
    """All orders, the oldest first; `skus` are the catalogue's products and kinds by SKU."""
    digits = money.digits_of(currency)
    for row in base.each("SELECT * FROM orders ORDER BY id"):
        total = minor(row["total"], digits)
        number = row.get("order_number") or str(row["id"])
        goods = _goods(row.get("items"), digits, skus) or [Goods(f"Order {number}", "LEGACY", 1, total)]
        yield OldOrderRow(
            row["id"],
            row["customer_id"],
            row["status"],
            STATUSES[row["status"]],
            row["created_at"] or row["updated_at"],
            total,
            goods,
            f"Order {number}",
        )


def require_clear_orders(base: OldBase) -> None:
    """Raises UnclearOrders."""
    rows = base.rows(_UNCLEAR, [list(STATUSES)])
    if rows:
        listed = ", ".join(f"orders:{order}" for (order,) in rows)
        raise UnclearOrders(known=", ".join(STATUSES), listed=listed)


def _goods(items: Any, digits: int, skus: Mapping[str, tuple[Any, str]]) -> list[Goods]:
    """The lines of an order; none, if not every one of them can be read: then the order is one line, of which the total is kept."""
    try:
        return [_line(each, digits, skus) for each in items or ()]
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return []


def _line(item: Mapping[str, Any], digits: int, skus: Mapping[str, tuple[Any, str]]) -> Goods:
    quantity, price, sku = int(item["quantity"]), minor(item["price"], digits), str(item.get("sku") or "LEGACY")
    if quantity < 1 or price < 0 or not item["name"]:
        raise ValueError("no line of an order")
    product_id, kind = skus.get(sku, (None, "merch"))
    return Goods(str(item["name"]), sku, quantity, price, kind, product_id)


def minor(amount: Any, digits: int) -> int:
    """An amount of the old base in minor units."""
    return money.round_half_up(Decimal(str(amount)).scaleb(digits))
