"""How a store stands with its web shop, for `flask doctor`: connected, read when, and what waits for somebody."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pos.statements import Statement

# What has changed is read every ten minutes, unless a run is at work or waits for its next try.
_LATE = timedelta(hours=1)
_STANDING = Statement("""
    SELECT s.slug, w.url, w.last_sync_at, l.status, l.error_message, l.next_retry_at, l.lease_until,
           EXISTS (SELECT FROM attention_items a WHERE a.store_id = :store AND a.kind = 'web_shop' AND a.resolved_at IS NULL AND a.detail ->> 'cause' = 'failed'),
           (SELECT count(*) FROM sync_problems p WHERE p.store_id = :store AND p.resolved_at IS NULL AND p.is_left_out)
      FROM stores s JOIN web_shops w ON w.store_id = s.id
      LEFT JOIN LATERAL (SELECT * FROM sync_logs l WHERE l.store_id = :store ORDER BY l.id DESC LIMIT 1) l ON true
     WHERE s.id = :store
""")


@dataclass
class Standing:
    """What is seen, and what is to be mended."""

    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def standing(now: datetime) -> Standing:
    """Of the open transaction's store; nothing where no shop is connected."""
    found = Standing()
    for slug, url, read_at, status, error, retry_at, lease_until, waits, left_out in _STANDING.rows():
        read = f"last read {read_at:%Y-%m-%d %H:%M} UTC" if read_at else "never read"
        found.seen.append(
            f"{slug} reads {url}, {read}"
            + (f", {left_out} thing(s) left out (the office says why)" if left_out else "")
        )
        if read_at is None and status is None:
            found.seen.append(
                f"`flask --app wsgi sync woocommerce --store {slug} --type full` reads it for the first time"
            )
        if status == "failed" and (waits or retry_at is None):
            again = f"`flask --app wsgi sync woocommerce --store {slug}`"
            found.faults.append(f"{slug}'s sync has failed and waits for somebody: {error} Then {again}")
        elif status == "failed":
            found.seen.append(f"its sync has failed and is tried again at {retry_at:%H:%M} UTC: {error}")
        elif status == "running" and (lease_until is None or lease_until < now - _LATE):
            found.faults.append(f"nobody is at {slug}'s sync any more: does the worker run?")
        elif status == "completed" and read_at and read_at < now - _LATE:
            found.faults.append(f"{slug} was not read for over an hour: does the worker run?")
    return found
