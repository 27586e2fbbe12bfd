"""What the clients know against what the database holds: nothing lost, nothing doubled, nothing invented."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from soak.load import Called, Fact, Paid, Row, Sent, note_of
from soak.product import Product, rows

_TABLES = {"order": "orders", "payment": "payments", "refund": "refunds"}
_SHOWN = 10
_FIGURES = "SELECT coalesce(phone, register_id::text), order_count, total_spent FROM customers"
_STOCK = "SELECT sku, stock_quantity FROM products WHERE stock_quantity IS NOT NULL"


@dataclass
class Known:
    """All facts of a run. Tablets add to it from their threads; a list's append needs no lock."""

    sent: list[Sent] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)

    def add(self, fact: Fact) -> None:
        kinds: dict[type, list[Any]] = {Sent: self.sent, Row: self.rows, Called: self.called, Paid: self.paid}
        kinds[type(fact)].append(fact)


@dataclass(frozen=True)
class Before:
    """The books at the start: the demo store has a history."""

    ids: Mapping[str, frozenset[str]]
    figures: Mapping[str, tuple[int, int]]
    stock: Mapping[str, int]


def before(product: Product) -> Before:
    with product.books() as books:
        ids = {
            table: frozenset(row[0] for row in rows(books, f"SELECT id::text FROM {table}"))
            for table in _TABLES.values()
        }
        figures = {who: (count, spent) for who, count, spent in rows(books, _FIGURES)}
        return Before(ids, figures, dict(rows(books, _STOCK)))


@dataclass
class Books:
    """The database after a run, without what was there before it."""

    keys: dict[str, tuple[str, str]]
    orders: dict[str, dict[str, Any]]
    payments: dict[str, dict[str, Any]]
    refunds: dict[str, dict[str, Any]]
    figures: dict[str, tuple[int, int]]
    stock: dict[str, int]


_KEYS = "SELECT key, resource, resource_id::text FROM idempotency_keys"
_ORDERS = """
    SELECT o.id::text, o.note, o.reference, o.subtotal, o.discount, o.tax, o.tip, o.total, o.currency, o.status,
           o.amount_paid, coalesce(c.phone, c.register_id::text) AS who,
           (SELECT json_agg(json_build_array(l.sku, l.quantity) ORDER BY l.position) FROM order_lines l
             WHERE l.store_id = o.store_id AND l.order_id = o.id) AS lines
      FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
"""
_PAYMENTS = "SELECT id::text, order_id::text, method, amount, status FROM payments"
_REFUNDS = "SELECT id::text, request_id::text, order_id::text, amount, status, source FROM refunds"


def after(product: Product, start: Before) -> Books:
    with product.books() as books:
        keys = {key: (resource, row_id) for key, resource, row_id in rows(books, _KEYS)}
        figures = {who: (count, spent) for who, count, spent in rows(books, _FIGURES)}
        orders = _by_id(books, _ORDERS, start.ids["orders"])
        payments = _by_id(books, _PAYMENTS, start.ids["payments"])
        refunds = _by_id(books, _REFUNDS, start.ids["refunds"])
        return Books(keys, orders, payments, refunds, figures, dict(rows(books, _STOCK)))


def _by_id(books: Any, statement: str, known: frozenset[str]) -> dict[str, dict[str, Any]]:
    with books.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor if row[0] not in known}


def violations(known: Known, start: Before, books: Books) -> Iterator[str]:
    """A sentence for each thing that is not as the clients know it; of each kind at most ten."""
    for check in CHECKS:
        found = list(check(known, start, books))
        yield from found[:_SHOWN]
        if len(found) > _SHOWN:
            yield f"… and {len(found) - _SHOWN} more of that kind ({check.__name__.strip('_')})"


def _keys(known: Known, _start: Before, books: Books) -> Iterator[str]:
    """Who was answered finds the key with what was answered; who was refused, none; nobody finds another's."""
    for sent in known.sent:
        kept = books.keys.get(sent.key)
        if sent.is_refused and kept:
            yield f"the refused {sent.resource} {sent.key} has left its key"
        if sent.id and kept != (sent.resource, sent.id):
            yield f"the {sent.resource} {sent.id} was answered, but its key {sent.key} leads to {kept}"
    strangers = books.keys.keys() - {sent.key for sent in known.sent}
    yield from (f"nobody has sent the key {key}" for key in strangers)


def _things(known: Known, _start: Before, books: Books) -> Iterator[str]:
    """Whoever has a key has what it stands for, and what was answered is there."""
    tables = {"order": books.orders, "payment": books.payments, "refund": books.refunds}
    for sent in known.sent:
        kept = books.keys.get(sent.key)
        if kept and kept[1] not in tables[sent.resource]:
            yield f"the key {sent.key} stands for the {sent.resource} {kept[1]}, which is not there"
        if sent.id and sent.id not in tables[sent.resource]:
            yield f"the {sent.resource} {sent.id} was answered and is not there"


def _sales_once(known: Known, _start: Before, books: Books) -> Iterator[str]:
    """By the note, so also if the keys are wrong: each sale once, none that nobody sent, none without its key."""
    ours = {note_of(sent.key): sent for sent in known.sent if sent.resource == "order"}
    times = Counter(order["note"] for order in books.orders.values())
    yield from (f"the sale with the note {note} is there {count} times" for note, count in times.items() if count > 1)
    for order in books.orders.values():
        sent = ours.get(order["note"])
        if sent is None:
            yield f"nobody has sent the order {order['id']}"
        elif sent.is_refused:
            yield f"the order {order['id']} is there, and was refused"
        elif books.keys.get(sent.key, ("", ""))[1] != order["id"]:
            yield f"the order {order['id']} is there without its key"
        elif [tuple(line) for line in order["lines"]] != [(i["sku"], i["quantity"]) for i in sent.body["items"]]:
            yield f"the order {order['id']} holds other lines than were sent"


def _payments_once(known: Known, _start: Before, books: Books) -> Iterator[str]:
    """A payment is one that was sent with a key of its own, or the one that came along with its sale."""
    by_key = {books.keys[sent.key][1] for sent in known.sent if sent.resource == "payment" and sent.key in books.keys}
    with_sale = Counter(
        p["order_id"] for p in books.payments.values() if p["id"] not in by_key and p["method"] != "stripe"
    )
    asked = {order_id for order_id, sent in _sales(known, books) if "payment" in sent.body}
    for order_id, count in with_sale.items():
        if order_id not in asked or count > 1:
            yield f"the order {order_id} has {count} payment(s) that nobody has sent"
    yield from (f"the order {order_id} was paid with its sale, but is not" for order_id in asked - with_sale.keys())


def _refunds_once(known: Known, _start: Before, books: Books) -> Iterator[str]:
    """What went back at the counter was sent with a key, and is as much as was asked for."""
    went_back: Counter[str] = Counter()
    for refund in books.refunds.values():
        if refund["source"] == "counter" and refund["status"] in ("pending", "succeeded"):
            went_back[refund["request_id"]] += refund["amount"]
    asked = {
        books.keys[s.key][1]: s.body["amount"] for s in known.sent if s.resource == "refund" and s.key in books.keys
    }
    for request_id in went_back.keys() | asked.keys():
        if went_back[request_id] != asked.get(request_id):
            yield f"of the refund {request_id} {went_back[request_id]} went back, {asked.get(request_id)} were asked for"


def _amounts(known: Known, _start: Before, books: Books) -> Iterator[str]:
    """Tips and payments of an order are the sums of what was sent for it and is there."""
    tips: Counter[str] = Counter()
    for sent in known.sent:
        if sent.resource == "payment" and sent.key in books.keys:
            tips[str(sent.order_id)] += sent.body.get("tip", 0)
    paid: Counter[str] = Counter()
    for payment in _succeeded(books.payments):
        paid[payment["order_id"]] += payment["amount"]
    for order_id, sent in _sales(known, books):
        order, tip = books.orders[order_id], tips[order_id] + sent.body.get("tip", 0)
        total = order["subtotal"] - order["discount"] + order["tax"] + tip
        wanted = {"tip": tip, "total": total, "amount_paid": paid[order_id]}
        yield from _differences("orders", order, wanted)


def _answered_rows(known: Known, _start: Before, books: Books) -> Iterator[str]:
    tables = {"orders": books.orders, "payments": books.payments}
    for row in known.rows:
        kept = tables[row.table].get(row.id)
        if kept is None:
            yield f"{row.table} {row.id} was answered and is not there"
        else:
            yield from _differences(row.table, kept, row.values)


def _cancellations(known: Known, _start: Before, books: Books) -> Iterator[str]:
    called = {called.id for called in known.called if called.what == "cancel"}
    for order in books.orders.values():
        if order["status"] == "canceled" and order["id"] not in called:
            yield f"nobody has canceled the order {order['id']}, but it is"


def _stock(known: Known, start: Before, books: Books) -> Iterator[str]:
    """What is there is what was there, less what was sold and not canceled; never less than nothing."""
    sold: Counter[str] = Counter()
    for order_id, sent in _sales(known, books):
        if books.orders[order_id]["status"] != "canceled":
            sold.update({item["sku"]: item["quantity"] for item in sent.body["items"]})
    for sku, quantity in start.stock.items():
        if books.stock[sku] != quantity - sold[sku]:
            yield f"of {sku} there were {quantity}, {sold[sku]} are sold, but {books.stock[sku]} are there"
        if books.stock[sku] < 0:
            yield f"{sku} was sold {-books.stock[sku]} times more than it was there"


def _customers(known: Known, start: Before, books: Books) -> Iterator[str]:
    """Orders and money of each customer, beyond what they were before."""
    counts: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for order in books.orders.values():
        counts[order["who"]] += order["status"] != "canceled"
    for table, sign in ((books.payments, 1), (books.refunds, -1)):
        for row in _succeeded(table):
            if row["order_id"] in books.orders:
                spent[books.orders[row["order_id"]]["who"]] += sign * row["amount"]
    for who, figures in books.figures.items():
        count, money = start.figures.get(who, (0, 0))
        if figures != (count + counts[who], money + spent[who]):
            yield f"a customer has {figures} orders and money, but {(count + counts[who], money + spent[who])} were sold and paid"
    yield from _buyers(known, books)


def _succeeded(table: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in table.values() if row["status"] == "succeeded"]


def _buyers(known: Known, books: Books) -> Iterator[str]:
    """Each order belongs to the phone that it was sent with."""
    for order_id, sent in _sales(known, books):
        digits = "".join(filter(str.isdigit, sent.body.get("phone", "")))[-10:]
        if digits and books.orders[order_id]["who"] != f"+1{digits}":
            yield f"the order {order_id} belongs to another customer than it was sent for"


def _sales(known: Known, books: Books) -> Iterator[tuple[str, Sent]]:
    """The sales that are in the books, whether or not they were answered."""
    by_note = {note_of(sent.key): sent for sent in known.sent if sent.resource == "order"}
    for order in books.orders.values():
        if order["note"] in by_note:
            yield order["id"], by_note[order["note"]]


def _differences(table: str, kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    found = {name: (kept[name], known) for name, known in wanted.items() if kept[name] != known}
    if found:
        shown = ", ".join(f"{name} is {is_} and should be {known}" for name, (is_, known) in found.items())
        yield f"{table} {kept['id']}: {shown}"


CHECKS: tuple[Callable[[Known, Before, Books], Iterator[str]], ...] = (
    _keys,
    _things,
    _sales_once,
    _payments_once,
    _refunds_once,
    _amounts,
    _answered_rows,
    _cancellations,
    _stock,
    _customers,
)
