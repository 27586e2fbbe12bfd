"""Runs every proof over a store and keeps how it went."""

from datetime import datetime

from pos.care.erasure_proofs import PROOFS as ERASURE
from pos.care.proofs import PROOFS as CARE
from pos.catalog.proofs import PROOFS as CATALOG
from pos.customers.proofs import PROOFS as CUSTOMERS
from pos.db import current_store, db
from pos.legacy.proofs import PROOFS as LEGACY
from pos.loyalty.proofs import PROOFS as LOYALTY
from pos.messaging.proofs import PROOFS as MESSAGING
from pos.orders.proofs import PROOFS as ORDERS
from pos.payments.proofs import PROOFS as PAYMENTS
from pos.proofs import Proof, Violation, run, tenancy
from pos.stores.models import Store


def all_proofs() -> list[Proof]:
    return [*ORDERS, *PAYMENTS, *LOYALTY, *MESSAGING, *CUSTOMERS, *ERASURE, *CARE, *CATALOG, *LEGACY, *tenancy()]


def audit_store(now: datetime) -> list[Violation]:
    """The violations of the current store, each proof one statement; the store's row keeps when and how many."""
    violations = run(all_proofs())
    db.session.execute(
        db.update(Store)
        .where(Store.id == current_store())
        .values(audited_at=now, audit_violation_count=len(violations))
    )
    return violations
