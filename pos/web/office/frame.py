"""What all pages of the office have in common: who may open them, what stands around them, and refusals as pages.

Pages only read. What they change goes through the API, as for every other client, with the session of who is signed in
(static/office/forms.js sends the forms), so an act has one way in, and one set of rules.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from pos.db import glance, is_in_transaction
from pos.errors import Unreadable
from pos.http.access import Caller, allow, caller
from pos.statements import Statement
from pos.web.office.tables import link_of
from pos.web.office.writing import Writing, percent

PREFIX = "/office"
# htmx asks for a part of a page; a redirect would be followed into that part.
_PART = "HX-Request"
_OPEN = Statement("SELECT count(*) FROM attention_items WHERE store_id = :store AND resolved_at IS NULL")

blueprint = Blueprint("office", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Place:
    """An entry of the menu, for this role and the higher ones."""

    endpoint: str
    title: str
    role: str


MENU = (
    Place("office.home.index", "Today", "cashier"),
    Place("office.orders.index", "Orders", "cashier"),
    Place("office.kitchen.index", "Kitchen", "manager"),
    Place("office.shifts.index", "Shifts", "manager"),
    Place("office.reports.sales", "Reports", "manager"),
    Place("office.charts.index", "Charts", "manager"),
    Place("office.customers.index", "Customers", "cashier"),
    Place("office.messages.index", "Messages", "manager"),
    Place("office.loyalty.index", "TapPass", "manager"),
    Place("office.catalog.index", "Catalogue", "manager"),
    Place("office.web_shop.index", "Web shop", "manager"),
    Place("office.health.index", "Health", "manager"),
    Place("office.settings.index", "Settings", "manager"),
)


@blueprint.app_template_filter("zip_with")
def zip_with(values: Iterable[Any], titles: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Values with their titles, as a select takes them."""
    return list(zip(values, titles, strict=True))


def area(name: str, import_name: str) -> Blueprint:
    """The blueprint of one part of the office; its folder is below this one."""
    return Blueprint(name, import_name)


def shown(template: str, **facts: Any) -> str:
    """A page for who is signed in."""
    who = caller()
    return render_template(
        f"office/{template}",
        me=who,
        say=writing(),
        menu=[place for place in MENU if who.reaches(place.role)],
        here=request.blueprint,
        csrf_token=generate_csrf(),
        open_items=_open_items(who),
        link_of=link_of,
        percent=percent,
        **facts,
    )


def is_part() -> bool:
    """Whether htmx asks for a part of a page that is shown already."""
    return _PART in request.headers


def writing() -> Writing:
    """How amounts and instants are written in the store of who is signed in."""
    store = caller().store
    return Writing(store.currency, store.timezone, store.country)


def _open_items(who: Caller) -> int:
    """How much waits for a person; only for who may look at it. In the transaction in which a page is written, or a glance."""
    if not who.reaches("manager"):
        return 0
    with nullcontext() if is_in_transaction() else glance(who.store.id):
        row = _OPEN.first()
    return row[0] if row else 0


@blueprint.before_request
def _require_readable() -> None:
    """No database takes the sign NUL, and nobody types it. Raises Unreadable."""
    for where, typed in (("address", request.args), ("form", request.form)):
        if any("\0" in text for texts in typed.listvalues() for text in texts):
            raise Unreadable(reason=f"The {where} holds a sign that is no text. Type it again.")


@blueprint.get("/<path:nothing>")
@allow("cashier")
def nowhere(nothing: str) -> AnyResponse:
    """What is not there, for who is signed in: the same page as for a row that is not there."""
    return _refusal(404, "Not found", "There is no such page in the office.")


@blueprint.after_app_request
def as_page(response: Response) -> AnyResponse:
    """Refusals as pages, and nothing of the office kept by a browser or a proxy."""
    if not _is_office():
        return response
    response.headers["Cache-Control"] = "no-store"
    if response.mimetype != "application/problem+json":
        return response
    told = response.get_json()
    if response.status_code == 401:
        return _to_sign_in()
    page = _refusal(response.status_code, told["title"], told["detail"])
    page.headers.extend({name: value for name, value in response.headers if name in ("Retry-After", "X-Request-Id")})
    page.headers["Cache-Control"] = "no-store"
    return page


def _is_office() -> bool:
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def _to_sign_in() -> AnyResponse:
    """To the page that leads back here. Who asked for a part of a page gets the whole sign-in instead."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("office.sign_in.ask", next=back)
    if request.headers.get(_PART):
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _refusal(status: int, title: str, advice: str) -> Response:
    who = g.get("caller")
    page = render_template("office/refused.html", title=title, advice=advice, status=status, is_known=who is not None)
    return Response(page, status, mimetype="text/html")
