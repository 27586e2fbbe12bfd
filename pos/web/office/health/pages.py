"""Whether all is well behind the counter: the audit, jobs, webhooks, what is stuck; and the log of who did what."""

from typing import Any

from flask import Response, current_app, request

from pos import clock
from pos.audit.models import AuditRun
from pos.backup.metrics import LONGEST_AGE, age_of_last
from pos.config import Settings
from pos.db import db, rows_of, transaction
from pos.http.access import allow, caller
from pos.upkeep import queries as upkeep
from pos.upkeep.routes import AUDIT
from pos.web.office import tables
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.health import log as log_table
from pos.web.office.health import queries
from pos.web.office.things import ids_in, names_of

blueprint = area("health", __name__)
RUNS_SHOWN = 5


@blueprint.get("/health")
@allow("manager")
def index() -> str:
    """How everything stands; while an audit is under way, its part of the page asks for itself."""
    now = clock.now()
    with transaction(caller().store.id):
        jobs = upkeep.jobs()
        runs = list(db.session.scalars(rows_of(AuditRun).order_by(AuditRun.id.desc()).limit(RUNS_SHOWN)))
        names = names_of(set(ids_in(runs[0].violations))) if runs else {}
        facts: dict[str, Any] = {"standing": queries.standing(now), "hanging": queries.hanging()}
        is_auditing = any(job["task"] == AUDIT and job["status"] != "failed" for job in jobs)
        facts |= {"jobs": jobs, "runs": runs, "names": names, "is_auditing": is_auditing, "now": now}
        return shown("health/index.html", **facts, backup=_backup(), titles=JOBS)


@blueprint.get("/health/log")
@allow("manager")
def log() -> str:
    """Who did what, newest first."""
    with transaction(caller().store.id):
        table = log_table.table(queries.people(), queries.actions())
        found = tables.found(table, tables.Asked.of(table, request.args), writing())
        return shown("health/log.html", found=found)


@blueprint.get("/health/log.csv")
@allow("manager")
def export() -> Response:
    """The same as CSV, all of it."""
    with transaction(caller().store.id):
        table = log_table.table(queries.people(), queries.actions())
    return as_file(table)


def _backup() -> dict[str, Any]:
    """How old the last backup is, as far as this server knows."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.backup_dir is None:
        return {"is_made_here": False}
    try:
        age = age_of_last(settings)
    except OSError:
        age = None
    hours = None if age is None else round(age.total_seconds() / 3600)
    return {"is_made_here": True, "hours": hours, "is_fine": age is not None and age <= LONGEST_AGE}


JOBS = {
    "audit.one_store": "Prove the books",
    "checkout.make_link": "Make a payment link",
    "checkout.close_link": "Close a payment link",
    "checkout.send_refund": "Give money back",
    "checkout.reconcile_one_store": "Compare the books with Stripe",
    "customers.index": "Find customers by their words",
    "housekeeping.one_store": "Tidy up",
    "loyalty.sweep": "Let points expire and codes go back",
    "messaging.deliver": "Send texts",
    "messaging.send_campaign": "Write a campaign's texts",
    "messaging.settle_one_store": "Look for texts at Twilio",
    "woocommerce.run": "Read the web shop",
    "woocommerce.look": "Read one record of the web shop anew",
}
