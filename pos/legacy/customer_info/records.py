"""One customer of the chat service, read from JSON: pure. Bytes go in; what they tell comes out, or what is wrong with them.

What is wrong with the customer's own fields rejects the whole record, what is wrong with an order that order alone.
"""

import codecs
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from pos import ids
from pos.legacy.customer_info import fields
from pos.legacy.customer_info.fields import Unfit, shown

WHOLE_RECORD = ""
MOST_ORDERS = 10_000
# A row of a rejects file (report.py): once mended, such a file is imported like any other.
ROW = frozenset({"file", "line", "id", "field", "reason", "record"})

Rule = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: where (`age`, `orders[2].date`; WHOLE_RECORD for all of it) and a sentence that says how it should be; `rule`
    is that sentence without the value, for who may not see it (None: there is no value in it)."""

    field: str
    reason: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """One entry of `orders`: a product that was bought on a day. Amounts are minor units, kept as recorded: the total need
    not be quantity × price."""

    id: str
    product_id: str | None
    quantity: int
    total: int
    placed_on: date
    name: str
    category: str | None
    brand: str | None
    description: str | None
    unit_price: int


@dataclass(frozen=True, slots=True)
class Told:
    """One customer, as the file tells it.

    `phone` is as told, `level` one of ours (None: no member), `digest` that of all but the orders, which tells a record that has changed
    since, `unknown` the names of fields that nothing here stands for (`orders[].colour` for those of orders).
    """

    id: str
    first_name: str | None
    last_name: str | None
    age: int | None
    email: str | None
    phone: str | None
    address: str | None
    level: str | None
    orders: tuple[Bought, ...]
    digest: str
    unknown: tuple[str, ...] = ()


# In the order of the fields of Told and Bought.
_CUSTOMER: tuple[tuple[str, Rule], ...] = (
    ("id", fields.identity),
    ("firstName", fields.name),
    ("lastName", fields.name),
    ("age", fields.age),
    ("email", fields.email),
    ("phone", fields.number),
    ("address", fields.address),
    ("membership", fields.level),
)
ORDERS = "orders"
OF_CUSTOMER = frozenset({name for name, _ in _CUSTOMER} | {ORDERS})


def read(content: bytes, *, digits: int, today: date) -> tuple[Told | None, tuple[Fault, ...]]:
    """The customer that a file, or a line of one, tells of, and what is wrong.

    `digits` are the decimals of the store's currency; nothing may have been bought after `today`. Without a customer
    there is at least one fault. With one the faults are those of orders, which it is told without. Never raises.
    """
    try:
        record = record_of(content)
        orders = _list_of_orders(record)
    except Unfit as unfit:
        return None, (Fault(WHOLE_RECORD, unfit.reason, unfit.rule),)
    faults: list[Fault] = []
    own = _values(record, _CUSTOMER, faults)
    if not isinstance(orders, list):
        rule = "is no list of orders. Write [ … ], or leave it out."
        faults.append(Fault(ORDERS, f"{shown(orders)} {rule}", f"This {rule}"))
    elif len(orders) > MOST_ORDERS:
        split = f"Write several records with the same id and {MOST_ORDERS:,} orders at most in each."
        faults.append(Fault(ORDERS, f"There are {len(orders):,} orders in this record. {split}"))
    if faults:
        return None, tuple(faults)
    own += (_bought(orders, digits, today, faults), _digest(own), _unknown(record, orders))
    return Told(*own), tuple(faults)


def record_of(content: bytes, *, decimals: Rule = Decimal, integers: Rule = int) -> dict[str, Any]:
    """The object that a file, or a line of one, holds, also out of a row of a rejects file; its numbers made by these rules.

    A byte order mark is taken off, and a bare NaN is null, as it is where these files come from. Raises Unfit with a sentence
    about what is wrong; an object that has the same field twice is refused, since nobody can say which of the two is meant.
    """
    value = _load(content, decimals, integers)
    if isinstance(value, dict) and value.keys() == ROW:
        value = value["record"]
        if isinstance(value, str):
            return record_of(value.encode(errors="replace"), decimals=decimals, integers=integers)
    if not isinstance(value, dict):
        advice = "Write one JSON object for each customer, in a file or on a line of its own."
        raise Unfit(f"This is {_kind(value)}. {advice}", f"This is no object. {advice}")
    return value


def _load(content: bytes, decimals: Rule, integers: Rule) -> Any:
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
        return json.loads(
            text, parse_float=decimals, parse_int=integers, parse_constant=_constant, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        raise Unfit(f"This is not UTF-8: byte 0x{error.object[error.start]:02x}. Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        # Some of its messages end with "at" themselves.
        said = error.msg.removesuffix(" at")
        raise Unfit(f"This is not JSON: {said} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Unfit("This is nested too deeply to be read.") from None
    except (ValueError, ArithmeticError):
        raise Unfit("A number in it has too many digits to be read.") from None


def _list_of_orders(record: Mapping[str, Any]) -> Any:
    told = record.get(ORDERS)
    return [] if told is None else told


def _bought(orders: Sequence[Any], digits: int, today: date, faults: list[Fault]) -> tuple[Bought, ...]:
    """The orders that can be kept; the others are added to `faults`."""
    rules, kept = _rules(digits, today), dict[str, Bought]()
    for index, told in enumerate(orders):
        bought = _order(told, rules, index, faults)
        if bought is not None and kept.setdefault(bought.id, bought) != bought:
            rule = "stands twice in this record, with different contents. Keep one."
            faults.append(Fault(f"{ORDERS}[{index}].id", f"The order {shown(bought.id)} {rule}", f"This order {rule}"))
    return tuple(kept.values())


def _order(told: Any, rules: Sequence[tuple[str, Rule]], index: int, faults: list[Fault]) -> Bought | None:
    if not isinstance(told, dict):
        advice = "Write an object with id, name, quantity, total and date."
        faults.append(Fault(f"{ORDERS}[{index}]", f"This is {_kind(told)}. {advice}", f"This is no object. {advice}"))
        return None
    wrong: list[Fault] = []
    *values, unit_price = _values(told, rules, wrong)
    if wrong:
        faults.extend(Fault(f"{ORDERS}[{index}].{fault.field}", fault.reason, fault.rule) for fault in wrong)
        return None
    _, _, quantity, total, *_ = values
    values.append(-(-total // quantity) if unit_price is None else unit_price)
    return Bought(*values)


@lru_cache(maxsize=8)
def _rules(digits: int, today: date) -> tuple[tuple[str, Rule], ...]:
    return (
        ("id", fields.identity),
        ("productId", fields.product_id),
        ("quantity", fields.quantity),
        ("total", partial(fields.amount, digits=digits)),
        ("date", partial(fields.day, today=today)),
        ("name", fields.product_name),
        ("category", fields.word),
        ("brand", fields.word),
        ("description", fields.description),
        ("unitprice", partial(fields.price, digits=digits)),
    )


_OF_ORDER = frozenset(name for name, _ in _rules(2, fields.FIRST_DAY))


def _values(told: Mapping[str, Any], rules: Sequence[tuple[str, Rule]], faults: list[Fault]) -> list[Any]:
    values = []
    for name, rule in rules:
        try:
            values.append(rule(told.get(name)))
        except Unfit as unfit:
            faults.append(Fault(name, unfit.reason, unfit.rule))
    return values


def _unknown(record: Mapping[str, Any], orders: Sequence[Any]) -> tuple[str, ...]:
    names = record.keys() - OF_CUSTOMER
    for told in orders:
        if isinstance(told, dict) and not told.keys() <= _OF_ORDER:
            names |= {f"{ORDERS}[].{name}" for name in told.keys() - _OF_ORDER}
    return tuple(sorted(names)) if names else ()


def _digest(own: Sequence[Any]) -> str:
    return ids.digest(repr(own))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        rule = "stands twice in one object. Keep one of them."
        raise Unfit(f"The field {shown(twice)} {rule}", f"A field {rule}")
    return found


def _constant(name: str) -> Decimal | None:
    return None if name == "NaN" else Decimal(name)


def _kind(value: Any) -> str:
    return "null" if value is None else shown(value)
