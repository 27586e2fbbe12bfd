"""The table of customers."""

from pos.customers.models import ORIGINS
from pos.loyalty.queries import BRIEFLY
from pos.web.office.tables import Column, Filter, Table, day_begins

CUSTOMERS = Table(
    name="customers",
    columns=(
        Column("id", "", "c.id"),
        Column(
            "name",
            "Name",
            "coalesce(c.name, 'no name yet')",
            is_sortable=True,
            link=("office.customers.one", {"customer_id": "id"}),
        ),
        Column("phone", "Phone", "c.phone"),
        Column("member", "TapPass", f"({BRIEFLY}) ->> 'tappass_id'"),
        Column("order_count", "Orders", "c.order_count", "number", is_sortable=True),
        Column("total_spent", "Spent", "c.total_spent", "money", is_sortable=True),
        Column("last_order_at", "Last order", "c.last_order_at", "moment", is_sortable=True, may_be_empty=True),
        Column("marketing_consent", "Marketing", "c.marketing_consent", "flag"),
        Column("created_at", "Known since", "c.created_at", "moment", is_sortable=True),
    ),
    source="FROM customers c WHERE c.store_id = :store AND c.origin <> 'walk_in' AND c.merged_into_id IS NULL AND c.erased_at IS NULL",
    key="c.id",
    order="-created_at",
    filters=(
        Filter("origin", "Came by", "c.origin = :origin", [(each, each) for each in ORIGINS if each != "walk_in"]),
        Filter("silent", "No order since", "c.last_order_at < :silent", kind="date", read=day_begins),
    ),
)
