"""The table of campaigns."""

from pos.messaging.models import CAMPAIGN_STATUSES, SENT
from pos.web.office.tables import Column, Filter, Table

_LEFT = f"m.status IN {SENT} OR m.status = 'failed' AND m.provider_sid IS NOT NULL"

CAMPAIGNS = Table(
    name="campaigns",
    columns=(
        Column("id", "", "k.id"),
        Column("name", "Campaign", "k.name", link=("office.messages.campaigns.one", {"campaign_id": "id"})),
        Column("status", "Status", "k.status", "badge"),
        Column("begins", "Begins, began", "coalesce(k.started_at, k.scheduled_at)", "moment"),
        Column("written", "Customers", "r.written", "number"),
        Column("left_us", "Sent", "r.left_us", "number"),
        Column("delivered", "Delivered", "r.delivered", "number"),
        Column("failed", "Failed", "r.failed", "number"),
        Column("created_at", "Written", "k.created_at", "moment"),
    ),
    source=f"""
      FROM campaigns k CROSS JOIN LATERAL (
           SELECT count(*) AS written, count(*) FILTER (WHERE {_LEFT}) AS left_us,
                  count(*) FILTER (WHERE m.status = 'delivered') AS delivered,
                  count(*) FILTER (WHERE m.status IN ('undelivered', 'failed')) AS failed
             FROM messages m WHERE m.store_id = k.store_id AND m.campaign_id = k.id) r
     WHERE k.store_id = :store""",
    key="k.id",
    order="-created_at",
    filters=(Filter("status", "Status", "k.status = :status", [(each, each) for each in CAMPAIGN_STATUSES]),),
)
