-- The limit that `make bench` compares with: one order of three lines, statement by statement, nine round trips, as
-- pgbench runs it on the product's own tables. A known customer buys three products; nothing is validated or answered.
\set c random(1, :customers)
\set k random(1, 9000000000000000)
\set p1 random(1, 20)
\set p2 random(21, 40)
\set p3 random(41, 60)
BEGIN;
SELECT resource_id FROM idempotency_keys WHERE store_id = (:store)::uuid AND key = 'k-' || (:k)::text;
SELECT id AS cid FROM customers WHERE store_id = (:store)::uuid AND phone = '+1555' || lpad((:c)::text, 7, '0') \gset
SELECT sum(price) AS total, max(price) FILTER (WHERE sku = 'P' || (:p1)::text) AS q1, max(price) FILTER (WHERE sku = 'P' || (:p2)::text) AS q2, max(price) FILTER (WHERE sku = 'P' || (:p3)::text) AS q3 FROM products WHERE store_id = (:store)::uuid AND sku IN ('P' || (:p1)::text, 'P' || (:p2)::text, 'P' || (:p3)::text) AND status = 'active' \gset
WITH claimed AS (INSERT INTO idempotency_keys (store_id, id, key, route, digest, resource, resource_id) VALUES ((:store)::uuid, gen_random_uuid(), 'k-' || (:k)::text, 'bench', 'bench', 'order', gen_random_uuid()) RETURNING id) INSERT INTO orders (store_id, id, reference, public_token, location_id, customer_id, source, kind, status, payment_status, fulfillment_status, currency, tax_included, subtotal, discount, tax, tip, shipping, fees, total, amount_paid, amount_refunded, placed_at, received_at, version) SELECT (:store)::uuid, claimed.id, left(claimed.id::text, 13), claimed.id::text, (:location)::uuid, (:cid)::uuid, 'tablet', 'food', 'open', 'unpaid', 'proposed', 'USD', false, (:total)::bigint, 0, 0, 0, 0, 0, (:total)::bigint, 0, 0, now(), now(), 1 FROM claimed RETURNING id AS oid \gset
INSERT INTO order_lines (store_id, id, order_id, position, kind, name, sku, quantity, unit_price, subtotal, discount, total, tax_class, tax_rate, tax, needs_preparation, takes_stock) VALUES ((:store)::uuid, gen_random_uuid(), (:oid)::uuid, 1, 'food', 'P', 'P', 1, (:q1)::bigint, (:q1)::bigint, 0, (:q1)::bigint, 'none', 0, 0, true, false), ((:store)::uuid, gen_random_uuid(), (:oid)::uuid, 2, 'food', 'P', 'P', 1, (:q2)::bigint, (:q2)::bigint, 0, (:q2)::bigint, 'none', 0, 0, true, false), ((:store)::uuid, gen_random_uuid(), (:oid)::uuid, 3, 'food', 'P', 'P', 1, (:q3)::bigint, (:q3)::bigint, 0, (:q3)::bigint, 'none', 0, 0, true, false);
UPDATE customers SET order_count = order_count + 1, total_spent = total_spent + (:total)::bigint, last_order_at = now() WHERE store_id = (:store)::uuid AND id = (:cid)::uuid;
INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('bench', 'order.created', jsonb_build_object('order', (:oid)::text));
COMMIT;
