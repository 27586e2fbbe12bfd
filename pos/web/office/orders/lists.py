"""The table of orders."""

from pos import ids, phone
from pos.errors import InvalidPhone
from pos.orders.lifecycle import FULFILLMENT_STATUSES, PAYMENT_STATUSES, STATUSES
from pos.orders.models import ORDER_KINDS
from pos.web.office.tables import Column, Filter, Table, day_begins
from pos.web.office.writing import Writing


def _choices(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value.replace("_", " ")) for value in values]


def _who(typed: str, writing: Writing) -> list[str]:
    """A reference, or a whole phone number."""
    try:
        return [ids.read_reference(typed), phone.parse(typed, writing.country)]
    except InvalidPhone:
        return [ids.read_reference(typed), ""]


ORDERS = Table(
    name="orders",
    columns=(
        Column("id", "", "o.id"),
        Column("customer_id", "", "o.customer_id"),
        Column("reference", "Order", "o.reference", link=("office.orders.one", {"order_id": "id"})),
        Column("placed_at", "Placed", "o.placed_at", "moment", is_sortable=True),
        Column(
            "customer",
            "Customer",
            "CASE WHEN c.origin = 'walk_in' THEN 'Walk-in' ELSE coalesce(c.name, c.phone, 'unknown') END",
            link=("office.customers.one", {"customer_id": "customer_id"}),
        ),
        Column(
            "location",
            "Location",
            "(SELECT l.name FROM locations l WHERE l.store_id = o.store_id AND l.id = o.location_id)",
        ),
        Column("status", "Status", "o.status", "badge"),
        Column("payment_status", "Payment", "o.payment_status", "badge"),
        Column("fulfillment_status", "Making", "o.fulfillment_status", "badge"),
        Column("total", "Total", "o.total", "money", is_sortable=True),
        Column(
            "due",
            "Still due",
            # What was given back is due again in the books, but nobody asks the guest for it.
            "CASE WHEN o.status = 'canceled' THEN 0 ELSE greatest(o.total - o.amount_paid, 0) END",
            "money",
        ),
    ),
    source="FROM orders o JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id WHERE o.store_id = :store",
    key="o.id",
    order="-placed_at",
    filters=(
        Filter(
            "q",
            "Reference or phone",
            # Two searches, each by its index; with OR between them PostgreSQL would read all orders.
            "o.id IN (SELECT r.id FROM orders r WHERE r.store_id = :store AND r.reference = (:q ::text[])[1] UNION ALL "
            "SELECT p.id FROM customers w JOIN orders p ON p.store_id = w.store_id AND p.customer_id = w.id "
            "WHERE w.store_id = :store AND w.phone = (:q ::text[])[2])",
            read=_who,
        ),
        Filter("status", "Status", "o.status = :status", _choices(STATUSES)),
        Filter("payment", "Payment", "o.payment_status = :payment", _choices(PAYMENT_STATUSES)),
        Filter("making", "Making", "o.fulfillment_status = :making", _choices(FULFILLMENT_STATUSES)),
        Filter("kind", "Kind", "o.kind = :kind", _choices(ORDER_KINDS)),
        Filter(
            "web_shop",
            "Sold",
            "o.wc_order_id IS NOT NULL AND :web_shop = 'shop'",
            [("shop", "in the web shop")],
        ),
        Filter("since", "From", "o.placed_at >= :since", kind="date", read=day_begins),
        Filter("until", "To", "o.placed_at < :until ::timestamptz + interval '1 day'", kind="date", read=day_begins),
    ),
)
