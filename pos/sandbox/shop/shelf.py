"""What is on the shop's shelves, and who its customers are, as its API shows them. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pos.sandbox.records import Object
from pos.sandbox.shop.bodies import Person, money, slug
from pos.sandbox.shop.site import Site


@dataclass(frozen=True)
class Goods:
    """A product: its price in cents as the shop shows it, the reduced one if it is on sale, and how many there are if that is counted."""

    name: str
    sku: str
    price: int
    sale_price: int | None = None
    stock: int | None = None
    categories: tuple[int, ...] = ()
    tax_class: str = ""
    description: str = ""
    status: str = "publish"

    @property
    def now(self) -> int:
        return self.price if self.sale_price is None else self.sale_price


def category(site: Site, number: int, name: str, parent: int, count: int) -> Object:
    links = site.links("products/categories", number)
    if parent:
        links["up"] = [{"href": f"{site.api}/products/categories/{parent}"}]
    return {
        "id": number, "name": name, "slug": slug(name), "parent": parent, "description": "", "display": "default",
        "image": None, "menu_order": 0, "count": count, "_links": links,
    }  # fmt: skip


def product(
    site: Site,
    number: int,
    goods: Goods,
    categories: Sequence[Object],
    at: datetime,
    *,
    variations: Sequence[int] = (),
    options: Sequence[str] = (),
) -> Object:
    """A simple product, or a variable one, whose variations have the prices and the stock."""
    is_variable = bool(variations)
    address = f"{site.url}/product/{slug(goods.name)}/"
    return {
        "id": number,
        "name": goods.name,
        "slug": slug(goods.name),
        "permalink": address,
        "type": "variable" if is_variable else "simple",
        "featured": False,
        "catalog_visibility": "visible",
        "description": goods.description and f"<p>{goods.description}</p>\n",
        "short_description": "",
        **_price(site, goods, at),
        "price_html": f'<span class="amount">{money(goods.now)}</span>',
        **({"regular_price": "", "sale_price": ""} if is_variable else {}),
        "total_sales": 0,
        **_stock(None if is_variable else goods.stock),
        "status": goods.status,
        "low_stock_amount": None,
        "sold_individually": False,
        **_things_without_use(),
        "shipping_required": True,
        "shipping_taxable": True,
        "reviews_allowed": True,
        "average_rating": "0.00",
        "rating_count": 0,
        "parent_id": 0,
        "purchase_note": "",
        "categories": [{name: each[name] for name in ("id", "name", "slug")} for each in categories],
        "tags": [],
        "images": [_image(site, number, goods.name, at)],
        "attributes": [_attribute(options)] if is_variable else [],
        "default_attributes": [],
        "variations": list(variations),
        "grouped_products": [],
        "related_ids": [],
        "upsell_ids": [],
        "cross_sell_ids": [],
        "brands": [],
        "has_options": is_variable,
        "_links": site.links("products", number),
    }


def variation(site: Site, number: int, goods: Goods, at: datetime, *, parent: int, option: str) -> Object:
    """One of a product's variations; `name` is the option alone, as WooCommerce has it."""
    links = site.links(f"products/{parent}/variations", number)
    links["up"] = [{"href": f"{site.api}/products/{parent}"}]
    return {
        "id": number,
        "type": "variation",
        "name": option,
        "parent_id": parent,
        "permalink": f"{site.url}/product/{slug(goods.name)}/?attribute_size={slug(option)}",
        "description": "",
        **_price(site, goods, at),
        **_stock(goods.stock),
        "status": goods.status,
        **_things_without_use(),
        "image": None,
        "attributes": [{"id": 0, "name": "Size", "slug": "size", "option": option}],
        "_links": links,
    }


def _price(site: Site, goods: Goods, at: datetime) -> Object:
    is_reduced = goods.sale_price is not None
    return {
        **site.stamps("date_created", at),
        **site.stamps("date_modified", at),
        "sku": goods.sku,
        "global_unique_id": "",
        "price": money(goods.now),
        "regular_price": money(goods.price),
        "sale_price": money(goods.sale_price) if goods.sale_price is not None else "",
        **site.stamps("date_on_sale_from", None),
        **site.stamps("date_on_sale_to", None),
        "on_sale": is_reduced,
        "purchasable": True,
        "tax_status": "taxable",
        "tax_class": goods.tax_class,
    }


def _stock(stock: int | None) -> Object:
    return {
        "manage_stock": stock is not None,
        "stock_quantity": stock,
        "stock_status": "outofstock" if stock is not None and stock <= 0 else "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
    }


def stocked(stock: int | None) -> Object:
    """The fields of a product that say how many there are."""
    return _stock(stock)


def _things_without_use() -> Object:
    return {
        "virtual": False, "downloadable": False, "downloads": [], "download_limit": -1, "download_expiry": -1, "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""}, "shipping_class": "", "shipping_class_id": 0, "menu_order": 0,
        "meta_data": [],
    }  # fmt: skip


def _image(site: Site, number: int, name: str, at: datetime) -> Object:
    source = f"{site.url}/wp-content/uploads/{slug(name)}.jpg"
    return {
        "id": 100_000 + number, **site.stamps("date_created", at), **site.stamps("date_modified", at),
        "src": source, "name": slug(name), "alt": "",
    }  # fmt: skip


def _attribute(options: Sequence[str]) -> Object:
    return {
        "id": 0, "name": "Size", "slug": "size", "position": 0, "visible": True, "variation": True, "options": list(options),
    }  # fmt: skip


def customer(site: Site, person: Person, at: datetime, role: str = "customer") -> Object:
    """A customer with an account."""
    digest = hashlib.md5(person.email.encode(), usedforsecurity=False).hexdigest()
    return {
        "id": person.number,
        **site.stamps("date_created", at),
        **site.stamps("date_modified", at),
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": role,
        "username": person.email.partition("@")[0],
        "billing": person.billing(),
        "shipping": person.shipping() | {"phone": ""},
        "is_paying_customer": False,
        "avatar_url": f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g",
        "meta_data": [],
        "_links": site.links("customers", person.number),
    }


def coupon(site: Site, number: int, code: str, at: datetime, *, kind: str, amount: int, **more: Any) -> Object:
    """A coupon: `amount` is whole percent or cents. `more` are fields of the API's."""
    body: Object = {
        "id": number,
        "code": code,
        "amount": f"{amount}.00" if kind == "percent" else money(amount),
        "status": "publish",
        **site.stamps("date_created", at),
        **site.stamps("date_modified", at),
        "discount_type": kind,
        "description": "",
        **site.stamps("date_expires", None),
        "usage_count": 0,
        "individual_use": False,
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": None,
        "usage_limit_per_user": None,
        "limit_usage_to_x_items": None,
        "free_shipping": False,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": "0.00",
        "maximum_amount": "0.00",
        "email_restrictions": [],
        "used_by": [],
        "meta_data": [],
        "_links": site.links("coupons", number),
    }
    return body | more
