"""The kitchen's set-up, and how long things took."""

from flask import Response, request

from pos import clock
from pos.db import transaction
from pos.http.access import allow, caller
from pos.stores.queries import find_store
from pos.web.office import tables
from pos.web.office.catalog.queries import tree
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.kitchen import lists, queries
from pos.web.office.tables import Table

blueprint = area("kitchen", __name__)


@blueprint.get("/kitchen")
@allow("manager")
def index() -> str:
    """Stations, what is made where, and when a ticket is late."""
    who = caller()
    with transaction(who.store.id):
        store, found, shelves, products = find_store(who.store.id), queries.stations(), tree(), queries.products()
    facts = {"stations": found, "shelves": shelves, "products": products, "choices": queries.choices}
    is_cut = len(products) == queries.MOST_PRODUCTS
    return shown("kitchen/index.html", store=store, inherited=queries.inherited(shelves, found), is_cut=is_cut, **facts)


@blueprint.get("/kitchen/times")
@allow("manager")
def times() -> str:
    """How long what was made took, product by product."""
    with transaction(caller().store.id):
        table = _times()
        found = tables.found(table, tables.Asked.of(table, request.args), writing())
    return shown("kitchen/times.html", found=found, days=lists.DAYS)


@blueprint.get("/kitchen/times.csv")
@allow("manager")
def export() -> Response:
    """The same as CSV, all of them, in seconds."""
    with transaction(caller().store.id):
        table = _times()
    return as_file(table)


def _times() -> Table:
    return lists.times_of(queries.places(), queries.choices(queries.stations()), clock.now())
