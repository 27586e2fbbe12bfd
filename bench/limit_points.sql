-- The limit that `make bench` compares with: one payment by link for an order of a member, who earns points by it, statement
-- by statement, fifteen round trips: those of limit_paid.sql, the member's lock, the lot, its entry, the member's figures.
\set n :n + 1
\set k :first + :client_id * :each + :n
BEGIN;
SELECT l.id AS lid, l.amount AS amount, o.id AS oid, o.customer_id AS cid, o.member_id AS mid FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id WHERE l.store_id = (:store)::uuid AND l.provider_id = 'plink_bench' || (:k)::text \gset
INSERT INTO provider_events (store_id, id, provider, event_id, type, object_id, payment_intent, payload, occurred_at) VALUES ((:store)::uuid, gen_random_uuid(), 'stripe', 'evt_limit' || (:k)::text, 'checkout.session.completed', 'cs_limit' || (:k)::text, 'pi_limit' || (:k)::text, (:payload)::jsonb, now()) ON CONFLICT (store_id, provider, event_id) DO NOTHING RETURNING id AS eid \gset
SELECT id FROM customers WHERE store_id = (:store)::uuid AND id = (:cid)::uuid FOR NO KEY UPDATE;
SELECT total, amount_paid FROM orders WHERE store_id = (:store)::uuid AND id = (:oid)::uuid FOR NO KEY UPDATE;
INSERT INTO payments (store_id, id, order_id, method, amount, status, link_id, provider_id) VALUES ((:store)::uuid, gen_random_uuid(), (:oid)::uuid, 'stripe', (:amount)::bigint, 'succeeded', (:lid)::uuid, 'pi_limit' || (:k)::text);
UPDATE orders SET amount_paid = amount_paid + (:amount)::bigint, payment_status = 'paid', paid_at = now(), version = version + 1, updated_at = now() WHERE store_id = (:store)::uuid AND id = (:oid)::uuid;
UPDATE payment_links SET status = 'completed', updated_at = now() WHERE store_id = (:store)::uuid AND id = (:lid)::uuid;
UPDATE customers SET total_spent = total_spent + (:amount)::bigint, updated_at = now() WHERE store_id = (:store)::uuid AND id = (:cid)::uuid;
SELECT balance, debt, level_points FROM members WHERE store_id = (:store)::uuid AND id = (:mid)::uuid FOR NO KEY UPDATE;
INSERT INTO point_lots (store_id, id, member_id, points, remaining, expires_at, order_id) VALUES ((:store)::uuid, gen_random_uuid(), (:mid)::uuid, (:amount)::bigint / 100, (:amount)::bigint / 100, date_trunc('month', now()) + interval '13 months', (:oid)::uuid) RETURNING id AS pid \gset
INSERT INTO point_entries (store_id, id, member_id, act_id, type, points, lot_id, order_id, program_version, terms, cause, actor, occurred_at, earned_at) VALUES ((:store)::uuid, gen_random_uuid(), (:mid)::uuid, gen_random_uuid(), 'accumulate', (:amount)::bigint / 100, (:pid)::uuid, (:oid)::uuid, 0, '{"level": "bronze", "multiplier": "1"}', 'accumulate:' || (:oid)::text || ':1', 'stripe', now(), now());
UPDATE members SET balance = balance + (:amount)::bigint / 100, lifetime_points = lifetime_points + (:amount)::bigint / 100, level_points = level_points + (:amount)::bigint / 100, level = 'bronze', updated_at = now() WHERE store_id = (:store)::uuid AND id = (:mid)::uuid;
INSERT INTO provider_event_outcomes (store_id, id, event_id, outcome, order_id) VALUES ((:store)::uuid, gen_random_uuid(), (:eid)::uuid, 'applied', (:oid)::uuid);
COMMIT;
