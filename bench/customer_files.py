"""Customers of a chat service in any number, as it writes them (seed/customer_info): one to a line, or one to a file.

python -m bench.customer_files PATH --customers 200000 --orders 5
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import names

CUSTOMERS, ORDERS, SEED = 200_000, 5, "tappass"
# One of a hundred is awkward, each in the next of the ways; the first stands at this place.
_EVERY, _PLACE = 100, 3
FIRST_DAY, DAYS = date(2022, 1, 1), 1_400
_LEVELS = ("Base", "Base", "Base", "Gold", "Platinum", "nan")
_ADJECTIVES = ("Hazy", "Smoked", "Wild", "Cellar", "Harvest", "Winter", "Double", "Old")
_THINGS = ("Mug 2022", "Apron", "Bar Towel", "Tour Ticket", "Seedling")
_PRAISE = "Poured, baked or sewn by people who like it themselves; ask the counter what goes with it. "
_ESCAPE = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode

Record = dict[str, Any]
Product = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """How much is to be written. `letters` is the length of a product's description: 800 make 1 GB of 1,000,000 orders. `first_day` is
    the earliest of an order; the latest is 1,400 days after it.
    """

    customers: int = CUSTOMERS
    orders: int = ORDERS
    letters: int = 120
    seed: str = SEED
    first_day: date = FIRST_DAY


def records(asked: Asked) -> Iterator[Record]:
    """One customer after another: the n-th is the same for the same seed, however many are asked for."""
    shelf = _shelf(asked.letters)
    shift = names.shift(asked.seed)
    for person in range(1, asked.customers + 1):
        yield _record(person, asked, shelf, shift)


def write_lines(path: Path, asked: Asked) -> None:
    """All of them into one JSON Lines file, which is made anew. Only one customer is in memory at a time."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{_ESCAPE(record)}\n" for record in records(asked))


def write_files(folder: Path, asked: Asked) -> None:
    """Each into a file of its own, named as the chat service names them. The folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for record in records(asked):
        (folder / f"customer_info_{record['id']}.json").write_text(_ESCAPE(record), encoding="utf-8")


def _record(person: int, asked: Asked, shelf: list[Product], shift: int) -> Record:
    draw = _draws(asked.seed, person)
    record = _customer(person, draw, shift)
    record["orders"] = [
        _order(person * asked.orders - place, draw, shelf, asked.first_day) for place in reversed(range(asked.orders))
    ]
    if person % _EVERY == _PLACE:
        neighbour = _customer(person - 1, _draws(asked.seed, person - 1), shift)
        _AWKWARD[person // _EVERY % len(_AWKWARD)](record, neighbour)
    return record


def _draws(seed: str, person: int) -> random.Random:
    return random.Random(f"{seed}:{person}")  # noqa: S311 - repeatable on purpose, and no secret


def _customer(person: int, draw: random.Random, shift: int) -> Record:
    first, last = _pick(draw, names.FIRST_NAMES), _pick(draw, names.LAST_NAMES)
    return {
        "id": str(person),
        "firstName": first,
        "lastName": last,
        "age": 18 + int(draw.random() * 70),
        "email": f"customer{person}@example.net",
        "phone": _typed(names.number(person, shift), draw),
        "address": f"{1 + int(draw.random() * 900)} Mill Street, Portland OR, {97000 + int(draw.random() * 999)}",
        "membership": _pick(draw, _LEVELS),
    }


def _order(number: int, draw: random.Random, shelf: list[Product], first_day: date) -> Record:
    product = _pick(draw, shelf)
    quantity = 1 + int(draw.random() ** 3 * 5)
    day = first_day + timedelta(days=int(draw.random() * DAYS))
    return {
        "id": number,
        "productId": product["productId"],
        "quantity": quantity,
        "total": quantity * product["unitprice"],
        "date": f"{day.month}/{day.day}/{day.year}",
        **{field: product[field] for field in ("name", "unitprice", "category", "brand", "description")},
    }


def _shelf(letters: int) -> list[Product]:
    """The catalogue of the demo store, and 40 products that it does not know."""
    known = json.loads((names.SEED / "products.json").read_text(encoding="utf-8"))
    unknown = [
        {"name": f"{adjective} {thing}", "price": 495 + 500 * place, "category": "souvenirs"}
        for adjective in _ADJECTIVES
        for place, thing in enumerate(_THINGS)
    ]
    return [_product(number, product, letters) for number, product in enumerate([*known, *unknown], start=1)]


def _product(number: int, product: Product, letters: int) -> Product:
    praise = f"{product['name']}: {_PRAISE * (letters // len(_PRAISE) + 1)}"
    return {
        "productId": number,
        "name": product["name"],
        "unitprice": product["price"] / 100,
        "category": product["category"].title(),
        "brand": "Hops & Barley",
        "description": praise[:letters],
    }


def _typed(digits: str, draw: random.Random) -> str:
    area, exchange, rest = digits[:3], digits[3:6], digits[6:]
    ways = (
        f"{area}-{exchange}-{rest}",
        f"({area}) {exchange}-{rest}",
        f"+1{digits}",
        f"{area}.{exchange}.{rest}",
        digits,
    )
    return _pick(draw, ways)


def _pick(draw: random.Random, among: Sequence[Any]) -> Any:
    return among[int(draw.random() * len(among))]


def _shares_the_phone(record: Record, neighbour: Record) -> None:
    """The number of the one before, under a name that nobody else has."""
    record |= {"phone": neighbour["phone"], "firstName": "Wilhelmina"}


def _stands_twice(record: Record, neighbour: Record) -> None:
    """The one before, once more: the number and the name in another spelling."""
    digits = "".join(sign for sign in neighbour["phone"] if sign.isdigit())[-10:]
    record |= {"phone": f"1 {digits[:3]} {digits[3:6]} {digits[6:]}", "email": ""}
    record |= {"firstName": neighbour["firstName"].upper(), "lastName": neighbour["lastName"].lower()}


def _has_no_number(record: Record, _neighbour: Record) -> None:
    record["phone"] = "n/a"


def _has_an_area_that_is_none(record: Record, _neighbour: Record) -> None:
    """Possible, not valid: kept as the customer's number, each another one, and never texted."""
    record["phone"] = f"555-{int(record['id']) // 10_000 % 800 + 200}-{int(record['id']) % 10_000:04d}"


def _has_letters_in_the_number(record: Record, _neighbour: Record) -> None:
    record["phone"] = "206-555-HOPS"


def _left_fields_away(record: Record, _neighbour: Record) -> None:
    for field in ("age", "email", "address"):
        del record[field]


def _bought_nothing(record: Record, _neighbour: Record) -> None:
    record["orders"] = []


def _has_sums_that_do_not_add_up(record: Record, _neighbour: Record) -> None:
    for place, order in enumerate(record["orders"]):
        order["total"] = round(order["total"] * (1.1 if place % 2 else 0.5), 2)


def _is_written_in_another_script(record: Record, _neighbour: Record) -> None:
    record |= {"firstName": "Олена", "lastName": "青木 🍺", "address": 'Haus "Zum Hopfen"\nHinterhof'}


def _has_an_order_of_the_neighbour(record: Record, neighbour: Record) -> None:
    """An id that somebody else's order has."""
    for order in record["orders"][:1]:
        order["id"] -= len(record["orders"])


_AWKWARD: tuple[Callable[[Record, Record], None], ...] = (
    _shares_the_phone,
    _stands_twice,
    _has_no_number,
    _has_an_area_that_is_none,
    _has_letters_in_the_number,
    _left_fields_away,
    _bought_nothing,
    _has_sums_that_do_not_add_up,
    _is_written_in_another_script,
    _has_an_order_of_the_neighbour,
)


def main() -> None:
    """Writes them and prints how long it took."""
    options = _options()
    asked = Asked(options.customers, options.orders, options.letters, options.seed)
    began = time.monotonic()
    (write_files if options.files else write_lines)(options.path, asked)
    print(f"{asked.customers:,} customers with {asked.orders} orders each in {time.monotonic() - began:.1f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.customer_files", description=__doc__)
    parser.add_argument("path", type=Path, help="the JSON Lines file, or the folder with --files")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--orders", type=int, default=ORDERS, help="of each customer")
    parser.add_argument(
        "--letters", type=int, default=Asked.letters, help="of a description; 800 make 1 GB of 1,000,000 orders"
    )
    parser.add_argument("--seed", default=SEED)
    parser.add_argument("--files", action="store_true", help="a file for each customer")
    return parser.parse_args()


if __name__ == "__main__":
    main()
