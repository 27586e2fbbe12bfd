"""What is kept of audits: each with what it found, as long as the books are."""

from typing import Any, ClassVar

from sqlalchemy.orm import Mapped

from pos.db import StoreRow, check


class AuditRun(StoreRow):
    """One audit of a store. `violations` holds proof, rule and row (ids and amounts) of what it found, up to a limit;
    `violation_count` is how many there were."""

    __tablename__ = "audit_runs"
    __table_args__ = (check("counts", "rule_count > 0 AND violation_count >= 0"),)
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    rule_count: Mapped[int]
    violation_count: Mapped[int]
    violations: Mapped[list[Any]]
    actor: Mapped[str]
