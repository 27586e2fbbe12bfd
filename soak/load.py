"""What the tablets do. Each operation yields what its client knows to be true: add one here to have it under faults.

An operation yields `Sent` before it sends something with a key, so that it is known also if the tablet is switched off
meanwhile; it sets `Sent.id` when it is answered, or `is_refused`. It yields a `Row` for each row that the books must
then hold, and `Called` for a change that is asked for without a key. soak/books.py holds it all against the database.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from soak.tablet import Answer, Tablet

# Few guests for many orders, so that they meet at the same rows; and some who come for the first time.
HOT_PHONES, NEW_PHONES = range(9000, 9025), range(9100, 10_000)
FOOD = ("IPA", "PILS", "BURGER", "FRIES", "COLA", "CHIPS")
# How much of them there is at the start: some are never sold out, the others soon, and come back with cancellations.
PLENTY, FEW = 1_000_000, 6
PLENTIFUL = ("CAN-IPA-4", "STICKERS")
COUPON = "SOAK"
SCARCE = ("TEE-BLK-M", "HOOD-GRY-M", "CAP-NAVY", "STEIN", "GIFT-GLASS", "POSTER")


@dataclass(eq=False)
class Sent:
    """A request with a key: what it makes, and what came of it as far as its client knows."""

    resource: str
    key: str
    body: dict[str, Any]
    order_id: str | None = None
    id: str | None = None
    is_refused: bool = False


@dataclass(frozen=True)
class Row:
    """A row that the books hold, with these values."""

    table: str
    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Called:
    """A request without a key and the row that it is about; it may or may not have been carried out."""

    what: str
    id: str


@dataclass(frozen=True)
class Paid:
    """A guest whose payment was acknowledged at Stripe's, in this session."""

    session: str


Fact = Sent | Row | Called | Paid


@dataclass
class Shop:
    """What the tablets of one shop share: its products, orders that wait for their money, sales to be sent again."""

    products: Mapping[str, str]
    prices: Mapping[str, int]
    unpaid: deque[str] = field(default_factory=lambda: deque(maxlen=300))
    sold: deque[Sent] = field(default_factory=lambda: deque(maxlen=300))
    # Orders with a link: few, so that guests, tablets and refunds meet at the same ones.
    linked: deque[str] = field(default_factory=lambda: deque(maxlen=60))

    def an_unpaid_order(self, chance: random.Random) -> str | None:
        """One of the last ones, and now and then one that another tablet is busy with as well."""
        try:
            order_id = self.unpaid.pop()
        except IndexError:
            return None
        if chance.random() < 0.4:
            self.unpaid.appendleft(order_id)
        return order_id


# --- selling ----------------------------------------------------------------------------------------------


def sell(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """To a guest who pays later."""
    yield from _sale(tablet, shop, guest(tablet.chance) | basket(tablet.chance))


def sell_for_money(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """With cash, change to give; with a card; with a first part on the card."""
    ways = ({"method": "cash", "tendered": 100_000}, {"method": "card"}, {"method": "card", "amount": 250})
    payment = {"payment": tablet.chance.choice(ways), "tip": tablet.chance.choice((0, 0, 150))}
    yield from _sale(tablet, shop, guest(tablet.chance) | basket(tablet.chance) | payment)


def sell_to_a_walk_in(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    yield from _sale(tablet, shop, {"walk_in": True} | basket(tablet.chance) | {"payment": {"method": "card"}})


def sell_without_network(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """At the tablet's own prices, now and then not today's; it happened, so it is never refused."""
    items = [
        {"sku": sku, "quantity": 1, "unit_price": shop.prices[sku] - tablet.chance.choice((0, 0, 0, 25))}
        for sku in sorted({tablet.chance.choice(FOOD), tablet.chance.choice(PLENTIFUL)})
    ]
    body = guest(tablet.chance) | {"items": items, "offline": True, "payment": {"method": "card"}}
    yield from _sale(tablet, shop, body)


def sell_with_a_coupon(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """The coupon is one for all tablets, so that they wait for its row."""
    yield from _sale(tablet, shop, guest(tablet.chance) | basket(tablet.chance) | {"coupon": COUPON})


def correct_a_refused_sale(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """What was refused leaves no key, so that it may be mended and sent again with the same one."""
    sent = new_sale(tablet, guest(tablet.chance) | {"items": [{"sku": "COLA", "quantity": 1}]})
    yield sent
    refused = tablet.post("/orders", sent.body | {"items": [{"sku": "NO-SUCH", "quantity": 1}]}, sent.key)
    expect(tablet, refused, 422, what="a sale of an unknown product")
    yield from send_sale(tablet, shop, sent)


def _sale(tablet: Tablet, shop: Shop, body: dict[str, Any]) -> Iterator[Fact]:
    sent = new_sale(tablet, body)
    yield sent
    yield from send_sale(tablet, shop, sent)


def new_sale(tablet: Tablet, body: dict[str, Any]) -> Sent:
    """The note names the key, so that the order is known also without the table of keys."""
    key = tablet.new_key()
    return Sent("order", key, body | {"note": note_of(key)})


def send_sale(tablet: Tablet, shop: Shop, sent: Sent) -> Iterator[Fact]:
    answer = tablet.post("/orders", sent.body, sent.key)
    if _is_sold_out(answer, sent.body):
        sent.is_refused = True
    elif expect(tablet, answer, 201, what="a sale"):
        order = answer.body
        sent.id = order["id"]
        shop.sold.append(sent)
        if order["amount_due"]:
            shop.unpaid.append(order["id"])
        yield from _heard_of_order(tablet, sent, order)


def _heard_of_order(tablet: Tablet, sent: Sent, order: dict[str, Any]) -> Iterator[Fact]:
    sold = [(line["sku"], line["quantity"]) for line in order["lines"]]
    asked = [(item["sku"], item["quantity"]) for item in sent.body["items"]]
    if sold != asked or order["note"] != sent.body["note"]:
        tablet.watch.violation(f"the order {order['id']} was answered with what its client did not ask for")
    frozen = ("reference", "subtotal", "discount", "tax", "currency", "note")
    yield Row("orders", order["id"], {name: order[name] for name in frozen})
    for payment in order["payments"][: 1 if "payment" in sent.body else 0]:
        yield _payment_row(payment, order["id"])


def basket(chance: random.Random) -> dict[str, Any]:
    """Mostly food; often one of the hot products with counted stock, sometimes one of the last pieces."""
    skus = {chance.choice(FOOD)}
    skus |= {chance.choice(PLENTIFUL)} if chance.random() < 0.4 else set()
    skus |= {chance.choice(SCARCE)} if chance.random() < 0.25 else set()
    return {"items": [{"sku": sku, "quantity": chance.randint(1, 2)} for sku in sorted(skus)]}


def guest(chance: random.Random) -> dict[str, Any]:
    """Somebody who gives a phone number; a third of them want to join TapPass, whether or not they did before."""
    number = chance.choice(HOT_PHONES) if chance.random() < 0.9 else chance.choice(NEW_PHONES)
    joins = {"join": True} if chance.random() < 0.33 else {}
    return {"phone": chance.choice((f"+1415555{number}", f"(415) 555-{number}")), **joins}


def note_of(key: str) -> str:
    return f"soak {key}"


def _is_sold_out(answer: Answer, body: Mapping[str, Any]) -> bool:
    has_scarce = any(item["sku"] in SCARCE for item in body["items"])
    return has_scarce and answer.status == 422 and answer.body["type"] == "/problems/out-of-stock"


# --- sending again ----------------------------------------------------------------------------------------


def replay_a_sale(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """A sale that was answered already is answered with the same order, and says that it is a repetition."""
    yield from ()
    if not shop.sold:
        return
    sent = tablet.chance.choice(list(shop.sold))
    answer = tablet.post("/orders", sent.body, sent.key)
    if expect(tablet, answer, 201, what="a repeated sale") and not (answer.is_replay and answer.body["id"] == sent.id):
        tablet.watch.violation(f"a repeated sale was answered with {answer.body['id']}, first with {sent.id}")


def reuse_a_key(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """The key of one sale with the basket of another one."""
    yield from ()
    if not shop.sold:
        return
    sent = tablet.chance.choice(list(shop.sold))
    other = sent.body | {"items": [{"sku": "IPA", "quantity": 77}]}
    expect(tablet, tablet.post("/orders", other, sent.key), 422, what="a key that was used for another body")


# --- afterwards -------------------------------------------------------------------------------------------


def pay_an_order(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """All that is due, or a part of it, with a tip now and then; another tablet may be faster."""
    order_id = shop.an_unpaid_order(tablet.chance)
    if order_id is None:
        return
    whole, part = {"method": "cash", "tendered": 100_000}, {"method": "card", "amount": 150}
    tip = {"tip": 100} if tablet.chance.random() < 0.2 else {}
    sent = Sent("payment", tablet.new_key(), tablet.chance.choice((whole, part)) | tip, order_id)
    yield sent
    answer = tablet.post(f"/orders/{order_id}/payments", sent.body, sent.key)
    if answer.status in (409, 422):
        sent.is_refused = True
    elif expect(tablet, answer, 201, what="a payment"):
        payment = answer.body["payment"]
        sent.id = payment["id"]
        if "amount" in sent.body and payment["amount"] != sent.body["amount"] + sent.body.get("tip", 0):
            tablet.watch.violation(f"the payment {sent.id} was answered with the amount {payment['amount']}")
        yield _payment_row(payment, order_id)


def cancel_an_order(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """It has no key: a repetition is told that the order is canceled already, and looks."""
    order_id = shop.an_unpaid_order(tablet.chance)
    if order_id is None:
        return
    yield Called("cancel", order_id)
    answer = tablet.post(f"/orders/{order_id}/cancel", {"reason": "changed their mind"})
    if answer.status == 409:
        answer = tablet.get(f"/orders/{order_id}")
    if expect(tablet, answer, 200, what="a cancellation") and answer.body["status"] == "canceled":
        yield Row("orders", order_id, {"status": "canceled"})


def look_up_a_customer(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    yield from ()
    number = tablet.chance.choice(HOT_PHONES)
    answer = tablet.get(f"/customers?phone=%2B1415555{number}")
    is_known = answer.status != 404 and expect(tablet, answer, 200, what="a look-up")
    if is_known and answer.body["phone"] != f"+1415555{number}":
        tablet.watch.violation("a look-up was answered with another customer")


def look_at_stock(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """Also for a moment there may not be sold what is not there."""
    yield from ()
    sku = tablet.chance.choice(SCARCE)
    answer = tablet.get(f"/products/{shop.products[sku]}")
    if expect(tablet, answer, 200, what="a product") and answer.body["stock_quantity"] < 0:
        tablet.watch.violation(f"{sku} was sold {-answer.body['stock_quantity']} times more than it was there")


def _payment_row(payment: Mapping[str, Any], order_id: str) -> Row:
    return Row(
        "payments", payment["id"], {"order_id": order_id} | {n: payment[n] for n in ("method", "amount", "status")}
    )


def expect(tablet: Tablet, answer: Answer, status: int, *, what: str) -> bool:
    """Whether it was answered so; another answer is a violation."""
    if answer.status != status:
        tablet.watch.violation(f"{what} was answered {answer.status}, not {status}: {answer.body}")
    return answer.status == status


OPERATIONS: Mapping[Callable[[Tablet, Shop], Iterator[Fact]], int] = {
    sell: 30,
    sell_for_money: 20,
    sell_to_a_walk_in: 5,
    sell_without_network: 6,
    sell_with_a_coupon: 6,
    correct_a_refused_sale: 2,
    replay_a_sale: 6,
    reuse_a_key: 2,
    pay_an_order: 16,
    cancel_an_order: 7,
    look_up_a_customer: 8,
    look_at_stock: 4,
}
