"""The query parameters that WooCommerce documents for what is read here, with their types, choices, bounds and defaults.

From the documentation of REST API v3 (woocommerce.github.io/woocommerce-rest-api-docs); `modified_after`, `modified_before`,
`dates_are_gmt` and the order `modified` are documented for products, and taken by all lists of posts since WooCommerce 5.8.
What is not in these tables is refused here, though a real shop passes over it: so each request is held to the documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

MAX_PER_PAGE = 100


@dataclass(frozen=True)
class Parameter:
    """`kind` is integer, boolean, string, date, amount, numbers (a list of ids), or words (a list of choices). One that is not
    `served` is documented, and the stand-in would not do what it asks for."""

    kind: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    default: Any = None
    is_served: bool = True


_TEXT, _IDS, _DATE, _FLAG, _NUMBER = (
    Parameter("string"), Parameter("numbers"), Parameter("date"), Parameter("boolean"), Parameter("integer"),
)  # fmt: skip
_ORDERS = ("date", "modified", "id", "include", "title", "slug")
_STATUSES_OF_PRODUCTS = ("future", "trash", "draft", "pending", "private", "publish")
_TYPES = ("simple", "grouped", "external", "variable")


def _unserved(parameter: Parameter) -> Parameter:
    return replace(parameter, is_served=False)


_CONTEXT = {"context": Parameter("string", ("view", "edit"), default="view", is_served=True)}
_PAGES = {
    "page": Parameter("integer", least=1, default=1),
    "per_page": Parameter("integer", least=1, most=MAX_PER_PAGE, default=10),
    "include": _IDS,
    "exclude": _IDS,
    "search": _unserved(_TEXT),
}


def _sorted(orders: tuple[str, ...], orderby: str, order: str) -> dict[str, Parameter]:
    return {
        "order": Parameter("string", ("asc", "desc"), default=order),
        "orderby": Parameter("string", orders, default=orderby),
    }


_POSTS = {
    **_CONTEXT,
    **_PAGES,
    **_sorted(_ORDERS, "date", "desc"),
    "offset": Parameter("integer", least=0),
    "after": _DATE,
    "before": _DATE,
    "modified_after": _DATE,
    "modified_before": _DATE,
    "dates_are_gmt": replace(_FLAG, default=False),
}
_PARENTS = {"parent": _IDS, "parent_exclude": _IDS}
_DECIMALS = {"dp": _unserved(replace(_NUMBER, least=0))}
_FOR_SALE = {
    "slug": _TEXT,
    "status": Parameter("string", ("any", *_STATUSES_OF_PRODUCTS), default="any"),
    "include_status": _unserved(Parameter("words", ("any", *_STATUSES_OF_PRODUCTS))),
    "exclude_status": _unserved(Parameter("words", _STATUSES_OF_PRODUCTS)),
    "sku": _TEXT,
    "tax_class": _TEXT,
    "on_sale": _FLAG,
    "min_price": Parameter("amount"),
    "max_price": Parameter("amount"),
    "stock_status": Parameter("string", ("instock", "outofstock", "onbackorder")),
    "virtual": _FLAG,
    "downloadable": _FLAG,
}
_PRODUCTS = {
    **_POSTS,
    **_PARENTS,
    **_FOR_SALE,
    **_sorted((*_ORDERS, "price", "popularity", "rating", "menu_order"), "date", "desc"),
    "search_fields": _unserved(
        Parameter("words", ("name", "sku", "global_unique_id", "description", "short_description"))
    ),
    "type": Parameter("string", _TYPES),
    "include_types": _unserved(Parameter("words", _TYPES)),
    "exclude_types": _unserved(Parameter("words", _TYPES)),
    "featured": _FLAG,
    "category": _TEXT,
    "tag": _unserved(_TEXT),
    "shipping_class": _unserved(_TEXT),
    "attribute": _unserved(_TEXT),
    "attribute_term": _unserved(_TEXT),
}
_ORDER_STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash")
_ROLES = ("administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")

# What may be asked where; a path has {} for each number in it.
DOCUMENTED: Mapping[str, Mapping[str, Parameter]] = {
    "": _CONTEXT,
    "products/categories": {
        **_CONTEXT,
        **_PAGES,
        **_sorted(("id", "include", "name", "slug", "term_group", "description", "count"), "name", "asc"),
        "hide_empty": replace(_FLAG, default=False),
        "parent": _NUMBER,
        "product": _unserved(_NUMBER),
        "slug": _TEXT,
    },
    "products/categories/{}": _CONTEXT,
    "products": _PRODUCTS,
    "products/{}": _CONTEXT,
    "products/{}/variations": {**_POSTS, **_PARENTS, **_FOR_SALE},
    "products/{}/variations/{}": _CONTEXT,
    "customers": {
        **_CONTEXT,
        **_PAGES,
        **_sorted(("id", "include", "name", "registered_date"), "name", "asc"),
        "offset": Parameter("integer", least=0),
        "email": _TEXT,
        "role": Parameter("string", ("all", *_ROLES), default="customer"),
    },
    "customers/{}": _CONTEXT,
    "coupons": {**_POSTS, "code": _TEXT},
    "coupons/{}": _CONTEXT,
    "orders": {
        **_POSTS,
        **_PARENTS,
        **_DECIMALS,
        "status": Parameter("words", ("any", *_ORDER_STATUSES), default=("any",)),
        "customer": _NUMBER,
        "product": _NUMBER,
    },
    "orders/{}": {**_CONTEXT, **_DECIMALS},
    "orders/{}/refunds": {**_POSTS, **_PARENTS, **_DECIMALS},
    "orders/{}/refunds/{}": {**_CONTEXT, **_DECIMALS},
    "system_status": _CONTEXT,
    "settings/{word}": _CONTEXT,
    "data/currencies/current": _CONTEXT,
}
