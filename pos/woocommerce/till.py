"""Where web orders are entered, and how."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pos.woocommerce.found import Found
from pos.woocommerce.records import WebRefund
from pos.woocommerce.wanted import Kept


@dataclass(frozen=True)
class Till:
    """Where web orders are entered, and how. `refunds` are those that were asked for, by number. The shop was asked at `asked_at`.
    Without `is_repairing` it is only looked at what differs."""

    found: Found
    location_id: UUID
    currency: str
    digits: int
    country: str
    kind: str
    now: datetime
    refunds: dict[int, WebRefund]
    is_repairing: bool = True
    asked_at: datetime | None = None

    def is_stale(self, told_at: datetime, known: Kept) -> bool:
        """Whether what was told was overtaken while it was on its way. An instant of the shop alone says nothing: a backup that was put
        back is older than what is known, and may be true."""
        return told_at < known.modified_at and known.updated_at >= (self.asked_at or self.now)
