"""What is kept for a person to look at."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from pos.audit_log import personal
from pos.db import StoreRow, check, index, one_of

KINDS = (
    "price_drift", "clock_skew", "unknown_item", "stock_below_zero", "unapproved_discount", "coupon_drift", "total_drift",
    "tender_drift", "consent_refused", "late_payment", "double_payment", "payment_mismatch", "refund_failed", "dispute",
    "link_failed", "link_expired", "sms_alarm", "sms_budget", "sms_unclear", "shared_phone", "unusable_phone",
    "unknown_user", "refused_sale", "web_shop",
)  # fmt: skip

_REFUSED = "kind = 'refused_sale' AND resolved_at IS NULL"


class AttentionItem(StoreRow):
    """Something out of the ordinary. `subject` names the row it is about (orders:…), `detail` holds its figures."""

    __tablename__ = "attention_items"
    __table_args__ = (
        index("ix_attention_items_open", "id", postgresql_where=text("resolved_at IS NULL")),
        index("ix_attention_items_subject", "subject"),
        # One for each sale that a tablet could not get booked, while nobody has settled it.
        index("uq_attention_items_refused_sale", "subject", unique=True, postgresql_where=text(_REFUSED)),
        one_of("kind", KINDS),
        check("resolved", "(resolved_at IS NULL) = (resolved_by IS NULL)"),
    )
    audited: ClassVar[bool] = True

    kind: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict, info=personal())
    resolution: Mapped[str | None] = mapped_column(info=personal())
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
