"""What must hold of shifts and their reports: each report is what its rows come to, the rows are the books', and the chain is whole."""

from pos.proofs import Proof
from pos.shifts.figures import FIGURES, LATEST, SOLD_AT

# The same sums as figures.summed, by SQL.
_SUMS = """
    SELECT s.report_id, s.figure, sum(s.amount) AS amount FROM (
      SELECT z.report_id, f.key AS figure, f.value::numeric AS amount
        FROM z_orders z CROSS JOIN LATERAL jsonb_each_text(z.figures) f WHERE z.store_id = :store
      UNION ALL
      SELECT z.report_id, f.key, -f.value::numeric
        FROM z_orders z JOIN z_orders b ON b.store_id = z.store_id AND b.id = z.previous_id
       CROSS JOIN LATERAL jsonb_each_text(b.figures) f WHERE z.store_id = :store
      UNION ALL
      SELECT e.report_id, f.figure, f.amount FROM z_entries e
       CROSS JOIN LATERAL (VALUES (e.kind || '|count|' || e.method, e.count), (e.kind || '|amount|' || e.method, e.amount),
                                  ('drawer|' || e.kind, CASE WHEN e.is_in_drawer THEN e.amount END),
                                  ('for_others', CASE WHEN e.is_own THEN 0 WHEN e.kind = 'payment' THEN e.amount
                                                      WHEN e.kind = 'refund' THEN -e.amount ELSE 0 END)) f (figure, amount)
       WHERE e.store_id = :store
      UNION ALL
      SELECT r.id, f.figure, f.amount FROM z_reports r JOIN cash_movements m ON m.store_id = r.store_id AND m.shift_id = r.shift_id
       CROSS JOIN LATERAL (VALUES ('moved|count|' || m.kind, 1), ('moved|amount|' || m.kind, m.amount)) f (figure, amount)
       WHERE r.store_id = :store AND r.kind = 'z') s
     GROUP BY s.report_id, s.figure HAVING sum(s.amount) <> 0
"""
_ROWS = """encode(sha256(convert_to(
    coalesce((SELECT string_agg(z.order_id || ' ' || z.order_version || ' ' || coalesce((
                SELECT string_agg(f.key || '=' || f.value, ',' ORDER BY f.key COLLATE "C") FROM jsonb_each_text(z.figures) f), ''),
              E'\\n' ORDER BY z.order_id) FROM z_orders z WHERE z.store_id = r.store_id AND z.report_id = r.id), '') || E'\\n' ||
    coalesce((SELECT string_agg(concat_ws(' ', e.item_id, e.kind, e.method, e.count, e.amount, e.is_in_drawer, e.is_own), E'\\n' ORDER BY e.item_id)
                FROM z_entries e WHERE e.store_id = r.store_id AND e.report_id = r.id), ''), 'UTF8')), 'hex')"""
# What no Z could see yet, none need have counted.
_COULD_BE_SEEN = """(SELECT max(y.created_at) FROM z_reports y
                      WHERE y.store_id = :store AND y.register_id = {register} AND y.kind = 'z') - interval '1 hour'"""
_START = "(SELECT min(s.created_at) FROM shifts s WHERE s.store_id = :store AND s.register_id = {register})"
_COUNTED = "(SELECT coalesce(sum(e.amount), 0) FROM z_entries e WHERE e.store_id = :store AND e.item_id = {item})"

PROOFS = (
    Proof(
        "z_report.figures",
        "a report's figures are the sums of the orders, payments, refunds, points and movements that it counts",
        f"""
        SELECT coalesce(k.report_id, f.report_id) AS subject, coalesce(k.figure, f.figure) AS figure, f.amount AS rows, k.amount AS reported
          FROM (SELECT r.id AS report_id, j.key AS figure, j.value::numeric AS amount
                  FROM z_reports r CROSS JOIN LATERAL jsonb_each_text(r.body::jsonb -> 'figures') j WHERE r.store_id = :store) k
          FULL JOIN ({_SUMS}) f ON f.report_id = k.report_id AND f.figure = k.figure
         WHERE f.amount IS DISTINCT FROM k.amount
        """,
    ),
    Proof(
        "z_report.rows",
        "a report's rows are those that it was made of, unchanged",
        f"""
        SELECT r.id AS subject, r.number, r.sequence FROM z_reports r
         WHERE r.store_id = :store AND r.body::jsonb ->> 'rows' <> {_ROWS}
        """,
    ),
    Proof(
        "z_report.chain",
        "a register's reports follow one another without a gap, and each carries the digest of the one before and its own",
        """
        SELECT c.id AS subject, c.number, c.sequence FROM (
          SELECT r.*, row_number() OVER w AS place, coalesce(lag(r.digest) OVER w, '') AS digest_before,
                 coalesce(lag((r.body::jsonb ->> 'due_after')::bigint) OVER w, 0) AS due_before
            FROM z_reports r WHERE r.store_id = :store WINDOW w AS (PARTITION BY r.register_id ORDER BY r.sequence)) c
         WHERE c.sequence <> c.place OR c.previous_digest <> c.digest_before
            OR c.digest <> encode(sha256(convert_to(c.previous_digest || E'\\n' || c.body, 'UTF8')), 'hex')
            OR (c.body::jsonb ->> 'sequence')::bigint <> c.sequence OR (c.body::jsonb ->> 'number')::bigint <> c.number
            OR (c.body::jsonb ->> 'due_before')::bigint <> c.due_before
            OR (c.body::jsonb ->> 'due_after')::bigint
               <> c.due_before + coalesce((c.body::jsonb -> 'figures' ->> 'due')::bigint, 0)
        """,
    ),
    Proof(
        "z_report.ties",
        "what was sold and not given back is kept or still due, and classes, discounts and sums come to the same",
        """
        SELECT r.id AS subject, r.number, r.sequence FROM z_reports r
         CROSS JOIN LATERAL (
           SELECT coalesce(sum(f.value::numeric) FILTER (WHERE f.key = 'total'), 0) AS sold,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key IN ('given_back', 'kept', 'due')), 0) AS stands,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key IN ('subtotal', 'tip', 'shipping', 'fees')
                        OR f.key = 'tax' AND NOT (r.body::jsonb ->> 'tax_included')::boolean), 0)
                  - coalesce(sum(f.value::numeric) FILTER (WHERE f.key = 'discount'), 0) AS summed,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key = 'subtotal'), 0) AS subtotal,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key LIKE 'class|%|subtotal|%'), 0) AS class_subtotal,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key = 'tax'), 0) AS tax,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key LIKE 'class|%|tax|%'), 0) AS class_tax,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key = 'discount'), 0) AS discount,
                  coalesce(sum(f.value::numeric) FILTER (WHERE f.key LIKE 'discount|%|amount'), 0) AS discounts
             FROM jsonb_each_text(r.body::jsonb -> 'figures') f) k
         WHERE r.store_id = :store
           AND (k.sold <> k.stands OR k.sold <> k.summed OR k.subtotal <> k.class_subtotal OR k.tax <> k.class_tax
                OR k.discount <> k.discounts)
        """,
    ),
    Proof(
        "z_report.orders",
        "an order that a report counts is in the books as the report found it, unless it was changed since; and none was passed over",
        f"""
        SELECT o.id AS subject, o.version, z.order_version FROM orders o {LATEST}
         WHERE o.store_id = :store AND o.register_id IS NOT NULL AND coalesce(z.figures, '{{}}') <> {FIGURES}
           AND (z.order_version = o.version
                OR o.updated_at < {_COULD_BE_SEEN.format(register="o.register_id")}
                   AND {SOLD_AT} >= {_START.format(register="o.register_id")})
        """,
    ),
    Proof(
        "z_report.entries",
        "what a report counts as paid, refunded or earned is in the books, with the same order and method, and of the report's register",
        """
        SELECT e.item_id AS subject, e.kind, e.amount
          FROM z_entries e JOIN z_reports y ON y.store_id = e.store_id AND y.id = e.report_id
         WHERE e.store_id = :store AND NOT CASE e.kind
               WHEN 'payment' THEN EXISTS (SELECT FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id
                                            WHERE p.store_id = :store AND p.id = e.item_id
                                              AND (p.order_id, p.method) = (e.order_id, e.method)
                                              AND coalesce(p.register_id, o.register_id) = y.register_id)
               WHEN 'refund' THEN EXISTS (SELECT FROM refunds r
                                            JOIN payments p ON p.store_id = r.store_id AND p.id = r.payment_id
                                            JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
                                           WHERE r.store_id = :store AND r.id = e.item_id AND (r.order_id, p.method) = (e.order_id, e.method)
                                             AND coalesce(r.register_id, o.register_id) = y.register_id)
               ELSE EXISTS (SELECT FROM point_entries x JOIN orders o ON o.store_id = x.store_id AND o.id = x.order_id
                             WHERE x.store_id = :store AND x.id = e.item_id AND o.register_id = y.register_id
                               AND (x.order_id, x.type, x.points) = (e.order_id, e.method, e.amount)) END
        UNION ALL
        SELECT o.id, 'order', o.total FROM z_orders z
          JOIN z_reports y ON y.store_id = z.store_id AND y.id = z.report_id
          JOIN orders o ON o.store_id = z.store_id AND o.id = z.order_id
         WHERE z.store_id = :store AND o.register_id IS DISTINCT FROM y.register_id
        """,
    ),
    Proof(
        "z_report.money",
        "what the reports of a register count of a payment or a refund is what it came to, unless it has changed since",
        f"""
        SELECT p.id AS subject, p.order_id, p.amount, p.status
          FROM payments p JOIN orders o ON o.store_id = p.store_id AND o.id = p.order_id
         WHERE p.store_id = :store
           AND p.updated_at < {_COULD_BE_SEEN.format(register="coalesce(p.register_id, o.register_id)")}
           AND p.created_at >= {_START.format(register="coalesce(p.register_id, o.register_id)")}
           AND {_COUNTED.format(item="p.id")} <> CASE WHEN p.status = 'succeeded' THEN p.amount ELSE 0 END
        UNION ALL
        SELECT r.id, r.order_id, r.amount, r.status
          FROM refunds r JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
         WHERE r.store_id = :store
           AND r.updated_at < {_COULD_BE_SEEN.format(register="coalesce(r.register_id, o.register_id)")}
           AND r.created_at >= {_START.format(register="coalesce(r.register_id, o.register_id)")}
           AND {_COUNTED.format(item="r.id")} <> CASE WHEN r.status = 'succeeded' THEN r.amount ELSE 0 END
        """,
    ),
    Proof(
        "z_report.shift",
        "a Z tells the float, the hours and the latest count of its shift",
        """
        SELECT y.id AS subject, y.number, y.sequence FROM z_reports y
          JOIN shifts s ON s.store_id = y.store_id AND s.id = y.shift_id
         WHERE y.store_id = :store
           AND ((y.body::jsonb -> 'shift' ->> 'opened_at')::timestamptz <> s.opened_at
                OR (y.body::jsonb -> 'shift' ->> 'closed_at')::timestamptz IS DISTINCT FROM s.closed_at
                OR y.kind = 'z' AND ((y.body::jsonb ->> 'opening_float')::bigint <> s.opening_float
                   OR NOT EXISTS (SELECT FROM shift_counts n
                                   WHERE n.store_id = :store AND n.shift_id = s.id
                                     AND n.cash = (y.body::jsonb -> 'counted' ->> 'cash')::bigint
                                     AND n.card IS NOT DISTINCT FROM (y.body::jsonb -> 'counted' ->> 'card')::bigint
                                     AND NOT EXISTS (SELECT FROM shift_counts l
                                                      WHERE l.store_id = :store AND l.shift_id = s.id AND l.id > n.id))))
        """,
    ),
    Proof(
        "z_report.kept",
        "each report that the log knows is there, with the digest that the log has",
        """
        SELECT a.id AS subject, a.subject AS shift FROM audit_log a
         WHERE a.store_id = :store AND a.action IN ('shift.z', 'shift.addendum')
           AND NOT EXISTS (SELECT FROM z_reports y WHERE y.store_id = :store AND y.id = (a.after ->> 'report')::uuid
                              AND y.digest = a.after ->> 'digest')
        """,
    ),
    Proof(
        "shift.closed",
        "a shift is closed exactly by its report, which carries its number, after somebody counted",
        """
        SELECT s.id AS subject, s.number, s.status, r.reports FROM shifts s
          LEFT JOIN (SELECT z.shift_id, count(*) AS reports, min(z.number) AS number FROM z_reports z
                      WHERE z.store_id = :store AND z.kind = 'z' GROUP BY z.shift_id) r ON r.shift_id = s.id
         WHERE s.store_id = :store
           AND (coalesce(r.reports, 0) <> (s.status = 'closed')::int OR r.number <> s.number
                OR s.status = 'closed' AND NOT EXISTS (SELECT FROM shift_counts n WHERE n.store_id = :store AND n.shift_id = s.id))
        """,
    ),
)
