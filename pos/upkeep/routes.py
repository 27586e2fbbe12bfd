"""JSON of what managers see and do about the work behind the counter."""

from typing import Any

from pos import audit_log
from pos.audit.models import AuditRun
from pos.db import rows_of, transaction
from pos.errors import NotFound
from pos.http.access import allow, caller
from pos.http.api import Blueprint
from pos.http.paging import page
from pos.http.schemas import Page
from pos.jobs import enqueue
from pos.upkeep import queries, schemas

AUDIT, PAYMENTS, MESSAGES = "audit.one_store", "checkout.reconcile_one_store", "messaging.settle_one_store"

blueprint = Blueprint("upkeep", __name__, description="The work behind the counter: audits, jobs, what hangs")


@blueprint.route("/audits")
@allow("manager")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.AuditList)
def list_audits(wanted: dict[str, Any]) -> Any:
    """What each audit of the books found, newest first"""
    with transaction(caller().store.id):
        return page(rows_of(AuditRun), AuditRun, **wanted)


@blueprint.route("/audits", methods=["POST"])
@allow("manager")
@blueprint.response(202, schemas.UnderWay)
def start_audit() -> Any:
    """Prove the books now: the worker does it, and GET /audits shows what it found. One that is under way already is not begun twice"""
    return _begin(AUDIT, "audit.start")


@blueprint.route("/jobs")
@allow("manager")
@blueprint.response(200, schemas.JobList)
def list_jobs() -> Any:
    """The store's jobs that have failed, wait or are in hand: 200 at most, the failed ones first"""
    with transaction(caller().store.id):
        return {"data": queries.jobs()}


@blueprint.route("/jobs/<int:job_id>/retry", methods=["POST"])
@allow("manager")
@blueprint.response(202, schemas.UnderWay)
def retry_job(job_id: int) -> Any:
    """Try a failed job once more. What has not failed, or is another store's, is not there"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        task = queries.failed_task(job_id)
        if task is None or not queries.retry(job_id):
            raise NotFound(what="failed job")
        audit_log.record("job.retry", f"jobs:{job_id}", after={"task": task})
        return {"task": task}


@blueprint.route("/upkeep/stripe", methods=["POST"])
@allow("manager")
@blueprint.response(202, schemas.UnderWay)
def mend_payments() -> Any:
    """Ask Stripe now about every link, payment and refund that is open, and do what was left undone; nothing is done twice"""
    return _begin(PAYMENTS, "payments.reconcile")


@blueprint.route("/upkeep/texts", methods=["POST"])
@allow("manager")
@blueprint.response(202, schemas.UnderWay)
def mend_messages() -> Any:
    """Look now for texts of which nobody knows whether they left, and send what is due; nothing is sent twice"""
    return _begin(MESSAGES, "messages.settle")


def _begin(task: str, act: str) -> dict[str, str]:
    """Has the worker do it, once: who presses twice has one job."""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        if not queries.is_under_way(task):
            enqueue(task, store_id=who.store.id)
            audit_log.record(act, f"stores:{who.store.id}")
    return {"task": task}
