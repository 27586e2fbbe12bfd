"""What each rollup counts: one SELECT over the books for the spans `s` (spans.py) that it is given.

The instants of a span let an index find the rows; that a row is of one of its days is then told by PostgreSQL's own calendar, by which
the days are named.
"""

_DAY = "({instant} AT TIME ZONE s.zone)::date"
_WITHIN = "{instant} >= s.begins AND {instant} < s.ends AND ({instant} AT TIME ZONE s.zone)::date BETWEEN s.first_on AND s.last_on"


def _day(instant: str) -> str:
    return _DAY.format(instant=instant)


def _within(instant: str) -> str:
    return _WITHIN.format(instant=instant)


def _orders(condition: str = "true") -> str:
    """The orders of the spans that count. OFFSET 0 has each span look them up by the index on `placed_at`: of a join PostgreSQL would not
    know how few days there are, and read all orders."""
    return f"""
        {{spans}} CROSS JOIN LATERAL (
          SELECT * FROM orders o
           WHERE o.store_id = :store AND {condition} AND o.status <> 'canceled' AND {_within("o.placed_at")} OFFSET 0) o"""


_OF_PLACE = "o.location_id = s.place"
# Of an order `o`: what its goods come to without tax. Where prices include tax, so do subtotal and discount.
NET = "o.subtotal - o.discount - CASE WHEN o.tax_included THEN o.tax ELSE 0 END"

_SOLD = f"""count(*) AS orders, sum(o.subtotal)::bigint AS gross, sum(o.discount)::bigint AS discounts,
           sum({NET})::bigint AS net, sum(o.shipping + o.fees - o.tax_in_charges)::bigint AS charges,
           sum(o.tax + o.tax_in_charges)::bigint AS tax, sum(o.tip)::bigint AS tips, sum(o.total)::bigint AS total"""
SALES = f"""
    SELECT o.location_id, {_day("o.placed_at")} AS day, extract(hour FROM o.placed_at AT TIME ZONE s.zone)::bigint AS hour,
           o.source, {_SOLD}
      FROM {_orders(_OF_PLACE)}
     GROUP BY 1, 2, 3, 4
"""
SELLERS = f"""
    SELECT o.location_id, {_day("o.placed_at")} AS day, o.register_id, o.user_id, {_SOLD}
      FROM {_orders(_OF_PLACE)}
     GROUP BY 1, 2, 3, 4
"""
GOODS = f"""
    SELECT o.location_id, {_day("o.placed_at")} AS day, l.product_id, l.kind, CASE WHEN l.product_id IS NULL THEN l.sku END AS sku,
           CASE WHEN l.product_id IS NULL THEN l.name END AS name, l.tax_class, l.tax_rate, sum(l.quantity)::bigint AS quantity,
           sum(l.subtotal)::bigint AS gross, sum(l.discount)::bigint AS discounts,
           sum(l.total - CASE WHEN o.tax_included THEN l.tax ELSE 0 END)::bigint AS net, sum(l.tax)::bigint AS tax
      FROM {_orders(_OF_PLACE)}
      JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id AND l.voided_at IS NULL
     WHERE l.store_id = :store
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
DISCOUNTS = f"""
    SELECT o.location_id, {_day("o.placed_at")} AS day, d.kind, CASE WHEN d.kind IN ('coupon', 'reward') THEN d.name END AS name,
           count(*) AS uses, sum(d.off)::bigint AS amount
      FROM {_orders(_OF_PLACE)}
      JOIN order_discounts d ON d.store_id = o.store_id AND d.order_id = o.id AND d.replaced_at IS NULL
     WHERE d.store_id = :store
     GROUP BY 1, 2, 3, 4
"""
# Money is whose register and person took or gave it; what came by link, with those of the order.
_PAID = f"""
    SELECT o.location_id, {_day("p.created_at")} AS day, CASE WHEN p.register_id IS NULL THEN o.register_id ELSE p.register_id END AS register_id,
           CASE WHEN p.user_id IS NULL THEN o.user_id ELSE p.user_id END AS user_id, p.method, 1 AS payments, p.amount AS paid,
           0 AS refund_count, 0 AS refunds
      FROM {{spans}} CROSS JOIN LATERAL (
           SELECT * FROM payments p
            WHERE p.store_id = :store AND p.status = 'succeeded' AND {_within("p.created_at")} OFFSET 0) p
      JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id AND o.location_id = s.place
     WHERE o.store_id = :store
"""
_REFUNDED = f"""
    SELECT o.location_id, {_day("r.created_at")}, CASE WHEN r.register_id IS NULL THEN o.register_id ELSE r.register_id END,
           CASE WHEN r.user_id IS NULL THEN o.user_id ELSE r.user_id END, p.method, 0, 0, 1, r.amount
      FROM {{spans}} CROSS JOIN LATERAL (
           SELECT * FROM refunds r
            WHERE r.store_id = :store AND r.status = 'succeeded' AND {_within("r.created_at")} OFFSET 0) r
      JOIN payments p ON p.store_id = r.store_id AND p.id = r.payment_id
      JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id AND o.location_id = s.place
     WHERE p.store_id = :store AND o.store_id = :store
"""
MONEY = f"""
    SELECT location_id, day, register_id, user_id, method, sum(payments)::bigint AS payments, sum(paid)::bigint AS paid,
           sum(refund_count)::bigint AS refund_count, sum(refunds)::bigint AS refunds
      FROM ({_PAID} UNION ALL {_REFUNDED}) m
     GROUP BY 1, 2, 3, 4, 5
"""
POINTS = f"""
    SELECT {_day("e.occurred_at")} AS day, e.type, count(*) AS entries, sum(e.points)::bigint AS points
      FROM {{spans}} CROSS JOIN LATERAL (
           SELECT * FROM point_entries e WHERE e.store_id = :store AND {_within("e.occurred_at")} OFFSET 0) e
     GROUP BY 1, 2
"""
# First each customer's own orders, so that nobody is looked up, or counted, for each of them. Walk-ins are one row for each register.
_EACH = f"""
    SELECT s.zone, date_trunc('{{period}}', o.placed_at AT TIME ZONE s.zone)::date AS day, o.customer_id, count(*) AS orders,
           sum({NET})::bigint AS net
      FROM {_orders()}
     WHERE o.customer_id NOT IN (SELECT w.id FROM customers w WHERE w.store_id = :store AND w.register_id IS NOT NULL)
     GROUP BY 1, 2, 3
"""
_VISITED = f"""
    SELECT '{{period}}'::text AS period, x.day, count(*) AS active, sum(x.orders)::bigint AS orders, sum(x.net)::bigint AS net
      FROM ({_EACH}) x
     GROUP BY x.day
"""


def visits(period: str) -> str:
    """The customers of each day, week or month; the spans are whole ones of that period."""
    return _VISITED.format(period=period, spans="{spans}")


COHORTS = f"""
    SELECT x.day, date_trunc('month', c.first_order_at AT TIME ZONE x.zone)::date AS cohort, count(*) AS customers,
           sum(x.orders)::bigint AS orders, sum(x.net)::bigint AS net
      FROM ({_EACH.format(period="month", spans="{spans}")}) x
      JOIN customers c ON c.store_id = :store AND c.id = x.customer_id
     WHERE c.store_id = :store
     GROUP BY 1, 2
"""
