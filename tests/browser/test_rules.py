"""The tablet's own rules of prices: to the unit those of the server, since it sells by them while there is no network."""

import json
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies
from playwright.sync_api import Page

from pos import money
from pos.catalog import prices
from pos.catalog.prices import DAYS, PriceList
from pos.errors import ShopError
from pos.orders import pricing
from pos.orders.pricing import Discount, Goods
from pos.payments.tender import TenderedTooLittle, tender
from tests.orders.baskets import goods
from tests.orders.pricing_page import PAGE, words
from tests.running import say
from tests.tables import amount, amounts

SALES = 3_000
# Clocks that are set by an hour or by half of one, and that differ from UTC by odd quarters or never.
ZONES = ("America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "UTC")
# In Santiago a day may begin at one o'clock.
DAY_ZONES = (*ZONES, "America/Santiago")
REFUSALS = {"unknown-modifier", "modifier-count", "price-required", "price-not-open", "total-too-large"}
HOUR = timedelta(hours=1)
CALL = """async (calls) => {
  const names = ["day", "money", "prices", "pricing", "tender"];
  const rules = Object.assign({}, ...(await Promise.all(names.map((name) => import(`/_static/tablet/rules/${name}.js`)))));
  const answers = JSON.parse(calls).map(([name, ...facts]) => {
    try {
      return rules[name](...facts);
    } catch (error) {
      if (!error.slug) throw error;
      return { refusal: error.slug, ...error.facts };
    }
  });
  return JSON.stringify(answers);
}"""

WRITE = """async (currencies) => {
  const { money, place } = await import("/_static/tablet/words/index.js");
  return currencies.map((currency) => {
    place.value = { ...place.value, currency };
    return money(123456);
  });
}"""


class Call(NamedTuple):
    """A function of the tablet's rules, what it is given, and what the server makes of the same."""

    name: str
    facts: Sequence[Any]
    expected: Any


def assert_same(page: Page, calls: Sequence[Call]) -> None:
    page.goto("/")
    answers = json.loads(page.evaluate(CALL, json.dumps([[call.name, *call.facts] for call in calls])))

    for call, answer in zip(calls, answers, strict=True):
        assert answer == call.expected, call


def test_day_starts_when_it_does_at_the_location(page: Page) -> None:
    first = datetime(2026, 1, 1, 11, 7, 3, 250_000, tzinfo=UTC)
    instants = [first + timedelta(hours=19) * number for number in range(462)]

    calls = [Call("startOfDay", [_ms(at), zone], _ms(_midnight(at, zone))) for zone in DAY_ZONES for at in instants]

    assert_same(page, calls)


def _midnight(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def answered(act: Any, *facts: Any, **named: Any) -> Any:
    """What an action gives, or its refusal in the shape of `CALL`."""
    try:
        return act(*facts, **named)
    except ShopError as refused:
        return {"refusal": refused.slug(), **refused.facts}


# --- anything that may be sold --------------------------------------------------------------------------------


def test_tablet_prices_as_the_server_does(page: Page) -> None:
    seed = random.randrange(2**32)
    say(f"seed {seed}")
    chance = random.Random(seed)
    turns = {zone: clock_changes(zone) for zone in ZONES}

    calls = [call for _ in range(SALES) for call in (*sale(chance, turns), *large(chance))]

    assert_same(page, calls)
    answers = [call.expected for call in calls if isinstance(call.expected, dict)]
    assert {answer["refusal"] for answer in answers if "refusal" in answer} == REFUSALS
    assert {answer["rule"] for answer in answers if "rule" in answer} == {None, "sale", "rule"}


def sale(chance: random.Random, turns: dict[str, list[datetime]]) -> Iterator[Call]:
    """A basket at some instant in some place: its hour, its pieces, and what they make together."""
    zone = chance.choice(ZONES)
    instant = moment(chance, turns[zone])
    local = instant.astimezone(ZoneInfo(zone))
    yield Call("localTime", [instant.timestamp() * 1000, zone], told(local))
    basket = []
    for position in range(1, chance.randint(1, 6) + 1):
        product, asked = piece(chance, local)
        price = answered(prices.price_of, product, **asked, local=local)
        yield price_call(product, asked, local, price)
        sold = price.unit_price if isinstance(price, prices.Price) else 100
        basket.append(goods(sold, quantity(chance), rate(chance), position=position))
    yield order_call(chance, basket)


def large(chance: random.Random) -> Iterator[Call]:
    """Amounts of any length, and parts that often leave a half: what floats would get wrong."""
    amount, percent, at = of_any_length(chance), chance.randint(1, 100), rate(chance)
    weights = [of_any_length(chance) for _ in range(chance.randint(1, 5))]
    yield Call("taxOnTop", [amount, f"{at:f}"], money.tax_on_top(amount, at))
    yield Call("taxInside", [amount, f"{at:f}"], money.tax_inside(amount, at))
    yield Call("percentOf", [amount, percent], money.percent_of(amount, percent))
    for part in (amount, sum(weights) // 2):
        yield Call("split", [part, weights], money.split(part, weights))


def of_any_length(chance: random.Random) -> int:
    return chance.randint(0, 10 ** chance.randint(0, 12))


def clock_changes(zone: str) -> list[datetime]:
    """The hours of 2026 before which or within which the clocks of a place are set."""
    year = [datetime(2026, 1, 1, tzinfo=UTC) + hours * HOUR for hours in range(365 * 24)]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in year]
    return [hour for hour, before, after in zip(year[1:], offsets, offsets[1:], strict=False) if before != after]


def moment(chance: random.Random, turns: list[datetime]) -> datetime:
    """Some instant of a year, every other one in the night of a change of clocks."""
    if turns and chance.random() < 0.5:
        return chance.choice(turns) + chance.uniform(-4, 4) * HOUR
    return datetime(2026, 1, 1, tzinfo=UTC) + chance.uniform(0, 365 * 24) * HOUR


def told(local: datetime) -> dict[str, str]:
    day = local.weekday()
    return {"today": DAYS[day], "yesterday": DAYS[day - 1], "time": f"{local:%H:%M}"}


def cost(chance: random.Random) -> int:
    """Usual and odd prices, in currencies of no, two and three decimals, and a few beyond all measure."""
    unit = chance.choice((1, 100, 1000))
    usual = (chance.randint(0, 20), chance.randint(0, 1000) * unit, chance.randint(0, 10**6))
    return chance.choice(usual) if chance.random() < 0.98 else chance.randint(0, money.MAX_AMOUNT)


def quantity(chance: random.Random) -> int:
    return chance.choice((1, 1, 2, 3, 7, chance.randint(1, 10_000)))


def rate(chance: random.Random) -> Decimal:
    """From 0 to 1, mostly short: those leave a half now and then."""
    decimals = chance.choice((1, 2, 2, 3, 4, 6))
    return Decimal(chance.randint(0, 10**decimals)).scaleb(-decimals)


def piece(chance: random.Random, local: datetime) -> tuple[PriceList, dict[str, Any]]:
    """A product, and what a tablet asks of it: mostly something that can be had."""
    groups = [group(chance, number) for number in range(chance.choice((0, 0, 1, 2)))]
    product = PriceList(
        name="Ale",
        price=cost(chance),
        sale_price=cost(chance) if chance.random() < 0.3 else None,
        is_open_price=chance.random() < 0.1,
        modifiers=groups,
        price_rules=[rule(chance, local) for _ in range(chance.choice((0, 0, 1, 2, 3)))],
    )
    of_groups = [chance.choices(each["choices"], k=chance.randint(each["min"], each["max"])) for each in groups]
    chosen = [choice["name"] for choices in of_groups for choice in choices]
    if chance.random() < 0.05:
        chosen.append(chance.choice(["Huge", "0 0", "constructor"]))
    is_keyed = product.is_open_price != (chance.random() < 0.05)
    return product, {"chosen": chosen, "keyed_in": cost(chance) if is_keyed else None}


def group(chance: random.Random, number: int) -> dict[str, Any]:
    least = chance.randint(0, 2)
    choices = [{"name": f"{number} {each}", "price": cost(chance)} for each in range(chance.randint(1, 4))]
    return {"name": f"Group {number}", "min": least, "max": least + chance.randint(0, 2), "choices": choices}


def rule(chance: random.Random, local: datetime) -> dict[str, Any]:
    """Its ends are often at this very minute, or beside it; a third goes on past midnight."""
    near = [f"{local + timedelta(minutes=minutes):%H:%M}" for minutes in (-60, -1, 0, 1, 60)]
    starts, ends = chance.sample([*near, "00:00", "02:00", "23:59"], 2)
    ends = ends if ends != starts else "12:34" if starts != "12:34" else "12:35"
    days = sorted({chance.choice(DAYS), *chance.choice(((), (DAYS[local.weekday()],), DAYS))})
    granted = {"percent": chance.randint(1, 100)} if chance.random() < 0.5 else {"price": cost(chance)}
    return {"name": "rule", "days": days, "starts": starts, "ends": ends, **granted}


def price_call(product: PriceList, asked: dict[str, Any], local: datetime, price: Any) -> Call:
    if isinstance(price, prices.Price):
        price = {"unitPrice": price.unit_price, "modifiers": price.modifiers, "rule": price.rule}
    facts = {"chosen": asked["chosen"], "keyedIn": asked["keyed_in"], "local": told(local)}
    return Call("priceOf", [asdict(product), facts], price)


def order_call(chance: random.Random, basket: list[Goods]) -> Call:
    is_included, tip = chance.random() < 0.5, chance.choice((0, 0, 200, cost(chance)))
    given = [discount(chance, basket) for _ in range(chance.choice((0, 0, 1, 2, 5)))]
    order = answered(pricing.price, basket, tip=tip, tax_included=is_included, discounts=given)
    terms = {"tip": tip, "taxIncluded": is_included, "discounts": [_discount(each) for each in given]}
    return Call("price", [[_goods(each) for each in basket], terms], _order(order))


def discount(chance: random.Random, basket: list[Goods]) -> Discount:
    granted = {"percent": chance.randint(1, 100)} if chance.random() < 0.5 else {"amount": cost(chance)}
    kind = chance.choice(("comp", "manual", "coupon", "reward"))
    if kind == "comp":
        granted = {"percent": 100}
    line_id = chance.choice((None, chance.choice(basket).id))
    return Discount(uuid.UUID(int=chance.getrandbits(128)), kind, kind, line_id=line_id, **granted)


def _goods(each: Goods) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "quantity": each.quantity,
        "unitPrice": each.unit_price,
        "taxRate": f"{each.tax_rate:f}",
    }


def _discount(each: Discount) -> dict[str, Any]:
    """As the tablet has it: what is not granted is left out, and so is the line where there can be none."""
    of_line = {} if each.kind == "coupon" and each.line_id is None else {"lineId": each.line_id and str(each.line_id)}
    granted = {"percent": each.percent} if each.percent is not None else {"amount": each.amount}
    return {"id": str(each.id), "kind": each.kind, **granted, **of_line}


def _order(order: Any) -> Any:
    """What the tablet must answer: the refusal, or the sums with their lines."""
    if not isinstance(order, pricing.PricedOrder):
        return order
    sums = {name: getattr(order, name) for name in ("subtotal", "discount", "tax", "tip", "total")}
    return {"lines": [_line(each) for each in order.lines], "discounts": _parts(order.discounts), **sums}


def _line(line: pricing.PricedLine) -> dict[str, Any]:
    sums = {name: getattr(line, name) for name in ("subtotal", "discount", "total", "tax")}
    return {"goods": _goods(line.goods), "parts": _parts(line.parts), **sums}


def _parts(parts: Sequence[tuple[Discount, int]]) -> list[dict[str, Any]]:
    return [{"discount": _discount(discount), "off": off} for discount, off in parts]


# --- the page of the worked tables, and cash ------------------------------------------------------------------


def test_tablet_computes_the_tables_of_the_page(page: Page) -> None:
    calls = [*_of_money(), *_of_rules(), *_of_change()]

    assert_same(page, calls)


def test_tablet_knows_the_decimals_of_every_currency(page: Page) -> None:
    assert_same(page, [Call("digitsOf", [each], money.digits_of(each)) for each in sorted(list_currencies())])


def test_tablet_writes_amounts_with_all_their_decimals(page: Page) -> None:
    page.goto("/")

    written = page.evaluate(WRITE, ["USD", "HUF", "JPY", "KWD"])

    assert written == ["$1,234.56", "HUF\N{NO-BREAK SPACE}1,234.56", "¥123,456", "KWD\N{NO-BREAK SPACE}123.456"]


def test_quick_tenders_are_what_people_hand_over(page: Page) -> None:
    offered = {
        (4638, "USD"): [4638, 5000, 10_000],
        (866, "USD"): [866, 1000, 2000, 5000],
        (2512, "USD"): [2512, 3000, 5000, 10_000],
        (6100, "USD"): [6100, 7000, 10_000],
        (320, "EUR"): [320, 500, 1000, 2000],
        (50, "EUR"): [50, 500, 1000, 2000],
        (2000, "EUR"): [2000, 5000, 10_000],
        (123_456, "USD"): [123_456, 124_000, 125_000, 130_000],
        (3740, "JPY"): [3740, 4000, 5000, 10_000],
        (250_000, "VND"): [250_000, 300_000, 500_000, 1_000_000],
        (1250, "KWD"): [1250, 5000, 10_000, 20_000],
        (10**12 - 1, "USD"): [10**12 - 1, 10**12],
        (10**12, "KWD"): [10**12],
    }

    assert_same(page, [Call("quickTenders", list(asked), expected) for asked, expected in offered.items()])


def _of_money() -> Iterator[Call]:
    for row in PAGE["Tax on top"]:
        yield Call("taxOnTop", [int(row["line total"]), row["rate"]], int(row["tax"]))
    for row in PAGE["Tax included"]:
        yield Call("taxInside", [int(row["line total"]), row["rate"]], int(row["tax"]))
    for row in PAGE["Splits"]:
        yield Call("split", [int(row["amount"]), amounts(row["weights"])], amounts(row["parts"]))


def _of_rules() -> Iterator[Call]:
    for row in PAGE["When a price rule is in force"]:
        rule = {"days": words(row["days"]), "starts": row["starts"], "ends": row["ends"]}
        local = told(datetime.fromisoformat(row["local time"]))
        yield Call("isInForce", [rule, local], row["in force"] == "yes")
    for row in PAGE["By the clock on the wall"]:
        instant = datetime.fromisoformat(row["instant (UTC)"]).replace(tzinfo=UTC)
        local = told(datetime.fromisoformat(row["local time"]))
        yield Call("localTime", [instant.timestamp() * 1000, row["time zone"]], local)


def _of_change() -> Iterator[Call]:
    for row in PAGE["Change"]:
        if (tendered := amount(row["tendered"])) is not None:
            yield Call("changeOf", [tendered, int(row["payment"])], int(row["change"]))
    for row in PAGE["What is refused"]:
        if row["refusal"] == TenderedTooLittle.slug():
            due, tip, tendered = (int(row[name]) for name in ("due", "tip", "tendered"))
            refused = answered(tender, "cash", due=due, amount=None, tip=tip, tendered=tendered)
            yield Call("changeOf", [tendered, due + tip], refused)
