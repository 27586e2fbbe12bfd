"""The last audit of all stores, for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pos.db import db, transaction

_LAST = text("""
    SELECT coalesce(sum(audit_violation_count), 0), coalesce(extract(epoch FROM now() - min(audited_at)), -1)
      FROM stores WHERE is_active
""")


class AuditCollector:
    """Two gauges that are read when they are asked for; silent while the database is away."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Registering would else collect once for nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with transaction(None):
                violations, age = db.session.execute(_LAST).one()
        except SQLAlchemyError:
            return
        yield GaugeMetricFamily(
            "tappass_audit_violations", "Violations found by the last audits", value=int(violations)
        )
        yield GaugeMetricFamily(
            "tappass_audit_age_seconds", "Since the oldest last audit; -1: none yet", value=float(age)
        )
