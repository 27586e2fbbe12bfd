"""What is sold: products with images and stock, categories, coupons; CSV in and out."""

from dataclasses import fields
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request

from pos import clock
from pos.catalog.models import Category, Coupon, Product
from pos.catalog.price_times import prices_ahead
from pos.catalog.prices import PriceList
from pos.catalog.sheet import COLUMNS
from pos.db import find, transaction
from pos.http.access import allow, caller
from pos.stores.queries import tax_classes_everywhere
from pos.web.office import tables
from pos.web.office.catalog import lists, queries
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.kitchen.queries import choices
from pos.web.office.kitchen.queries import stations as kitchen_stations
from pos.web.office.web_shop.places import admin_page
from pos.web.office.web_shop.queries import shop_url

blueprint = area("catalog", __name__)

# What it costs now, and the next changes.
_MOST_PRICES = 5


@blueprint.get("/catalog")
@allow("manager")
def index() -> str:
    """All products."""
    with transaction(caller().store.id):
        table = lists.products_of(_choices(queries.tree()))
        found = tables.found(table, tables.Asked.of(table, request.args), writing())
    return shown("catalog/index.html", found=found)


@blueprint.get("/catalog/products.csv")
@allow("manager")
def export() -> Response:
    """The same as CSV, all of them."""
    with transaction(caller().store.id):
        table = lists.products_of(_choices(queries.tree()))
    return as_file(table)


@blueprint.get("/catalog/products/new")
@allow("manager")
def new_product() -> str:
    """The form for another product."""
    with transaction(caller().store.id):
        shelves, classes = _choices(queries.tree()), _same(tax_classes_everywhere())
    return shown("catalog/new_product.html", shelves=shelves, tax_classes=classes)


@blueprint.get("/catalog/products/<uuid:product_id>")
@allow("manager")
def product(product_id: UUID) -> str:
    """One product, with all that can be changed of it."""
    now = clock.now()
    with transaction(caller().store.id):
        row = find(Product, product_id)
        shelves, classes = _choices(queries.tree()), _same(tax_classes_everywhere() | {row.tax_class})
        sold, stations = queries.sold(product_id, now), choices(kitchen_stations(), row.station_id)
        in_shop = _in_web_shop(row)
    local = now.astimezone(ZoneInfo(caller().store.timezone))
    ahead = prices_ahead(_price_list(row), local, most=_MOST_PRICES)
    facts = {"shelves": shelves, "tax_classes": classes, "sold": sold, "ahead": ahead, "stations": stations}
    return shown("catalog/product.html", product=row, in_shop=in_shop, **facts)


@blueprint.get("/catalog/categories")
@allow("manager")
def categories() -> str:
    """The tree of categories."""
    with transaction(caller().store.id):
        shelves = queries.tree()
    return shown("catalog/categories.html", shelves=shelves, parents=_choices(shelves))


@blueprint.get("/catalog/categories/<uuid:category_id>")
@allow("manager")
def category(category_id: UUID) -> str:
    """One category, to be renamed or moved. It can go anywhere but into itself."""
    with transaction(caller().store.id):
        row, shelves = find(Category, category_id), queries.tree()
    here = next(shelf for shelf in shelves if shelf.id == row.id)
    others = _choices([shelf for shelf in shelves if row.id not in shelf.within | {shelf.id}])
    return shown("catalog/category.html", category=row, shelf=here, others=others)


@blueprint.get("/catalog/coupons")
@allow("manager")
def coupons() -> str:
    """All coupons, newest first."""
    asked = tables.Asked.of(lists.COUPONS, request.args)
    with transaction(caller().store.id):
        found = tables.found(lists.COUPONS, asked, writing())
    return shown("catalog/coupons.html", found=found)


@blueprint.get("/catalog/coupons.csv")
@allow("manager")
def export_coupons() -> Response:
    """The same as CSV, all of them."""
    return as_file(lists.COUPONS)


@blueprint.get("/catalog/coupons/new")
@allow("manager")
def new_coupon() -> str:
    """The form for another coupon."""
    return shown("catalog/new_coupon.html")


@blueprint.get("/catalog/coupons/<uuid:coupon_id>")
@allow("manager")
def coupon(coupon_id: UUID) -> str:
    """One coupon, and how often it was used."""
    with transaction(caller().store.id):
        row = find(Coupon, coupon_id)
    return shown("catalog/coupon.html", coupon=row, now=clock.now())


@blueprint.get("/catalog/stock")
@allow("manager")
def stock() -> str:
    """What is counted, least first, to be counted again."""
    with transaction(caller().store.id):
        table = lists.stock_of(_choices(queries.tree()))
        found = tables.found(table, tables.Asked.of(table, request.args), writing())
    return shown("catalog/stock.html", found=found)


@blueprint.get("/catalog/sheet")
@allow("manager")
def sheet() -> str:
    """The catalogue out and in as CSV."""
    return shown("catalog/sheet.html", columns=COLUMNS)


def _in_web_shop(row: Product) -> str | None:
    """Where a product of the web shop is looked at there; a variation is a part of its product's page."""
    number = row.wc_parent_id or row.wc_product_id
    return admin_page(shop_url(), "products", number) if number else None


def _choices(shelves: list[queries.Shelf]) -> list[tuple[str, str]]:
    return [(str(shelf.id), shelf.title) for shelf in shelves]


def _same(words: set[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in sorted(words)]


def _price_list(row: Product) -> PriceList:
    return PriceList(**{each.name: getattr(row, each.name) for each in fields(PriceList)})
