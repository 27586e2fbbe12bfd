"""The web shop: how it stands, its runs and what differed, what could not be taken in, and the connection."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from pos import clock
from pos.catalog.models import KINDS
from pos.config import Settings
from pos.db import db, find, rows_of, transaction
from pos.http.access import allow, caller
from pos.stores.models import Location
from pos.web.office import tables
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.tables import Table
from pos.web.office.web_shop import lists, queries, words
from pos.woocommerce import actions
from pos.woocommerce.models import SyncLog, WebShop
from pos.woocommerce.routes import webhook_url

blueprint = area("web_shop", __name__)
_KIND_TITLES = {"food": "Food or drink", "merch": "Merchandise"}
# Whoever is at a run reports more often than that (woocommerce/actions.LEASE).
_LOST_AFTER = 2 * actions.LEASE


@blueprint.get("/web-shop")
@allow("manager")
def index() -> str:
    """How it stands; while a run is at work, its part of the page asks for itself. Without a shop, what one brings and how it is connected."""
    with transaction(caller().store.id):
        row = db.session.scalar(rows_of(WebShop))
        if row is None:
            return shown("web_shop/connect.html", **_connecting(None))
        left_out, remarks = queries.open_problems()
        latest = actions.latest()
        facts: dict[str, Any] = {"web_shop": row, "latest": latest, "left_out": left_out, "remarks": remarks}
        return shown("web_shop/index.html", **facts, **_run_facts(latest))


@blueprint.get("/web-shop/connection")
@allow("manager")
def connection() -> str:
    """The connection: address and keys, webhooks step by step, and the way to part from it."""
    with transaction(caller().store.id):
        row = db.session.scalar(rows_of(WebShop))
        template = "web_shop/connection.html" if row else "web_shop/connect.html"
        return shown(template, **_connecting(row))


@blueprint.get("/web-shop/runs")
@allow("manager")
def runs() -> str:
    """All runs, the latest first."""
    asked = tables.Asked.of(lists.RUNS, request.args)
    with transaction(caller().store.id):
        return shown("web_shop/runs.html", found=tables.found(lists.RUNS, asked, writing()))


@blueprint.get("/web-shop/runs.csv")
@allow("manager")
def export_runs() -> Response:
    """The same as CSV, all of them."""
    return as_file(lists.RUNS)


@blueprint.get("/web-shop/runs/<uuid:log_id>")
@allow("manager")
def run(log_id: UUID) -> str:
    """One run: what was read, what both sides come to, and what differed."""
    table = lists.differing_in(log_id)
    asked = tables.Asked.of(table, request.args)
    with transaction(caller().store.id):
        log = find(SyncLog, log_id)
        found = tables.found(table, asked, writing())
        told = {"figures": words.figures(log.report), "totals": words.totals(log.report, writing())}
        facts = {"log": log, "found": found, "type": words.TYPES[log.sync_type], **told}
        return shown("web_shop/run.html", **facts, **_run_facts(log))


@blueprint.get("/web-shop/runs/<uuid:log_id>/rows.csv")
@allow("manager")
def export_rows(log_id: UUID) -> Response:
    """The rows that differed, as CSV."""
    with transaction(caller().store.id):
        find(SyncLog, log_id)
    return as_file(lists.differing_in(log_id))


@blueprint.get("/web-shop/problems")
@allow("manager")
def problems() -> str:
    """What is left out, or was taken in with a remark."""
    return _problems(lists.OPEN)


@blueprint.get("/web-shop/problems/settled")
@allow("manager")
def settled_problems() -> str:
    """What was in the way once, and is not any more."""
    return _problems(lists.SETTLED)


@blueprint.get("/web-shop/problems.csv")
@allow("manager")
def export_problems() -> Response:
    """What is open, as CSV."""
    return as_file(lists.OPEN)


@blueprint.get("/web-shop/problems/settled.csv")
@allow("manager")
def export_settled() -> Response:
    """What is settled, as CSV."""
    return as_file(lists.SETTLED)


def _problems(table: Table) -> str:
    asked = tables.Asked.of(table, request.args)
    with transaction(caller().store.id):
        found = tables.found(table, asked, writing())
        return shown("web_shop/problems.html", found=found, is_settled=table is lists.SETTLED)


def _run_facts(log: SyncLog | None) -> dict[str, Any]:
    """How far a run is that is at work, and whether anybody is at it."""
    is_running = log is not None and log.status == "running"
    if log is None or not is_running:
        return {"is_running": False, "types": words.TYPES}
    is_lost = log.lease_until is not None and log.lease_until < clock.now() - _LOST_AFTER
    return {"is_running": True, "is_lost": is_lost, "reached": words.reached(log, writing()), "types": words.TYPES}


def _connecting(row: WebShop | None) -> dict[str, Any]:
    """What the form of a connection needs; in development also the shop that is built in."""
    settings: Settings = current_app.config["SETTINGS"]
    places = db.session.scalars(rows_of(Location).order_by(Location.created_at, Location.id)).all()
    facts: dict[str, Any] = {"web_shop": row, "webhook_url": webhook_url(), "own": settings.web_shop}
    kinds = [(kind, _KIND_TITLES[kind]) for kind in KINDS]
    return facts | {"locations": [(place.id, place.name) for place in places], "kinds": kinds}
