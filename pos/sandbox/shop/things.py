"""Finding, listing and changing what the shop has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Select, Text, cast, delete, func, select

from pos.db import db
from pos.sandbox.shop.asking import Asked
from pos.sandbox.shop.models import SandboxShopThing as Thing
from pos.sandbox.shop.site import Site

CATEGORY, PRODUCT, VARIATION, CUSTOMER, COUPON, ORDER, REFUND = (
    "category", "product", "variation", "customer", "coupon", "order", "refund",
)  # fmt: skip
# `dates_are_gmt` chooses the column in WordPress; here there is one, in GMT, and what is asked for is turned.
_AFTER = {"after": Thing.made_at, "modified_after": Thing.modified_at}
_BEFORE = {"before": Thing.made_at, "modified_before": Thing.modified_at}


@dataclass(frozen=True)
class Page:
    """The bodies of a page, written as JSON, and how many there are on all pages."""

    bodies: Sequence[str]
    total: int


def find(kind: str, number: int, *, lock: bool = False) -> Thing | None:
    statement = select(Thing).where(Thing.kind == kind, Thing.number == number)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(statement)


def those(kind: str, *, parent: int | None = None, newest: int | None = None) -> list[Thing]:
    """All of a kind by their numbers; or the newest."""
    statement = select(Thing).where(Thing.kind == kind)
    if parent is not None:
        statement = statement.where(Thing.parent == parent)
    if newest is not None:
        return list(db.session.scalars(statement.order_by(Thing.made_at.desc(), Thing.number.desc()).limit(newest)))
    return list(db.session.scalars(statement.order_by(Thing.number)))


def count(kind: str) -> int:
    return db.session.scalar(select(func.count()).where(Thing.kind == kind)) or 0


def change(thing: Thing, now: datetime, site: Site, **fields: Any) -> Any:
    """Changes what is shown, and by that the instant of the last change; gives the whole."""
    thing.body = {**thing.body, **fields, **site.stamps("date_modified", now)}
    thing.modified_at = now
    if "status" in fields:
        thing.state = fields["status"]
    db.session.flush()
    return thing.body


def remove(thing: Thing) -> None:
    """It is gone for good, and with it what belongs to it."""
    kinds = {ORDER: REFUND, PRODUCT: VARIATION}
    if thing.kind in kinds:
        db.session.execute(delete(Thing).where(Thing.kind == kinds[thing.kind], Thing.parent == thing.number))
    db.session.execute(delete(Thing).where(Thing.kind == thing.kind, Thing.number == thing.number))
    db.session.expunge(thing)


def page(kind: str, asked: Asked, site: Site, *, parent: int | None = None) -> Page:
    """The page that is asked for. Which things are on it is found in an index alone; only these are then fetched."""
    wanted = [Thing.kind == kind, *_wanted(kind, asked, site)]
    if parent is not None:
        wanted.append(Thing.parent == parent)
    per_page, start = asked.params["per_page"], _start(asked)
    sorting = _sorting(kind, asked.params)
    chosen = select(Thing.number, func.row_number().over(order_by=sorting).label("place")).where(*wanted)
    numbers = chosen.order_by(*sorting).offset(start).limit(per_page).subquery()
    fetched = _bodies(kind, numbers)
    total = db.session.scalar(select(func.count()).select_from(Thing).where(*wanted)) or 0
    return Page(list(db.session.scalars(fetched)), total)


def _bodies(kind: str, numbers: Any) -> Select[str]:
    shown = select(cast(Thing.body, Text)).join(numbers, Thing.number == numbers.c.number)
    return shown.where(Thing.kind == kind).order_by(numbers.c.place)


def _start(asked: Asked) -> int:
    """An offset takes the place of the page."""
    offset = asked.params.get("offset")
    start = offset if offset is not None else (asked.params["page"] - 1) * asked.params["per_page"]
    # What no list of ours reaches, PostgreSQL could not count either.
    return int(min(start, 2**40))


def _wanted(kind: str, asked: Asked, site: Site) -> list[ColumnElement[bool]]:
    params = asked.params
    wanted = [*_state(kind, params), *_dates(params, site)]
    if params["include"]:
        wanted.append(Thing.number.in_(params["include"]))
    if params["exclude"]:
        wanted.append(Thing.number.not_in(params["exclude"]))
    if params.get("parent_exclude"):
        wanted.append(Thing.parent.not_in(params["parent_exclude"]))
    return [*wanted, *_parents(params), *_fields(params)]


def _parents(params: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Categories ask for one parent, posts for some of them."""
    parent = params.get("parent")
    if parent is None or parent == ():
        return []
    return [Thing.parent == parent if isinstance(parent, int) else Thing.parent.in_(parent)]


def _state(kind: str, params: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """What lies in the trash is shown only to who asks for it."""
    if kind == CUSTOMER:
        return [] if params["role"] == "all" else [Thing.state == params["role"]]
    asked = params.get("status")
    if asked is None:
        return [] if kind == CATEGORY else [Thing.state != "trash"]
    states = (asked,) if isinstance(asked, str) else asked
    return [Thing.state != "trash"] if "any" in states else [Thing.state.in_(states)]


def _dates(params: Mapping[str, Any], site: Site) -> list[ColumnElement[bool]]:
    """Both bounds are left out themselves."""
    is_gmt = bool(params.get("dates_are_gmt"))
    after = [column > instant(params[name], site, is_gmt) for name, column in _AFTER.items() if params.get(name)]
    before = [column < instant(params[name], site, is_gmt) for name, column in _BEFORE.items() if params.get(name)]
    return [*after, *before]


def instant(asked: datetime, site: Site, is_gmt: bool) -> datetime:
    """The moment that WordPress compares with. It first turns what has an offset into the shop's own time, and then takes that for
    GMT if `dates_are_gmt` is said: so an offset together with `dates_are_gmt` asks for another moment than is meant."""
    naive = asked.astimezone(site.zone).replace(tzinfo=None) if asked.tzinfo else asked
    return naive.replace(tzinfo=UTC if is_gmt else site.zone)


def _fields(params: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [made(params[name]) for name, made in _BY_FIELD.items() if params.get(name) not in (None, "", False)]


def _text_is(name: str) -> Callable[[Any], ColumnElement[bool]]:
    return lambda value: Thing.body[name].astext == value


def _is_true(name: str) -> Callable[[Any], ColumnElement[bool]]:
    return lambda value: Thing.body[name].as_boolean() == value


_PRICE = cast(func.nullif(Thing.body["price"].astext, ""), Numeric)
_BY_FIELD: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    **{name: _text_is(name) for name in ("slug", "sku", "type", "tax_class", "stock_status")},
    **{name: _is_true(name) for name in ("on_sale", "virtual", "downloadable", "featured")},
    "code": lambda code: func.lower(Thing.body["code"].astext) == code.lower(),
    "email": lambda email: func.lower(Thing.body["email"].astext) == email.lower(),
    "customer": lambda number: Thing.body["customer_id"].astext == str(number),
    "product": lambda number: Thing.body["line_items"].contains([{"product_id": number}]),
    "category": lambda number: Thing.body["categories"].contains([{"id": int(number)}]) if number.isdigit() else Thing.number < 0,
    "hide_empty": lambda _: Thing.body["count"].as_integer() > 0,
    "min_price": lambda price: cast(price, Numeric) <= _PRICE,
    "max_price": lambda price: cast(price, Numeric) >= _PRICE,
}  # fmt: skip
_TITLES = {CUSTOMER: "first_name", COUPON: "code", ORDER: "number", REFUND: "id"}


def _sorting(kind: str, params: Mapping[str, Any]) -> list[Any]:
    """By what is asked for, then by the number, so that no page repeats what another has shown."""
    asked = params["orderby"]
    if asked == "include":
        return [func.array_position(list(params["include"] or (0,)), Thing.number), Thing.number]
    named = {
        "title": _TITLES.get(kind, "name"),
        "name": _TITLES.get(kind, "name"),
        "slug": "slug",
        "description": "description",
    }
    numeric = {"popularity": "total_sales", "rating": "average_rating", "menu_order": "menu_order", "count": "count"}
    columns: dict[str, Any] = {
        "date": Thing.made_at,
        "registered_date": Thing.made_at,
        "modified": Thing.modified_at,
        "price": _PRICE,
    }
    columns |= {name: func.lower(Thing.body[field].astext) for name, field in named.items()}
    columns |= {name: cast(Thing.body[field].astext, Numeric) for name, field in numeric.items()}
    by = [columns[asked]] if asked in columns else []
    sorting = [*by, Thing.number]
    return [each.desc() for each in sorting] if params["order"] == "desc" else sorting
