-- The limit that `make bench` compares with: one payment by link, statement by statement, eleven round trips, as pgbench runs it
-- on the product's own tables. Each transaction takes the next order of its client; nothing is verified or derived.
\set n :n + 1
\set k :first + :client_id * :each + :n
BEGIN;
SELECT l.id AS lid, l.amount AS amount, o.id AS oid, o.customer_id AS cid FROM payment_links l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id WHERE l.store_id = (:store)::uuid AND l.provider_id = 'plink_bench' || (:k)::text \gset
INSERT INTO provider_events (store_id, id, provider, event_id, type, object_id, payment_intent, payload, occurred_at) VALUES ((:store)::uuid, gen_random_uuid(), 'stripe', 'evt_limit' || (:k)::text, 'checkout.session.completed', 'cs_limit' || (:k)::text, 'pi_limit' || (:k)::text, (:payload)::jsonb, now()) ON CONFLICT (store_id, provider, event_id) DO NOTHING RETURNING id AS eid \gset
SELECT id FROM customers WHERE store_id = (:store)::uuid AND id = (:cid)::uuid FOR NO KEY UPDATE;
SELECT total, amount_paid FROM orders WHERE store_id = (:store)::uuid AND id = (:oid)::uuid FOR NO KEY UPDATE;
INSERT INTO payments (store_id, id, order_id, method, amount, status, link_id, provider_id) VALUES ((:store)::uuid, gen_random_uuid(), (:oid)::uuid, 'stripe', (:amount)::bigint, 'succeeded', (:lid)::uuid, 'pi_limit' || (:k)::text);
UPDATE orders SET amount_paid = amount_paid + (:amount)::bigint, payment_status = 'paid', paid_at = now(), version = version + 1, updated_at = now() WHERE store_id = (:store)::uuid AND id = (:oid)::uuid;
UPDATE payment_links SET status = 'completed', updated_at = now() WHERE store_id = (:store)::uuid AND id = (:lid)::uuid;
UPDATE customers SET total_spent = total_spent + (:amount)::bigint, updated_at = now() WHERE store_id = (:store)::uuid AND id = (:cid)::uuid;
INSERT INTO provider_event_outcomes (store_id, id, event_id, outcome, order_id) VALUES ((:store)::uuid, gen_random_uuid(), (:eid)::uuid, 'applied', (:oid)::uuid);
COMMIT;
