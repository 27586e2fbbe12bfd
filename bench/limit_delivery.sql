-- The limit that `python -m bench.delivery` compares with: one text taken out of the outbox, marked as being sent, and as sent, statement
-- by statement, eight round trips. Nothing is worded, judged or handed over, and no thread waits for an answer.
BEGIN;
SELECT id AS mid, customer_id AS cid, phone AS phone FROM messages WHERE store_id = (:store)::uuid AND status IN ('queued', 'held') AND campaign_id IS NULL AND not_before <= now() ORDER BY not_before, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED \gset
SELECT id FROM customers WHERE store_id = (:store)::uuid AND id = (:cid)::uuid FOR SHARE;
INSERT INTO message_counts AS c (store_id, id, scope, subject, starts_at, count) VALUES ((:store)::uuid, gen_random_uuid(), 'number_day', (:phone)::text, date_trunc('day', now()), 1), ((:store)::uuid, gen_random_uuid(), 'number_hour', (:phone)::text, date_trunc('hour', now()), 1), ((:store)::uuid, gen_random_uuid(), 'store_day', '', date_trunc('day', now()), 1) ON CONFLICT (store_id, scope, subject, starts_at) DO UPDATE SET count = c.count + 1, updated_at = now();
UPDATE messages SET status = 'sending', number = (:number)::text, segments = 1, language = 'en', attempts = attempts + 1, sending_at = clock_timestamp(), permit = '{"judged_at": "2026-11-21T12:00:00+00:00", "sms": null, "segments": 1, "reason": null}', updated_at = now() WHERE store_id = (:store)::uuid AND id = (:mid)::uuid;
COMMIT;
UPDATE messages SET status = 'sent', provider_sid = 'SM' || (:mid)::text, sent_at = clock_timestamp(), updated_at = now() WHERE store_id = (:store)::uuid AND id = (:mid)::uuid;
