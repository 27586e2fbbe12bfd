"""Runs every proof over a store and keeps how it went."""

from datetime import datetime
from typing import Any

from pos.analytics.rollups.proofs import PROOFS as ROLLUPS
from pos.audit.models import AuditRun
from pos.care.erasure_proofs import PROOFS as ERASURE
from pos.care.proofs import PROOFS as CARE
from pos.catalog.proofs import PROOFS as CATALOG
from pos.customers.proofs import PROOFS as CUSTOMERS
from pos.db import current_actor, current_store, db
from pos.kitchen.proofs import PROOFS as KITCHEN
from pos.legacy.proofs import PROOFS as LEGACY
from pos.loyalty.proofs import PROOFS as LOYALTY
from pos.messaging.proofs import PROOFS as MESSAGING
from pos.orders.proofs import PROOFS as ORDERS
from pos.payments.proofs import PROOFS as PAYMENTS
from pos.proofs import Proof, Violation, run, tenancy
from pos.shifts.proofs import PROOFS as SHIFTS
from pos.statements import take_time
from pos.stores.models import Store
from pos.woocommerce.proofs import PROOFS as WOOCOMMERCE

# Whoever mends the books mends what these show, and runs the audit again.
MOST_KEPT = 200
# Of one proof, over books of many years.
LONGEST_MINUTES = 30


def all_proofs() -> list[Proof]:
    return [
        *ORDERS,
        *KITCHEN,
        *PAYMENTS,
        *SHIFTS,
        *LOYALTY,
        *MESSAGING,
        *CUSTOMERS,
        *ERASURE,
        *CARE,
        *CATALOG,
        *LEGACY,
        *WOOCOMMERCE,
        *ROLLUPS,
        *tenancy(),
    ]


def audit_store(now: datetime) -> list[Violation]:
    """The violations of the current store, each proof one statement; a row of its own keeps them, the store's when and how many."""
    take_time(LONGEST_MINUTES)
    proofs = all_proofs()
    violations = run(proofs)
    db.session.execute(
        db.update(Store)
        .where(Store.id == current_store())
        .values(audited_at=now, audit_violation_count=len(violations))
    )
    kept = [_kept(violation) for violation in violations[:MOST_KEPT]]
    counts = {"rule_count": len(proofs), "violation_count": len(violations)}
    db.session.add(AuditRun(violations=kept, actor=current_actor(), **counts))
    return violations


def _kept(violation: Violation) -> dict[str, Any]:
    row = {name: value if isinstance(value, int | None) else str(value) for name, value in violation.row.items()}
    return {"proof": violation.proof.name, "rule": violation.proof.rule, "row": row}
