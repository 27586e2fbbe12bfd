"""A batch of records becomes customers, members and orders: what is known already is left as it is.

Who was taken in is known by the old id; nothing of them is touched again but for orders that are new. So a file may be taken in
twice, or once more after it broke off, and an older system that goes on for a while may hand in the rest later.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from pos import audit_log, ids, phone
from pos.catalog import actions as catalog
from pos.catalog.models import Category, Product
from pos.checkout import joining
from pos.customers import actions as customers
from pos.customers.arrivals import Person
from pos.db import current_store, db, rows_of
from pos.errors import InvalidPhone
from pos.legacy.books import Books, Goods, House, OldOrder
from pos.legacy.customer_info.known import Joined, Known, KnownId, Shelved, is_same_order, order_digest, owned
from pos.legacy.customer_info.records import Bought, Told
from pos.legacy.holders import Holder
from pos.legacy.models import CUSTOMER_INFO
from pos.legacy.people import is_same_person
from pos.loyalty import accounts, enrolment
from pos.loyalty.enrolment import Newcomer
from pos.stores.queries import tax_classes_everywhere

_SKU = "IMPORT"
_NOON = time(12)


@dataclass(frozen=True)
class Place:
    """Where and when a run takes records in. `as_of` is the day on which ages were recorded."""

    house: House
    country: str
    timezone: str
    as_of: date


class OddTotal(NamedTuple):
    """An order whose total is not quantity × unit price: kept as recorded."""

    customer: str
    order: str
    recorded: int
    computed: int


@dataclass
class Taken:
    """What came of a batch."""

    made: int = 0
    found: int = 0
    unchanged: int = 0
    changed_since: int = 0
    erased: int = 0
    members: int = 0
    orders: int = 0
    products: int = 0
    shared: int = 0
    unusable: int = 0
    odd_totals: list[OddTotal] = field(default_factory=list)


class _Sold(NamedTuple):
    """An order that was written, and whose."""

    order_id: UUID
    customer_id: UUID
    member: Joined | None
    placed_at: datetime


@dataclass
class _Entry:
    """A record on its way: whose it is (None: nobody's yet), by which rule, and what is new of it."""

    told: Told
    number: str | None
    rule: str = "new"
    customer_id: UUID | None = None
    is_known: bool = False
    # Each with the old id and the digest by which it will be known.
    orders: list[tuple[str, str, Bought]] = field(default_factory=list)

    @property
    def name(self) -> str | None:
        return " ".join(filter(None, (self.told.first_name, self.told.last_name))) or None


def take(batch: Sequence[Told], known: Known, place: Place, *, is_dry_run: bool = False) -> Taken:
    """Takes a batch in, in the open transaction. May be repeated. A dry run writes nothing, and `known` remembers what would be."""
    entries = [_Entry(told, _number(told.phone, place.country)) for told in batch]
    known.look_up(batch, {entry.number for entry in entries if entry.number})
    taken = Taken()
    books = Books(place.house)
    changed = [entry for entry in entries if _settle(entry, known, books, place, taken)]
    _shelve([bought for entry in changed for _, _, bought in entry.orders], known, taken, is_dry_run=is_dry_run)
    newcomers = _newcomers(changed, known)
    taken.members = len(newcomers)
    taken.orders = sum(len(entry.orders) for entry in changed)
    taken.odd_totals = [
        OddTotal(entry.told.id, each.id, each.total, each.quantity * each.unit_price)
        for entry in changed
        for _, _, each in entry.orders
        if each.total != each.quantity * each.unit_price
    ]
    if changed and not is_dry_run:
        _write(changed, newcomers, known, books, place)
        figures = {name: value for name, value in vars(taken).items() if isinstance(value, int) and value}
        audit_log.record("import.customer_info", f"stores:{current_store()}", after=figures)
    return taken


def _settle(entry: _Entry, known: Known, books: Books, place: Place, taken: Taken) -> bool:
    """Decides who a record is, and what is new; says whether anything is."""
    told, seen = entry.told, known.customers.get(entry.told.id)
    if seen and seen.is_erased:
        taken.erased += 1
        return False
    if seen:
        entry.customer_id, entry.is_known = seen.customer_id, True
        taken.changed_since += seen.digest != told.digest
    else:
        _find(entry, known, taken)
        if entry.customer_id is None:
            entry.customer_id = books.customer(_person(entry, place))
            taken.made += 1
        else:
            books.fill(entry.customer_id, _person(entry, place))
            taken.found += 1
        _remember(entry, known)
    _pick_orders(entry, known)
    is_changed = not entry.is_known or bool(entry.orders)
    taken.unchanged += not is_changed
    return is_changed


def _find(entry: _Entry, known: Known, taken: Taken) -> None:
    """Who has the number, if the names do not speak against it."""
    holders = known.by_number.get(entry.number, []) if entry.number else []
    same = [holder for holder in holders if is_same_person(holder.name, entry.name)]
    if same:
        entry.customer_id, entry.rule = same[0].customer_id, "phone"
    elif holders:
        entry.rule = "shared_phone"
        taken.shared += 1
    elif not entry.number:
        taken.unusable += 1


def _remember(entry: _Entry, known: Known) -> None:
    """For the records that follow, in this batch too."""
    assert entry.customer_id is not None
    told = entry.told
    known.customers[told.id] = KnownId(entry.customer_id, told.digest)
    if entry.number:
        holder = Holder(entry.customer_id, entry.name, told.first_name, told.last_name)
        known.by_number[entry.number] = _with(holder, known.by_number.get(entry.number, []))


def _with(told: Holder, holders: Sequence[Holder]) -> list[Holder]:
    """Holders of a number with one more, or with what is told of one of them."""
    if all(holder.customer_id != told.customer_id for holder in holders):
        return [*holders, told]
    return [holder.filled(told) if holder.customer_id == told.customer_id else holder for holder in holders]


def _pick_orders(entry: _Entry, known: Known) -> None:
    """The orders that are not in the books."""
    assert entry.customer_id is not None
    for bought in entry.told.orders:
        old_id, own_id = bought.id, owned(entry.told.id, bought.id)
        digest, holder = order_digest(entry.told.id, bought), known.orders.get(old_id)
        is_held = holder and holder.customer_id == entry.customer_id and is_same_order(holder.digest, digest)
        if own_id in known.orders or is_held:
            continue
        external_id = own_id if holder else old_id
        known.orders[external_id] = KnownId(entry.customer_id, digest)
        entry.orders.append((external_id, digest, bought))


def _person(entry: _Entry, place: Place) -> Person:
    told = entry.told
    profile: dict[str, Any] = {"first_name": told.first_name, "last_name": told.last_name, "address": told.address}
    if told.age is not None:
        profile |= {"age_recorded": told.age, "age_recorded_on": place.as_of}
    if entry.rule == "shared_phone" or not entry.number:
        profile["phone_recorded"] = entry.number or told.phone
    number = entry.number if entry.rule == "new" else None
    return Person(entry.name, number, told.email, profile)


def _number(told: str | None, country: str) -> str | None:
    try:
        return phone.parse(told, country) if told else None
    except InvalidPhone:
        return None


def _shelve(bought: Sequence[Bought], known: Known, taken: Taken, *, is_dry_run: bool) -> None:
    """Each product that the catalogue does not know becomes inactive merch, once."""
    for each in bought:
        if each.product_id in known.products or (each.product_id is None and each.name.lower() in known.by_name):
            continue
        shelved = known.by_name.get(each.name.lower())
        if shelved is None:
            shelved = Shelved(ids.uuid7(), "", "merch") if is_dry_run else _make_product(each)
            taken.products += 1
        known.by_name[each.name.lower()] = shelved
        if each.product_id:
            known.products[each.product_id] = shelved


def _make_product(bought: Bought) -> Shelved:
    product = catalog.create_product(
        {
            "name": bought.name, "sku": _free_sku(bought), "kind": "merch", "price": bought.unit_price, "status": "inactive",
            "tax_class": _tax_class(), "category_id": _category(bought.category), "needs_preparation": False,
        }
    )  # fmt: skip
    return Shelved(product.id, product.sku, product.kind)


def _free_sku(bought: Bought) -> str:
    """The old product's id as a SKU, unless something else has it."""
    wanted = f"{_SKU}-{bought.product_id}" if bought.product_id else f"{_SKU}-{ids.reference()}"
    is_taken = db.session.scalar(rows_of(Product).where(Product.sku == wanted).limit(1)) is not None
    return f"{wanted}-{ids.reference()}" if is_taken else wanted


def _tax_class() -> str:
    """Nobody sells it any more, so its class does not matter; it has to be one that the store has."""
    classes = tax_classes_everywhere()
    return "none" if "none" in classes else min(classes)


def _category(name: str | None) -> UUID | None:
    if name is None:
        return None
    found = db.session.scalar(rows_of(Category).where(Category.name == name))
    return (found or catalog.create_category(name=name)).id


def _newcomers(entries: Sequence[_Entry], known: Known) -> list[Newcomer]:
    """Those who had a level and are no members yet."""
    known.look_up_members([entry.customer_id for entry in entries if entry.customer_id])
    found = dict[UUID, Newcomer]()
    for entry in entries:
        if entry.told.level and not entry.is_known and entry.customer_id and entry.customer_id not in known.members:
            found.setdefault(entry.customer_id, Newcomer(entry.customer_id, entry.told.level))
    known.members |= dict.fromkeys(found)
    return list(found.values())


def _write(entries: Sequence[_Entry], newcomers: Sequence[Newcomer], known: Known, books: Books, place: Place) -> None:
    """Customers first, then members, then the orders, which refer to both."""
    now = place.house.now
    customers.lock(*{entry.customer_id for entry in entries if entry.customer_id})
    books.write_people()
    enrolled = enrolment.enrol(newcomers, "import", now)
    known.members |= {customer_id: Joined(member_id, now) for customer_id, member_id in enrolled.items()}
    _raise_floors(entries, {(each.customer_id, each.floor) for each in newcomers}, known, now)
    made = [sold for entry in entries for sold in _write_orders(entry, known, books, place)]
    for entry in entries:
        if not entry.is_known:
            _keep_source(entry, known, books)
    books.write()
    _grant_points(made, enrolled, now)


def _raise_floors(
    entries: Sequence[_Entry], given: Collection[tuple[UUID, str | None]], known: Known, now: datetime
) -> None:
    """For who was a member before, or is told again, with another level; `given` are floors that newcomers have got."""
    for entry in entries:
        level = None if entry.is_known else entry.told.level
        member = known.members.get(entry.customer_id) if entry.customer_id else None
        if level and member and (entry.customer_id, level) not in given:
            enrolment.raise_floor(member.id, level, now)


def _write_orders(entry: _Entry, known: Known, books: Books, place: Place) -> Iterator[_Sold]:
    assert entry.customer_id is not None
    member = known.members.get(entry.customer_id)
    for external_id, digest, bought in entry.orders:
        order = _order(entry.customer_id, member, bought, known, place)
        order_id = books.order(order)
        about = {"customer_id": entry.customer_id, "order_id": order_id, "digest": digest}
        books.source_id(CUSTOMER_INFO, "order", external_id, **about)
        _keep_product(bought, known, books)
        yield _Sold(order_id, entry.customer_id, member, order.placed_at)


def _order(customer_id: UUID, member: Joined | None, bought: Bought, known: Known, place: Place) -> OldOrder:
    product = known.products[bought.product_id] if bought.product_id else known.by_name[bought.name.lower()]
    return OldOrder(
        customer_id,
        member.id if member else None,
        # Only the day is known: noon there is on that day in every report.
        min(datetime.combine(bought.placed_on, _NOON, ZoneInfo(place.timezone)), place.house.now),
        [Goods(bought.name, product.sku, bought.quantity, bought.unit_price, product.kind, product.id)],
        bought.total,
    )


def _keep_source(entry: _Entry, known: Known, books: Books) -> None:
    books.source_id(
        CUSTOMER_INFO,
        "customer",
        entry.told.id,
        customer_id=entry.customer_id,
        rule=entry.rule,
        digest=entry.told.digest,
    )
    if entry.rule == "shared_phone" and entry.number:
        holder = known.by_number[entry.number][0].customer_id
        books.look_at("shared_phone", f"customers:{entry.customer_id}", held_by=str(holder))
    elif not entry.number:
        books.look_at("unusable_phone", f"customers:{entry.customer_id}", was_told=bool(entry.told.phone))


def _keep_product(bought: Bought, known: Known, books: Books) -> None:
    """What the older system called a product, with what it said about it."""
    if bought.product_id and bought.product_id not in known.kept_products:
        known.kept_products.add(bought.product_id)
        about = {"brand": bought.brand, "description": bought.description}
        product_id = known.products[bought.product_id].id
        books.source_id(CUSTOMER_INFO, "product", bought.product_id, product_id=product_id, raw=about)


def _grant_points(made: Sequence[_Sold], enrolled: Mapping[UUID, UUID], now: datetime) -> None:
    """Who has become a member gets the points of the programme's last days, as at the counter; who was one before, those of what is
    new, if it was bought since then or in the days before."""
    some = next(iter(enrolled.values()), None) or next((sold.member.id for sold in made if sold.member), None)
    days = timedelta(days=accounts.opened(some, now).account.rules.joining_days if some else 0)
    latest = (
        {enrolled[each]: orders for each, orders in joining.latest(list(enrolled), now - days).items()} if days else {}
    )
    for sold in made:
        if sold.member and sold.customer_id not in enrolled and sold.placed_at >= sold.member.joined_at - days:
            latest.setdefault(sold.member.id, []).append(sold.order_id)
    for member_id, order_ids in latest.items():
        joining.accumulate(member_id, order_ids, now)
