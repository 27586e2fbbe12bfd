"""What is kept of a chart: the question, the picture, the answer as it was last, and what has changed since it was saved."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pos.audit_log import personal
from pos.db import Edited, StoreRow, check, one_of

MARKS = ("schema_changed", "answer_changed")


class Chart(Edited, StoreRow):
    """A chart of the store's board, which counts its places from 0 without a gap.

    `answer` is what the query gave at `refreshed_at`: columns with their types, and rows. `agreed_shape` and `agreed_views` are the columns
    of the answer, and of each view that the query reads, as they were when somebody saved the chart; what differs from them sets `change_mark`, with `changes` in words. `failure` says why the query gave nothing when it was asked last; the answer before stays.
    """

    __tablename__ = "saved_charts"
    __table_args__ = (
        # Checked at the end of each statement, so that one of them can put all charts in another order.
        UniqueConstraint("store_id", "position_index", deferrable=True),
        check("position_index", "position_index >= 0"),
        one_of("change_mark", MARKS),
        check("answer", "num_nonnulls(answer, refreshed_at) IN (0, 2)"),
        check("changes", "(change_mark IS NULL) = (changes = '[]'::jsonb)"),
    )
    audited: ClassVar[bool] = True
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "UPDATE", "DELETE")

    title: Mapped[str]
    query_text: Mapped[str]
    chart_config: Mapped[dict[str, Any]]
    position_index: Mapped[int]
    answer: Mapped[dict[str, Any] | None] = mapped_column(info=personal())
    refreshed_at: Mapped[datetime | None]
    agreed_shape: Mapped[list[Any] | None]
    agreed_views: Mapped[dict[str, Any] | None]
    change_mark: Mapped[str | None]
    changes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    failure: Mapped[str | None]
