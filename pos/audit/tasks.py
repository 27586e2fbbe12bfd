"""The nightly audit: one job a store, so that a large one does not hold up the others."""

from uuid import UUID

import structlog

from pos import clock
from pos.audit.actions import audit_store
from pos.db import transaction
from pos.jobs import enqueue, job
from pos.stores.queries import store_ids

log = structlog.get_logger()


@job("audit.every_store", cron="17 3 * * *")
def audit_every_store(timestamp: int) -> None:
    """Enqueues the audit of each store."""
    with transaction(None):
        for store_id in store_ids():
            enqueue("audit.one_store", store_id=store_id)


@job("audit.one_store")
def audit_one_store(store_id: str) -> None:
    """Audits one store; a violation is an error in the log and in the metrics."""
    with transaction(UUID(store_id), actor="audit"):
        violations = audit_store(clock.now())
    for violation in violations:
        log.error(
            "audit_violation", store_id=store_id, proof=violation.proof.name, subject=str(violation.row.get("subject"))
        )
