"""A sale that a tablet made without network: it happened, so it is taken as it was made, and never refused for being late.

Goods keep the price at which the tablet sold them. Whatever differs from what we would have said is recorded with the order, and a
person is asked to look at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pos import audit_log, ids
from pos.attention.actions import raise_item
from pos.catalog import coupons, stock
from pos.catalog.coupons import Code
from pos.catalog.prices import Price, PriceList, price_of
from pos.catalog.queries import ForSale
from pos.checkout import discounts, joining
from pos.checkout.basket import Item, asked_for, key_of, line_of, tracked
from pos.checkout.place import FUTURE_TOLERANCE, Bought, Sale, Sold, book, buyer, circumstances, location_of
from pos.customers.wording import CURRENT, MARKETING
from pos.errors import Invalid, NotFound, Refused
from pos.http.access import ApprovalRequired, Caller
from pos.jobs import enqueue
from pos.orders import pricing
from pos.orders.pricing import Goods
from pos.payments.tender import Tender
from pos.staff.actions import membership

# A tablet that was off for longer than this is not late: its clock is wrong, or somebody should know.
LATE_TOLERANCE = timedelta(days=30)
# With as many digits as the books keep of a rate: the sale is answered before it is read back.
_UNTAXED = Decimal("0.000000")


class OfflineNeedsRegister(Refused):
    title = "Only a register sells offline"
    advice = "An offline sale is sent with the token of the register that made it."


class CouponNotOffline(Refused):
    title = "Not without network"
    advice = (
        "The coupon {code} may be used a limited number of times, so it needs the network. Send the sale without it."
    )


class RewardNotOffline(Refused):
    title = "Points need the network"
    advice = "Points are spent where they are counted, so rewards need the network. Send the sale without them."


class PriceMissing(Invalid):
    title = "At which price was it sold?"


@dataclass
class Differences:
    """What a person should look at, collected while the sale is read, raised when it stands in the books."""

    found: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note(self, kind: str, **detail: Any) -> None:
        self.found.append((kind, detail))

    def raise_items(self, order_id: UUID) -> None:
        for kind, detail in self.found:
            raise_item(kind, f"orders:{order_id}", **detail)


def place_offline(order_id: UUID, sale: Sale, caller: Caller, now: datetime, *, sent_at: datetime | None) -> Sold:
    """Books a sale that was made already, with the prices, the time and the payment that the tablet says.

    `sent_at` is the tablet's clock when it sent the sale. Locks as `place` does. Raises a refusal only for what no
    network would have made right: OfflineNeedsRegister, RewardNotOffline, PriceMissing, UnknownCoupon, CouponNotOffline.
    """
    if caller.register_id is None:
        raise OfflineNeedsRegister
    if sale.rewards:
        raise RewardNotOffline
    seen = Differences()
    location_id = location_of(sale, caller)
    placed_at = _placed_at(sale, now, sent_at, seen)
    goods = _as_sold(sale.items, location_id, placed_at, seen)
    given = discounts.asked_by_hand(sale.discount, sale.items, goods, _authorised(sale, caller, seen))
    coupon = _coupon(sale.coupon, placed_at, seen) if sale.coupon else None
    if coupon:
        given.append(discounts.by_coupon(coupon))
    priced = pricing.price(goods, tip=sale.tip, tax_included=caller.store.prices_include_tax, discounts=given)
    if sale.expected_total not in (None, priced.total):
        seen.note("total_drift", charged=sale.expected_total, total=priced.total)
    taken = _tender(sale, priced.total, seen)
    sale = _by_known_user(_without_refused_consent(sale, seen), seen)

    customer = buyer(sale, caller, placed_at, taken)
    if sale.join and not sale.walk_in:
        joining.join(customer.id, caller, now)
    for product_id, left in stock.take_anyway(tracked(goods)).items():
        seen.note("stock_below_zero", product_id=str(product_id), stock_quantity=left)
    told = circumstances(sale, caller, customer_id=customer.id, location_id=location_id, placed_at=placed_at, now=now)
    sold = book(order_id, sale, caller, customer, told=told, bought=Bought(priced, coupon, taken))
    seen.raise_items(order_id)
    # Its shift may have been closed without it.
    enqueue("shifts.add_late", store_id=caller.store.id, order_id=order_id, register_id=caller.register_id)
    if sale.user_id not in (None, caller.user_id):
        # Who sold it is the tablet's word: the entry's actor is who sent it.
        audit_log.record("order.name_seller", f"orders:{order_id}", after={"user_id": str(sale.user_id)})
    return sold


def _placed_at(sale: Sale, now: datetime, sent_at: datetime | None, seen: Differences) -> datetime:
    """When it was sold by the tablet's clock, less what that clock was off by when it sent the sale, if that is much; but
    never in the future: a report's day must have come."""
    said = sale.placed_at or now
    skew = timedelta() if sent_at is None else sent_at - now
    is_off = abs(skew) > FUTURE_TOLERANCE
    if is_off or not now - LATE_TOLERANCE <= said <= now + FUTURE_TOLERANCE:
        seconds = None if sent_at is None else round(skew.total_seconds())
        seen.note("clock_skew", placed_at=said.isoformat(), received_at=now.isoformat(), skew_seconds=seconds)
    return min(said - skew if is_off else said, now)


def _as_sold(items: Sequence[Item], location_id: UUID, placed_at: datetime, seen: Differences) -> list[Goods]:
    products = asked_for(items, location_id)
    return [
        _goods(products.get(key_of(item)), item, position, placed_at, seen)
        for position, item in enumerate(items, start=1)
    ]


def _goods(product: ForSale | None, item: Item, position: int, placed_at: datetime, seen: Differences) -> Goods:
    if "unit_price" not in item:
        reason = "Of an offline sale each item says the unit_price at which it was sold."
        raise PriceMissing(reason=reason, pointer=f"/items/{position - 1}/unit_price")
    if product is None:
        seen.note("unknown_item", position=position, sold_as=str(key_of(item)))
        return _unknown(item, position)
    if product.status != "active" or product.tax_rate is None:
        why = "no longer for sale" if product.status != "active" else "no tax rate at this location"
        seen.note("unknown_item", position=position, product_id=str(product.id), why=why)
    return _known(product, item, position, placed_at, seen)


def _known(product: ForSale, item: Item, position: int, placed_at: datetime, seen: Differences) -> Goods:
    listed = _listed(product, item, placed_at)
    sold_at = item["unit_price"]
    drifted = listed is not None and listed.unit_price != sold_at
    if listed is None or drifted:
        asked = listed.unit_price if listed else None
        seen.note("price_drift", position=position, product_id=str(product.id), listed=asked, sold_at=sold_at)
    modifiers = listed.modifiers if listed else [{"name": name, "price": 0} for name in item.get("modifiers", ())]
    price = Price(sold_at, modifiers, listed.rule if listed and not drifted else None)
    goods = line_of(product, item, price, position)
    return replace(
        goods, tax_rate=product.tax_rate or _UNTAXED, list_price=listed.unit_price if listed and drifted else None
    )


def _listed(product: PriceList, item: Item, placed_at: datetime) -> Price | None:
    """What the catalogue of today would have asked for at that hour; None if it has no answer, as for a modifier that is gone."""
    keyed_in = item["unit_price"] if product.is_open_price else None
    local = product.local(placed_at) if isinstance(product, ForSale) else None
    try:
        return price_of(product, chosen=item.get("modifiers", ()), keyed_in=keyed_in, local=local)
    except Refused:
        return None


def _unknown(item: Item, position: int) -> Goods:
    """Goods that the catalogue does not know: merch without tax, until somebody has looked at it."""
    return Goods(
        id=ids.uuid7(),
        position=position,
        product_id=None,
        kind="merch",
        name=item.get("name") or item.get("sku") or "Unknown item",
        sku=item.get("sku") or "",
        quantity=item["quantity"],
        unit_price=item["unit_price"],
        tax_class="none",
        tax_rate=_UNTAXED,
        needs_preparation=False,
        takes_stock=False,
        modifiers=[{"name": name, "price": 0} for name in item.get("modifiers", ())],
        note=item.get("note"),
    )


def _authorised(sale: Sale, caller: Caller, seen: Differences) -> str | None:
    """Without network no PIN can be checked: the discount stands, and a manager looks at it."""
    try:
        return discounts.authorise(caller, sale.discount, sale.items)
    except ApprovalRequired:
        seen.note("unapproved_discount", register_id=str(caller.register_id))
        return None


def _coupon(code: str, placed_at: datetime, seen: Differences) -> Code:
    coupon = coupons.find(code)
    if coupon.usage_limit is not None:
        raise CouponNotOffline(code=coupon.code)
    why = coupon.why_not(placed_at)
    if why:
        seen.note("coupon_drift", coupon_id=str(coupon.id), why=why)
    return coupon


def _tender(sale: Sale, total: int, seen: Differences) -> Tender | None:
    """The money as it was taken, be it more or less than what we find due.

    Cash that did not reach the amount is booked as the tablet took it, and a person counts the drawer.
    """
    if sale.payment is None:
        return None
    asked = sale.payment
    charged = total if sale.expected_total is None else sale.expected_total
    amount = asked.get("amount", charged)
    if amount == 0:
        return None
    tendered = asked.get("tendered") if asked["method"] == "cash" else None
    if tendered is not None and tendered < amount:
        seen.note("tender_drift", amount=amount, tendered=tendered)
        tendered = None
    return Tender(asked["method"], amount, tendered)


def _by_known_user(sale: Sale, seen: Differences) -> Sale:
    """The sale without a seller who never worked here. Who has left since did sell it."""
    try:
        if sale.user_id:
            membership(sale.user_id)
        return sale
    except NotFound:
        seen.note("unknown_user", user_id=str(sale.user_id))
        return replace(sale, user_id=None)


def _without_refused_consent(sale: Sale, seen: Differences) -> Sale:
    """The sale without an answer about text messages that the books do not take: from nobody, or to nobody knows what."""
    version = sale.wording_version or CURRENT
    why = "a walk-in has no phone" if sale.walk_in else "unknown wording" if version not in MARKETING else None
    is_answer = sale.marketing_consent or (sale.marketing_consent is False and sale.wording_version is not None)
    if why is None or not is_answer:
        return sale
    seen.note("consent_refused", granted=sale.marketing_consent, wording_version=version, why=why)
    return replace(sale, marketing_consent=None, wording_version=None)
