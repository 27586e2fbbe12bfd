"""Where something of the web shop is looked at in the shop itself: pure but for the name of the built-in one."""

from flask import current_app

from pos.config import Settings

_POST = "wp-admin/post.php?post={number}&action=edit"
_PAGES = {
    "orders": _POST,
    "products": _POST,
    "coupons": _POST,
    "customers": "wp-admin/user-edit.php?user_id={number}",
    "categories": "wp-admin/term.php?taxonomy=product_cat&tag_ID={number}",
}


def admin_page(url: str | None, kind: str, number: int) -> str | None:
    """The page of the shop's admin; None while no shop is connected, and for what has no number. The stand-in has one page for all."""
    if url is None or number == 0:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    if url == settings.web_shop.own_url:
        return f"{url}#{kind.removesuffix('s')}-{number}"
    return f"{url}/{_PAGES[kind].format(number=number)}"
