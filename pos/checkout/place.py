"""Place an order: the path of a sale from the tablet to the books, from top to bottom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pos import phone
from pos.attention.actions import raise_item
from pos.catalog import coupons, stock
from pos.catalog.coupons import Code
from pos.checkout import confirming, discounts, joining, links, passed_on, points, spending, texts
from pos.checkout.basket import goods_of, tracked
from pos.checkout.points import OfSale
from pos.customers import actions as customers
from pos.customers import identity
from pos.db import find
from pos.errors import Invalid, NotFound, Refused
from pos.http.access import Caller
from pos.http.problems import UnknownId
from pos.loyalty.accounts import Ledger
from pos.messaging import consents
from pos.orders import actions as orders
from pos.orders import pricing
from pos.payments import actions as payments
from pos.payments.models import PaymentLink
from pos.payments.tender import Tender, tender
from pos.stores.models import Location

FUTURE_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Sale:
    """What the tablet sends: POST /orders after its schema has checked it."""

    items: Sequence[Mapping[str, Any]]
    phone: str | None = None
    walk_in: bool = False
    name: str | None = None
    tip: int = 0
    note: str | None = None
    tab_name: str | None = None
    placed_at: datetime | None = None
    location_id: UUID | None = None
    expected_total: int | None = None
    coupon: str | None = None
    rewards: Sequence[UUID] = ()
    join: bool = False
    discount: Mapping[str, Any] | None = None
    marketing_consent: bool | None = None
    wording_version: str | None = None
    payment: Mapping[str, Any] | None = None
    payment_link: Mapping[str, Any] | None = None
    offline: bool = False
    catalog_version: str | None = None
    user_id: UUID | None = None


class WhoIsBuying(Invalid):
    title = "Phone or walk-in"


class WalkInNeedsRegister(Refused):
    title = "A walk-in needs a register"
    advice = "Without a phone number an order is sold at a register: send a register's token, or the customer's phone."


class SellerOnlyOffline(Refused):
    title = "Only an offline sale names its seller"
    advice = (
        "Leave user_id out: who signed in at the register by PIN is known. Only an offline sale says who stood there."
    )


class LocationRequired(Invalid):
    title = "Where is it sold?"


class PlacedInTheFuture(Invalid):
    title = "The clock is ahead"


@dataclass(frozen=True)
class Sold:
    """What a sale has written, row by row."""

    order: Mapping[str, Any]
    priced: pricing.PricedOrder
    payment: Mapping[str, Any] | None
    customer: identity.Known
    link: PaymentLink | None = None
    points: OfSale | None = None
    spent: spending.Spent = field(default_factory=spending.Spent)


def place(order_id: UUID, sale: Sale, caller: Caller, now: datetime) -> Sold:
    """Sells: prices the basket, finds or creates the customer by phone, and writes order, lines, payment, stock and
    the customer's figures, all in the transaction that the caller has opened.

    Locks the customer first, then the products, then the coupon (docs/architecture.md). Raises a refusal for each thing
    that can be wrong; then nothing of it is kept.
    """
    if sale.user_id:
        raise SellerOnlyOffline
    location_id = location_of(sale, caller)
    placed_at = _placed_at(sale, now)
    goods = goods_of(sale.items, location_id, now)
    authorised_by = discounts.authorise(caller, sale.discount, sale.items)
    basket = price_basket(sale, goods, caller, now, authorised_by)
    priced, spent = basket.priced, basket.spent
    pricing.expect(priced, sale.expected_total)
    taken = _tender(sale, priced.total)
    if sale.rewards and sale.phone:
        # Before the order is counted, since an order breaks the silence.
        confirming.require_confirmed_holder(phone.parse(sale.phone, caller.store.country), caller)

    customer = buyer(sale, caller, placed_at, taken)
    if sale.join:
        joining.join(customer.id, caller, now)
    ledger = spending.account(spent, customer.id, now)
    # Before the lines: their foreign keys lock the products too, and to lock harder later is how deadlocks are made.
    stock.take(tracked(goods))
    told = circumstances(sale, caller, customer_id=customer.id, location_id=location_id, placed_at=placed_at, now=now)
    bought = Bought(priced, basket.coupon, taken, spent, ledger)
    return book(order_id, sale, caller, customer, told=told, bought=bought)


@dataclass(frozen=True)
class Basket:
    """A sale that is priced, before anybody pays: with the coupon and the rewards that took something off."""

    priced: pricing.PricedOrder
    coupon: Code | None
    spent: spending.Spent


def price_basket(
    sale: Sale, goods: Sequence[pricing.Goods], caller: Caller, now: datetime, authorised_by: str | None
) -> Basket:
    """What the goods of a sale cost with the discounts, the coupon and the rewards that it asks for; nothing is written. Raises a
    refusal for a coupon or a reward that does not fit."""
    given = discounts.asked_by_hand(sale.discount, sale.items, goods, authorised_by)
    code = spending.by_code(sale.coupon, now) if sale.coupon else None
    coupon = coupons.find(sale.coupon) if sale.coupon and not code else None
    if coupon:
        coupons.require_valid(coupon, now)
        given.append(discounts.by_coupon(coupon))
    spent = spending.asked(sale.rewards, code)
    given += spent.discounts(goods, given)
    priced = pricing.price(goods, tip=sale.tip, tax_included=caller.store.prices_include_tax, discounts=given)
    spent.require_worth(priced)
    return Basket(priced, coupon, spent)


@dataclass(frozen=True)
class Bought:
    """A sale that is priced, and what pays for it: a coupon, money, points out of the account that is open for them."""

    priced: pricing.PricedOrder
    coupon: Code | None
    taken: Tender | None
    spent: spending.Spent = field(default_factory=spending.Spent)
    ledger: Ledger | None = None


def book(
    order_id: UUID,
    sale: Sale,
    caller: Caller,
    customer: identity.Known,
    *,
    told: orders.Circumstances,
    bought: Bought,
) -> Sold:
    """Writes a priced sale into the books: order, lines, coupon, rewards, discounts, payment, the customer's answer, points."""
    priced, coupon, taken = bought.priced, bought.coupon, bought.taken
    order = orders.write(order_id, priced.lines, priced, told, paid=taken.amount if taken else 0)
    if coupon:
        coupons.use(coupon, order_id)
    if bought.ledger:
        spending.spend(bought.spent, bought.ledger, order_id)
    orders.write_discounts(order_id, priced.discounts)
    payment = None
    if taken:
        payment = payments.record(order_id, taken, register_id=caller.register_id, user_id=told.user_id)
    discounts.note(order_id, priced.discounts)
    answered = _record_answer(sale, customer, caller, told.placed_at)
    redeemed = sum(each.points for each in bought.spent.all)
    earned = points.of_sale(order, priced, told.received_at, ledger=bought.ledger, redeemed=redeemed)
    if customer.phone:
        paid = {"payment_status": order["payment_status"], "held": taken.amount if taken else 0}
        texts.receipt_of(order_id, customer.id, **paid, paid_at=told.placed_at)
    return Sold(order, priced, payment, answered, _link(order_id, sale, told.received_at), earned, bought.spent)


def circumstances(
    sale: Sale, caller: Caller, *, customer_id: UUID, location_id: UUID, placed_at: datetime, now: datetime
) -> orders.Circumstances:
    """Where, when, by whom and to whom it is sold."""
    return orders.Circumstances(
        customer_id=customer_id,
        location_id=location_id,
        register_id=caller.register_id,
        user_id=sale.user_id or caller.user_id,
        currency=caller.store.currency,
        tax_included=caller.store.prices_include_tax,
        placed_at=placed_at,
        received_at=now,
        note=sale.note,
        tab_name=sale.tab_name,
        is_offline=sale.offline,
        catalog_version=sale.catalog_version,
    )


def location_of(sale: Sale, caller: Caller) -> UUID:
    """A register has its own location; everybody else must say which."""
    if caller.location_id and sale.location_id not in (None, caller.location_id):
        raise LocationRequired(
            reason="A register sells at its own location; leave location_id out.", pointer="/location_id"
        )
    if caller.location_id:
        return caller.location_id
    if sale.location_id is None:
        raise LocationRequired(
            reason="Say which location sells this; only a register has its own.", pointer="/location_id"
        )
    try:
        return find(Location, sale.location_id).id
    except NotFound as error:
        raise UnknownId(reason="There is no location with this id in this store.", pointer="/location_id") from error


def buyer(sale: Sale, caller: Caller, placed_at: datetime, taken: Tender | None) -> identity.Known:
    """Whoever gives a phone number is known by it, and locked until the commit; the order counts in their figures. After a year's
    silence another name is another person (passed_on)."""
    visit = identity.Visit(placed_at, orders=1, spent=taken.amount if taken else 0)
    if sale.phone and not sale.walk_in:
        number = phone.parse(sale.phone, caller.store.country)
        return passed_on.known_by_phone(number, sale.name, at=placed_at, visit=visit)
    if sale.phone or not sale.walk_in:
        raise WhoIsBuying(reason="Send either the customer's phone or walk_in: true.", pointer="/phone")
    if caller.register_id is None:
        raise WalkInNeedsRegister
    return identity.walk_in(caller.register_id, visit)


def _placed_at(sale: Sale, now: datetime) -> datetime:
    placed_at = sale.placed_at or now
    if placed_at > now + FUTURE_TOLERANCE:
        reason = f"placed_at is ahead of our clock ({now:%Y-%m-%dT%H:%M:%SZ}). Set the tablet's clock, or leave placed_at out."
        raise PlacedInTheFuture(reason=reason, pointer="/placed_at")
    return placed_at


def _tender(sale: Sale, total: int) -> Tender | None:
    if sale.payment is None or total == 0:
        return None
    asked = sale.payment
    return tender(asked["method"], due=total, amount=asked.get("amount"), tendered=asked.get("tendered"))


def _link(order_id: UUID, sale: Sale, now: datetime) -> PaymentLink | None:
    """The link for what is due, if it was asked for. A sale without network has happened, so it is not refused for its link."""
    if sale.payment_link is None:
        return None
    order = orders.locked(order_id)
    try:
        link = links.ask(order, now)[0] if order.amount_due else None
        if link and sale.payment_link.get("send_sms"):
            texts.link(order, link, now)
        return link
    except Refused as error:
        if not sale.offline:
            raise
        raise_item("link_failed", f"orders:{order_id}", reason=str(error))
        return None


def _record_answer(sale: Sale, customer: identity.Known, caller: Caller, placed_at: datetime) -> identity.Known:
    """A yes is a consent; a no is recorded only if the question was asked, which its wording shows."""
    asked = sale.marketing_consent is True or (sale.marketing_consent is False and sale.wording_version is not None)
    if not asked:
        return customer
    if sale.offline and sale.marketing_consent and consents.has_answered_since(customer.id, "marketing", placed_at):
        # A yes that comes late, when the customer has said something else since, is not the latest answer.
        return customer
    answered = consents.answer(
        customer.id,
        purpose="marketing",
        granted=bool(sale.marketing_consent),
        source=customers.consent_source(caller),
        wording_version=sale.wording_version,
    )
    return customer if answered.is_pending else customer._replace(marketing_consent=sale.marketing_consent)
