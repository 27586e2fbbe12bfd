"""JSON of categories and products."""

from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from pos import aside
from pos.catalog import actions, images, pictures, schemas, sheet, sheet_actions
from pos.catalog.coupons import normalised
from pos.catalog.models import Category, Coupon, Product
from pos.catalog.pictures import MAX_BYTES
from pos.catalog.queries import catalog_version
from pos.catalog.sheet_plan import Plan
from pos.catalog.stock import stock_status
from pos.db import find, rows_of, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, if_match, takes_up_to
from pos.http.csv import MEDIA_TYPE
from pos.http.etag import etag, require_match
from pos.http.paging import page
from pos.http.schemas import Page

blueprint = Blueprint("catalog", __name__, description="Categories, products and coupons")

# What a form adds around a file.
_FORM_BYTES = 64 * 1024
_BINARY = {"type": "string", "format": "binary"}
_IMAGE = {
    "required": True,
    "content": {
        "application/octet-stream": {"schema": _BINARY},
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["image"], "properties": {"image": _BINARY}},
        },
    },
}


@blueprint.route("/categories")
@allow("cashier")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.CategoryList)
def list_categories(paging: dict[str, Any]) -> Any:
    """The categories, each with the number of its products"""
    with transaction(caller().store.id):
        found = page(rows_of(Category), Category, **paging)
        return found | {"data": _shown_categories(found["data"])}


@blueprint.route("/categories", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.CategoryNew)
@blueprint.response(201, schemas.CategoryOut)
def create_category(body: dict[str, Any]) -> Any:
    """Add a category"""
    with transaction(caller().store.id, actor=caller().actor):
        category = actions.create_category(**body)
        return _shown_categories([category])[0], 201, etag(category.version)


@blueprint.route("/categories/<uuid:category_id>")
@allow("cashier")
@blueprint.response(200, schemas.CategoryOut)
def read_category(category_id: UUID) -> Any:
    """One category"""
    with transaction(caller().store.id):
        category = find(Category, category_id)
        return _shown_categories([category])[0], 200, etag(category.version)


@blueprint.route("/categories/<uuid:category_id>", methods=["PATCH"])
@allow("manager")
@if_match
@blueprint.arguments(schemas.CategoryChange)
@blueprint.response(200, schemas.CategoryOut)
def change_category(body: dict[str, Any], category_id: UUID) -> Any:
    """Rename or move a category, or let it be made at another station"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        category = find(Category, category_id, lock=True)
        require_match(category)
        actions.change_category(category, body)
        session.flush()
        return _shown_categories([category])[0], 200, etag(category.version)


@blueprint.route("/products")
@allow("cashier")
@blueprint.arguments(schemas.ProductPage, location="query")
@blueprint.response(200, schemas.ProductList)
def list_products(wanted: dict[str, Any]) -> Any:
    """The products, newest first; filters narrow the list"""
    paging = {name: wanted.pop(name) for name in ("limit", "after") if name in wanted}
    with transaction(caller().store.id):
        found = page(rows_of(Product).filter_by(**wanted), Product, **paging)
        shown = [_shown_product(product) for product in found["data"]]
        return found | {"data": shown, "catalog_version": catalog_version()}


@blueprint.route("/products", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.ProductNew)
@blueprint.response(201, schemas.ProductOut)
def create_product(body: dict[str, Any]) -> Any:
    """Add a product"""
    with transaction(caller().store.id, actor=caller().actor):
        product = actions.create_product(body)
        return _shown_product(product), 201, _product_tag(product)


@blueprint.route("/products/<uuid:product_id>")
@allow("cashier")
@blueprint.response(200, schemas.ProductOut)
def read_product(product_id: UUID) -> Any:
    """One product"""
    with transaction(caller().store.id):
        product = find(Product, product_id)
        return _shown_product(product), 200, _product_tag(product)


@blueprint.route("/products/<uuid:product_id>", methods=["PATCH"])
@allow("manager")
@if_match
@blueprint.arguments(schemas.ProductChange)
@blueprint.response(200, schemas.ProductOut)
def change_product(body: dict[str, Any], product_id: UUID) -> Any:
    """Change a product; orders that were placed keep what they were sold at"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        product = find(Product, product_id, lock=True)
        require_match(product, state=product.stock_quantity if "stock_quantity" in body else None)
        actions.change_product(product, body)
        session.flush()
        return _shown_product(product), 200, _product_tag(product)


@blueprint.route("/products/export")
@allow("manager")
@blueprint.response(200, {"type": "string"}, content_type=MEDIA_TYPE)
def export_products() -> Any:
    """The whole catalogue as CSV, as it can be read in again"""
    with transaction(caller().store.id):
        text = "".join(sheet_actions.whole_sheet(caller().store.currency))
    headers = {"Content-Disposition": "attachment; filename=products.csv", "Cache-Control": "private, no-store"}
    return Response(text, mimetype=MEDIA_TYPE, headers=headers)


@blueprint.route("/products/import", methods=["POST"])
@takes_up_to(schemas.MAX_SHEET)
@allow("manager")
@blueprint.arguments(schemas.SheetIn)
@blueprint.response(200, schemas.SheetOut)
def import_products(body: dict[str, Any]) -> Any:
    """Change the catalogue by a sheet (CSV): first as a preview, then, with its digest and `dry_run: false`, all at once"""
    currency = caller().store.currency
    read = aside.compute(sheet.read, body["csv"], currency)
    with transaction(caller().store.id, actor=caller().actor):
        if body["dry_run"]:
            plan = sheet_actions.preview(read, currency)
        else:
            plan = sheet_actions.carry_out(read, currency, body.get("digest"))
    return answer(_shown_plan(plan) | {"is_carried_out": not body["dry_run"]})


@blueprint.route("/products/<uuid:product_id>/image", methods=["PUT"])
@takes_up_to(MAX_BYTES + _FORM_BYTES)
@allow("manager")
@blueprint.doc(requestBody=_IMAGE)
@blueprint.response(200, schemas.ProductOut)
def put_image(product_id: UUID) -> Any:
    """Show a product: a PNG, JPEG or WebP, as the field `image` of a form, or as the body itself"""
    picture = aside.compute(pictures.small, _sent_image())
    with transaction(caller().store.id, actor=caller().actor) as session:
        product = find(Product, product_id, lock=True)
        images.keep(product, picture)
        session.flush()
        return _shown_product(product), 200, _product_tag(product)


@blueprint.route("/products/<uuid:product_id>/image", methods=["DELETE"])
@allow("manager")
@blueprint.response(204)
def delete_image(product_id: UUID) -> Any:
    """Show a product without a picture again"""
    with transaction(caller().store.id, actor=caller().actor):
        images.forget(find(Product, product_id, lock=True))


@blueprint.route("/coupons")
@allow("cashier")
@blueprint.arguments(schemas.CouponPage, location="query")
@blueprint.response(200, schemas.CouponList)
def list_coupons(wanted: dict[str, Any]) -> Any:
    """The coupons, newest first"""
    paging = {name: wanted.pop(name) for name in ("limit", "after") if name in wanted}
    if "code" in wanted:
        wanted["code"] = normalised(wanted["code"])
    with transaction(caller().store.id):
        return page(rows_of(Coupon).filter_by(**wanted), Coupon, **paging)


@blueprint.route("/coupons", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.CouponNew)
@blueprint.response(201, schemas.CouponOut)
def create_coupon(body: dict[str, Any]) -> Any:
    """Add a coupon: a percentage or an amount off the order, with dates and a limit if wanted"""
    with transaction(caller().store.id, actor=caller().actor):
        coupon = actions.create_coupon(body)
        return coupon, 201, etag(coupon.version)


@blueprint.route("/coupons/<uuid:coupon_id>")
@allow("cashier")
@blueprint.response(200, schemas.CouponOut)
def read_coupon(coupon_id: UUID) -> Any:
    """One coupon, and how often it was used"""
    with transaction(caller().store.id):
        coupon = find(Coupon, coupon_id)
        return coupon, 200, etag(coupon.version)


@blueprint.route("/coupons/<uuid:coupon_id>", methods=["PATCH"])
@allow("manager")
@if_match
@blueprint.arguments(schemas.CouponChange)
@blueprint.response(200, schemas.CouponOut)
def change_coupon(body: dict[str, Any], coupon_id: UUID) -> Any:
    """Change dates, limit or status; orders that hold it keep what it gave them"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        coupon = find(Coupon, coupon_id, lock=True)
        require_match(coupon)
        actions.change_coupon(coupon, body)
        session.flush()
        return coupon, 200, etag(coupon.version)


def _shown_plan(plan: Plan) -> dict[str, Any]:
    counts = {outcome: plan.count(outcome) for outcome in ("created", "changed", "unchanged")}
    lines = [{name: getattr(step, name) for name in ("line", "sku", "outcome", "changes")} for step in plan.steps]
    faults = [vars(fault) for fault in plan.faults]
    return {"digest": plan.digest, **counts, "new_categories": plan.new_categories, "lines": lines, "errors": faults}


def _sent_image() -> bytes:
    """What is in the bytes says what it is, not what they are called."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get("image")
        sent = file.read() if file else b""
    else:
        sent = request.get_data()
    if len(sent) > MAX_BYTES:
        raise RequestEntityTooLarge(f"A picture has {MAX_BYTES // 1024**2} MB at most.")
    return sent


def _product_tag(product: Product) -> dict[str, str]:
    """Version and stock: who sets the stock must have seen what was sold meanwhile."""
    return etag(f"{product.version}.{product.stock_quantity}")


def _shown_categories(categories: list[Category]) -> list[dict[str, Any]]:
    counts = actions.product_counts([category.id for category in categories])
    return [
        {name: getattr(category, name) for name in ("id", "name", "parent_id", "station_id", "version")}
        | {"product_count": counts.get(category.id, 0)}
        for category in categories
    ]


def _shown_product(product: Product) -> dict[str, Any]:
    columns = {name: getattr(product, name) for name in schemas.ProductOut().fields if name != "stock_status"}
    return columns | {"stock_status": stock_status(product.stock_quantity)}
