"""Books at random for reports: orders of several places around the hours in which clocks change, straight into the tables."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import text

from pos import ids
from pos.customers.models import Customer, Profile
from pos.db import db, rows_of, transaction
from pos.loyalty.models import Member, PointEntry
from pos.orders.models import Order, OrderDiscount, OrderLine
from pos.payments.models import Payment, Refund
from pos.stores.models import Location
from tests.client import Shop

# Clocks that go forward and back at two, at midnight (Havana, Beirut), by half an hour (Lord Howe), or never (Kathmandu).
ZONES = ("America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu")
CHANGES = (
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 3, 8, 5, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 10, 31, 23, 59, tzinfo=UTC),
)
PEOPLE = 5
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_METHODS = ("cash", "card", "external")


@dataclass(frozen=True)
class Sold:
    """One order as it is drawn; `is_old` says that it was last written long before the sums were made."""

    placed_at: datetime
    place: int
    person: int
    amounts: tuple[int, ...]
    quantity: int
    status: str
    has_register: bool
    has_person: bool
    is_old: bool
    paid_after: tuple[timedelta, ...]
    refunded_after: timedelta | None
    points: int


@dataclass
class World:
    """Where the orders are put."""

    shop: Shop
    places: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    members: list[UUID] = field(default_factory=list)


instants = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-2_000, 2_000)
)
orders = st.builds(
    Sold,
    placed_at=instants,
    place=st.integers(0, len(ZONES) - 1),
    person=st.integers(0, PEOPLE),
    amounts=st.tuples(*[st.integers(0, 5_000)] * 6),
    quantity=st.integers(1, 3),
    status=st.sampled_from(("completed", "completed", "open", "canceled")),
    has_register=st.booleans(),
    has_person=st.booleans(),
    is_old=st.booleans(),
    paid_after=st.lists(st.integers(0, 3_000).map(lambda m: timedelta(minutes=m)), max_size=2).map(tuple),
    refunded_after=st.none() | st.integers(0, 3_000).map(lambda m: timedelta(minutes=m)),
    points=st.integers(-50, 50),
)


def world(shop: Shop) -> World:
    """Places with their clocks, and people who have not ordered yet; after them a walk-in."""
    walk_in = shop.sell(phone=None, walk_in=True)["id"]
    found = World(shop)
    with transaction(UUID(shop.store_id)):
        for number, zone in enumerate(ZONES):
            place = Location(id=ids.uuid7(), name=f"Place {number}", timezone=zone)
            db.session.add(place)
            found.places.append(place.id)
        for number in range(PEOPLE):
            _add_person(found, number)
        order = db.session.scalar(rows_of(Order).where(Order.id == UUID(walk_in)))
        assert order is not None
        found.people.append(order.customer_id)
    return found


def _add_person(found: World, number: int) -> None:
    customer = Customer(id=ids.uuid7(), origin="counter", phone=f"+1415555060{number}")
    db.session.add(customer)
    db.session.flush()
    member = Member(
        id=ids.uuid7(),
        customer_id=customer.id,
        tappass_id=f"TP-TEST{number}",
        level="member",
        source="register",
        joined_at=LONG_AGO,
        level_from=LONG_AGO,
    )
    db.session.add_all([Profile(customer_id=customer.id), member])
    found.people.append(customer.id)
    found.members.append(member.id)


def plant(found: World, sold: list[Sold]) -> None:
    """Puts orders with all that hangs on them into the tables, and reckons customers anew."""
    with transaction(UUID(found.shop.store_id)) as session:
        cashier = session.scalar(text("SELECT user_id FROM memberships WHERE store_id = :store LIMIT 1"), _store(found))
        product = session.scalar(text("SELECT id FROM products WHERE store_id = :store LIMIT 1"), _store(found))
        for number, each in enumerate(sold):
            _add(found, each, number, cashier, product)
        session.flush()
        session.execute(_RECKON, _store(found))


def _store(found: World) -> dict[str, Any]:
    return {"store": found.shop.store_id}


_RECKON = text("""
    UPDATE customers c SET order_count = f.count, first_order_at = f.first_at, last_order_at = f.last_at, updated_at = clock_timestamp()
      FROM (SELECT customer_id, count(*) FILTER (WHERE status <> 'canceled') AS count, min(placed_at) FILTER (WHERE status <> 'canceled') AS first_at,
                   max(placed_at) FILTER (WHERE status <> 'canceled') AS last_at
              FROM orders WHERE store_id = :store GROUP BY 1) f
     WHERE c.store_id = :store AND c.id = f.customer_id
""")


def _add(found: World, sold: Sold, number: int, cashier: Any, product: Any) -> None:
    price, discount, tax, tip, shipping, in_charges = sold.amounts
    subtotal = price * sold.quantity
    discount, in_charges = min(discount, subtotal), min(in_charges, shipping)
    total = subtotal - discount + tax + tip + shipping
    written = {"created_at": LONG_AGO, "updated_at": LONG_AGO} if sold.is_old else {}
    register = UUID(found.shop.register_id) if sold.has_register else None
    order = Order(
        id=ids.uuid7(),
        reference=ids.reference(),
        location_id=found.places[sold.place],
        register_id=register,
        user_id=cashier if sold.has_person else None,
        customer_id=found.people[sold.person],
        source="tablet",
        kind="food",
        status=sold.status,
        payment_status="unpaid",
        fulfillment_status="proposed",
        currency="USD",
        tax_included=bool(number % 2) and tax <= subtotal - discount,
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        tip=tip,
        shipping=shipping,
        fees=0,
        tax_in_charges=in_charges,
        total=total,
        amount_paid=0,
        amount_refunded=0,
        placed_at=sold.placed_at,
        received_at=sold.placed_at,
        completed_at=sold.placed_at if sold.status == "completed" else None,
        canceled_at=sold.placed_at if sold.status == "canceled" else None,
        version=1,
        **written,
    )
    if order.tax_included:
        order.total -= tax
    db.session.add(order)
    db.session.flush()
    db.session.add(_line(order, sold, product, price, number))
    db.session.add(
        OrderDiscount(id=ids.uuid7(), order_id=order.id, kind="manual", name="Off", amount=discount, off=discount)
    )
    _add_money(order, sold, written)
    if sold.points and sold.person < PEOPLE:
        _add_points(found, sold, written)


def _line(order: Order, sold: Sold, product: Any, price: int, number: int) -> OrderLine:
    known = number % 3 > 0
    return OrderLine(
        id=ids.uuid7(),
        order_id=order.id,
        position=1,
        product_id=product if known else None,
        kind="food" if number % 4 else "merch",
        name="Ale",
        sku="ALE",
        quantity=sold.quantity,
        unit_price=price,
        subtotal=order.subtotal,
        discount=order.discount,
        total=order.subtotal - order.discount,
        tax_class="standard" if known else "none",
        tax_rate=Decimal("0.0825"),
        tax=order.tax,
        needs_preparation=False,
        takes_stock=False,
    )


def _add_money(order: Order, sold: Sold, written: dict[str, Any]) -> None:
    dated = {name: at for name, at in written.items() if name == "updated_at"}
    payment = None
    for number, after in enumerate(sold.paid_after):
        payment = Payment(
            id=ids.uuid7(),
            order_id=order.id,
            method=_METHODS[number % 3],
            amount=100 + number,
            status="succeeded" if number < 1 else "failed",
            created_at=sold.placed_at + after,
            **dated,
        )
        db.session.add(payment)
        db.session.flush()
    if payment is not None and sold.refunded_after is not None:
        refund_id = ids.uuid7()
        db.session.add(
            Refund(
                id=refund_id,
                request_id=refund_id,
                payment_id=payment.id,
                order_id=order.id,
                amount=50,
                status="succeeded",
                source="counter",
                created_at=sold.placed_at + sold.refunded_after,
                **dated,
            )
        )


def _add_points(found: World, sold: Sold, written: dict[str, Any]) -> None:
    kind = "accumulate" if sold.points > 0 else "expire"
    db.session.add(
        PointEntry(
            id=ids.uuid7(),
            member_id=found.members[sold.person],
            act_id=ids.uuid7(),
            type=kind,
            points=sold.points,
            program_version=1,
            cause=f"test:{ids.uuid7()}",
            actor="system",
            occurred_at=sold.placed_at,
            **{name: at for name, at in written.items() if name == "created_at"},
        )
    )
