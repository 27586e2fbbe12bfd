-- Fills the tables of seed/legacy/schema.sql, which search_path finds and which are empty, as `asked` (people, seed, shift) and `lists` (names,
-- areas) say; bench/legacy_base.py makes both. What a row gets is drawn from a SHA-512 of the seed and its number, so the same seed
-- gives the same rows on every server. What has to be there at any size stands at fixed places in each hundred.

-- The k-th draw of 32 that a hash holds, from 0 to below 1; two of them where 65,536 outcomes are too few.
CREATE OR REPLACE FUNCTION pg_temp.draw(h bytea, k int) RETURNS float8 IMMUTABLE LANGUAGE sql AS
$$ SELECT (get_byte(h, 2 * k) * 256 + get_byte(h, 2 * k + 1)) / 65536::float8 $$;
CREATE OR REPLACE FUNCTION pg_temp.wide(h bytea, k int) RETURNS float8 IMMUTABLE LANGUAGE sql AS
$$ SELECT pg_temp.draw(h, k) + pg_temp.draw(h, k + 1) / 65536 $$;
CREATE OR REPLACE FUNCTION pg_temp.pick(h bytea, k int, among anyarray) RETURNS anyelement IMMUTABLE LANGUAGE sql AS
$$ SELECT among[1 + floor(pg_temp.draw(h, k) * cardinality(among))::int] $$;
-- Two years from 2023 on.
CREATE OR REPLACE FUNCTION pg_temp.moment(h bytea, k int) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS
$$ SELECT to_timestamp(1672531200 + floor(pg_temp.wide(h, k) * 63000000)) $$;
CREATE OR REPLACE FUNCTION pg_temp.number(person bigint, shift bigint, areas text[]) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT areas[1 + (person * 7654321 + shift) % 32000000 / 800000]
       || (220 + (person * 7654321 + shift) % 800000 / 10000)
       || lpad(((person * 7654321 + shift) % 10000)::text, 4, '0') $$;
-- Ten digits as people type them, in seven ways.
CREATE OR REPLACE FUNCTION pg_temp.typed(p text, way bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT CASE way % 7
     WHEN 0 THEN '(' || left(p, 3) || ') ' || substr(p, 4, 3) || '-' || right(p, 4)
     WHEN 1 THEN left(p, 3) || '-' || substr(p, 4, 3) || '-' || right(p, 4)
     WHEN 2 THEN '+1' || p
     WHEN 3 THEN p
     WHEN 4 THEN '1 ' || left(p, 3) || ' ' || substr(p, 4, 3) || ' ' || right(p, 4)
     WHEN 5 THEN left(p, 3) || '.' || substr(p, 4, 3) || '.' || right(p, 4)
     ELSE ' +1 (' || left(p, 3) || ') ' || substr(p, 4, 3) || ' ' || right(p, 4) || ' ' END $$;
-- A name as it leaves a system that took UTF-8 for Latin-1, lost signs, or let in what nobody sees.
CREATE OR REPLACE FUNCTION pg_temp.spoiled(name text, way bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT CASE way % 10
     WHEN 0 THEN convert_from(convert_to(name || 'é', 'UTF8'), 'LATIN1')
     WHEN 1 THEN regexp_replace(name, '[aeiou]', U&'\FFFD', 'g') || U&'\FFFD'
     WHEN 2 THEN left(name, 2) || U&'\200B' || substr(name, 3) || U&'\200D'
     WHEN 3 THEN U&'\FEFF' || name
     WHEN 4 THEN name || chr(7) || chr(27) || '[1m'
     WHEN 5 THEN name || chr(9) || chr(13) || chr(10)
     WHEN 6 THEN U&'\202E' || name
     WHEN 7 THEN repeat(name || ' ', 300)
     WHEN 8 THEN normalize(name || 'é', NFD)
     ELSE U&'\00A0\3000 ' END $$;

-- Everybody, with what kind of case they are. Of each hundred 7 has the telephone of 6; 43's name is spoiled; 13 and 63 are orphans
-- who left no number and no address (63 of every second hundred no name either); 17 and 67 have a number that is none. Of each
-- four hundred 41 and 42 left the shop's own number, or an address that many leave. Of each two hundred 21 and 22, of each four hundred
-- 31, 32 and 33 stand in a circle: each card has the number of the next one and the e-mail of the one before. Of each two hundred
-- 88, with an account, has no card: from before there was a trigger.
CREATE TEMP TABLE people AS
SELECT n, h, pg_temp.number(n - (n % 100 = 7)::int, shift, areas) AS number, 'person' || n || '@example.net' AS email,
       -- Who shares a telephone has another name: the hash decides, and the neighbour's is not known here.
       CASE WHEN n % 100 IN (6, 7) THEN firsts[1 + n % cardinality(firsts)] ELSE pg_temp.pick(h, 1, firsts) END AS first_name,
       pg_temp.pick(h, 2, lasts) AS last_name, floor(pg_temp.draw(h, 3) * 7)::int AS way,
       n % 50 = 13 AS is_orphan, n % 50 = 17 AS is_unreachable, n % 100 = 43 AS is_spoiled,
       CASE WHEN n % 200 = 21 OR n % 400 IN (31, 32) THEN n + 1 WHEN n % 200 = 22 THEN n - 1 WHEN n % 400 = 33 THEN n - 2 END AS next,
       CASE WHEN n % 200 = 22 OR n % 400 IN (32, 33) THEN n - 1 WHEN n % 200 = 21 THEN n + 1 WHEN n % 400 = 31 THEN n + 2 END AS previous,
       false AS is_user, NULL::text AS twice
  FROM asked, lists, generate_series(1, people) n, LATERAL (SELECT sha512(convert_to(seed || ':person:' || n, 'UTF8')) AS h) AS hashed;
-- Nobody stands beside the last one.
UPDATE people SET next = NULL, previous = NULL WHERE greatest(next, previous) > (SELECT people FROM asked)
    OR next IN (SELECT n FROM people WHERE greatest(next, previous) > (SELECT people FROM asked));
UPDATE people SET is_user = NOT is_orphan AND (next IS NOT NULL OR pg_temp.draw(h, 0) < 0.765);
UPDATE people SET twice = pg_temp.pick(h, 5, CASE WHEN is_user THEN '{phone,phone,email,link,account}' ELSE '{phone,email}' END::text[])
 WHERE next IS NULL AND NOT is_orphan AND NOT is_unreachable AND n % 400 NOT IN (41, 42) AND n % 200 <> 88 AND (pg_temp.draw(h, 4) < 0.088 OR n = 1);

-- Accounts: the second one of somebody has an address of its own. Numbers are given by bytes of the hash that no draw reads.
CREATE TEMP TABLE accounts AS
SELECT row_number() OVER (ORDER BY substr(h, 61), n, second) AS id, *
  FROM (SELECT p.*, second, CASE WHEN second THEN 'second.' ELSE '' END || email AS address
          FROM people p, (VALUES (false), (true)) s (second) WHERE is_user AND (NOT second OR twice = 'account')) a;

-- Cards, one or more of each: their own (copy 0), and those by which somebody stands there twice or three times.
CREATE TEMP TABLE cards AS
SELECT row_number() OVER (ORDER BY substr(c.h, 61), c.n, copy) AS id, c.*, a.id AS user_id
  FROM (SELECT p.n, copy, kind, p.number, p.email, p.first_name, p.last_name, p.way, p.is_orphan, p.is_unreachable, p.is_spoiled,
               p.next, p.previous, p.is_user, p.twice, sha512(convert_to(seed || ':card:' || p.n || ':' || copy, 'UTF8')) AS h
          FROM asked, people p,
               LATERAL (VALUES (0, 'own'), (1, twice), (2, CASE WHEN pg_temp.draw(h, 6) < 0.2 AND twice IS NOT NULL THEN 'phone' END)) k (copy, kind)
         WHERE kind IS NOT NULL AND NOT (is_user AND p.n % 200 = 88)) c
  LEFT JOIN accounts a ON a.n = c.n AND a.second = (c.kind = 'account') AND c.kind IN ('own', 'link', 'account');

-- What was bought, three orders for each person: one in 200 of nobody, some without a day or without items, sums a little off.
CREATE TEMP TABLE sold AS
SELECT m AS id, h, CASE WHEN m % 200 <> 9 THEN 1 + floor(pg_temp.wide(h, 0) * cards)::int END AS customer_id,
       CASE WHEN pg_temp.draw(h, 2) < 0.88 THEN 'completed' WHEN pg_temp.draw(h, 2) < 0.96 THEN 'canceled' ELSE 'pending' END AS status,
       b.total + CASE WHEN pg_temp.draw(h, 3) < 0.01 THEN 0.5 ELSE 0 END AS total,
       CASE WHEN pg_temp.draw(h, 4) > 0.02 THEN b.items END AS items, pg_temp.moment(h, 5) AS at
  FROM asked, (SELECT count(*) AS cards FROM cards) c, generate_series(1, people * 3) m,
       LATERAL (SELECT sha512(convert_to(seed || ':order:' || m, 'UTF8')) AS h) AS hashed
  JOIN baskets b ON b.id = floor(pg_temp.draw(h, 7) * 256);

-- As people signed up: the trigger would have made a card of each, one by one.
ALTER TABLE users DISABLE TRIGGER create_customer_on_user_insert;
INSERT INTO users (id, email, password_hash, first_name, last_name, phone, role, is_active, created_at, updated_at)
SELECT id, CASE WHEN pg_temp.draw(h, 7) < 0.05 THEN upper(address) ELSE address END, '$2b$12$not.a.hash.' || id, first_name,
       CASE WHEN is_spoiled THEN pg_temp.spoiled(last_name, n / 100) ELSE last_name END,
       CASE WHEN is_unreachable THEN 'none' ELSE pg_temp.typed(number, way) END, CASE WHEN n % 1000 = 1 THEN 'admin' ELSE 'customer' END,
       pg_temp.draw(h, 8) > 0.03, pg_temp.moment(h, 9), pg_temp.moment(h, 9) + interval '1 day' * floor(pg_temp.draw(h, 11) * 300)
  FROM accounts ORDER BY id;
ALTER TABLE users ENABLE TRIGGER create_customer_on_user_insert;

INSERT INTO customers (id, user_id, email, first_name, last_name, phone, address, city, state, postal_code, country, date_of_birth,
  loyalty_points, customer_type, preferred_payment_method, total_spent, order_count, last_order_date, marketing_consent,
  sms_consent, tags, notes, is_verified, created_at, updated_at)
SELECT c.id, c.user_id,
  CASE WHEN is_orphan OR kind = 'link' THEN NULL
       WHEN previous IS NOT NULL THEN 'person' || previous || '@example.net'
       WHEN n % 400 = 42 THEN 'none@example.com'
       WHEN kind = 'account' THEN 'second.' || email
       WHEN kind = 'email' THEN CASE WHEN pg_temp.draw(c.h, 0) < 0.5 THEN upper(email) ELSE ' ' || email || ' ' END
       WHEN kind = 'phone' THEN CASE WHEN pg_temp.draw(c.h, 0) < 0.3 THEN 'other.' || email END
       WHEN coalesce(twice, '') <> 'email' AND pg_temp.draw(c.h, 0) < 0.2 THEN CASE WHEN pg_temp.draw(c.h, 0) < 0.02 THEN '' END
       WHEN pg_temp.draw(c.h, 0) > 0.95 THEN upper(email)
       ELSE email END,
  CASE WHEN is_orphan AND n % 200 = 63 THEN NULL
       WHEN copy = 0 THEN first_name
       ELSE CASE floor(pg_temp.draw(c.h, 1) * 6)::int WHEN 0 THEN upper(first_name) WHEN 1 THEN lower(first_name) WHEN 2 THEN left(first_name, 1) || '.'
              WHEN 3 THEN ' ' || first_name || '  ' WHEN 4 THEN NULL ELSE first_name END END,
  CASE WHEN is_orphan AND n % 200 = 63 THEN NULL
       WHEN is_spoiled AND copy = 0 THEN pg_temp.spoiled(last_name, n / 100)
       WHEN copy > 0 AND floor(pg_temp.draw(c.h, 1) * 6)::int = 4 THEN NULL
       WHEN copy > 0 AND pg_temp.draw(c.h, 2) < 0.3 THEN upper(last_name)
       ELSE last_name END,
  CASE WHEN is_orphan OR kind = 'email' THEN NULL
       WHEN kind = 'link' THEN ''
       WHEN is_unreachable THEN pg_temp.pick(c.h, 3, '{n/a,none,555-0123,123,000-000-0000,1111111111,+1 900 555 0199,see notes,206-555-0199 ext. 4,+999 12345678}'::text[])
       WHEN n % 400 = 41 THEN pg_temp.typed('5035550100', n)
       WHEN next IS NOT NULL THEN pg_temp.typed(pg_temp.number(next, shift, areas), way)
       WHEN twice IS NULL AND n % 100 NOT IN (6, 7) AND pg_temp.draw(c.h, 3) < 0.03 THEN NULL
       ELSE pg_temp.typed(number, way + copy) END,
  CASE WHEN n % 5000 = 77 THEN repeat('12 Mill Street, ', 400) WHEN pg_temp.draw(c.h, 4) < 0.7
       THEN 1 + floor(pg_temp.draw(c.h, 5) * 900) || ' ' || pg_temp.pick(c.h, 6, '{Mill Street,Orchard Row,Station Road,Ferry Lane,Café Court}'::text[]) END,
  CASE WHEN pg_temp.draw(c.h, 4) < 0.7 THEN pg_temp.pick(c.h, 7, '{Portland,Salem,Tacoma,Seattle,"São Paulo",""}'::text[]) END,
  CASE WHEN pg_temp.draw(c.h, 4) < 0.6 THEN pg_temp.pick(c.h, 7, '{OR,OR,WA,wa,SP,Oregon}'::text[]) END,
  CASE WHEN pg_temp.draw(c.h, 4) < 0.5 THEN lpad((10000 + floor(pg_temp.draw(c.h, 8) * 89999))::text, 5, '0') END,
  CASE WHEN pg_temp.draw(c.h, 4) < 0.6 THEN pg_temp.pick(c.h, 9, '{US,US,US,USA,us,United States}'::text[]) END,
  CASE WHEN n % 1000 = 99 THEN date '2099-01-01' WHEN n % 100 = 98 THEN date '1900-01-01'
       WHEN pg_temp.draw(c.h, 10) < 0.6 THEN date '1940-01-01' + floor(pg_temp.draw(c.h, 11) * 24000)::int END,
  CASE WHEN pg_temp.draw(c.h, 12) < 0.05 THEN NULL WHEN pg_temp.draw(c.h, 12) < 0.06 THEN -10 WHEN pg_temp.draw(c.h, 12) < 0.5 THEN 0
       WHEN n % 5000 = 78 THEN 1000000 ELSE floor(pg_temp.draw(c.h, 13) * 3000)::int END,
  pg_temp.pick(c.h, 14, '{regular,regular,vip,new,wholesale,NULL,""}'::text[]),
  pg_temp.pick(c.h, 15, '{cash,card,Card,gift card,NULL,NULL}'::text[]),
  CASE WHEN pg_temp.draw(c.h, 16) < 0.8 THEN coalesce(o.spent, 0) WHEN pg_temp.draw(c.h, 16) < 0.85 THEN NULL ELSE floor(pg_temp.draw(c.h, 17) * 90000) / 100 END,
  CASE WHEN pg_temp.draw(c.h, 16) < 0.8 THEN coalesce(o.count, 0) WHEN pg_temp.draw(c.h, 16) < 0.85 THEN NULL ELSE floor(pg_temp.draw(c.h, 17) * 40)::int END,
  CASE WHEN pg_temp.draw(c.h, 16) < 0.9 THEN o.last_at ELSE pg_temp.moment(c.h, 18) END,
  pg_temp.pick(c.h, 20, '{true,true,true,false,false,NULL}'::bool[]), pg_temp.pick(c.h, 21, '{true,true,true,false,false,NULL}'::bool[]),
  CASE WHEN n % 200 = 55 THEN '{NULL,vip,vip,""}'::text[] WHEN pg_temp.draw(c.h, 22) < 0.4 THEN NULL WHEN pg_temp.draw(c.h, 22) < 0.5 THEN '{}'
       ELSE ARRAY[pg_temp.pick(c.h, 23, '{mug club,trivia,stout}'::text[]), pg_temp.pick(c.h, 24, '{trivia,early bird,"Stammgast ☕"}'::text[])] END,
  CASE WHEN n % 5000 = 77 THEN repeat('Likes the corner table. ', 1000) WHEN pg_temp.draw(c.h, 25) > 0.8 THEN 'Asked for table ' || n % 30
       WHEN pg_temp.draw(c.h, 25) > 0.75 THEN '' END,
  pg_temp.pick(c.h, 26, '{true,false,false,NULL}'::bool[]),
  CASE WHEN n % 100 = 45 THEN NULL ELSE pg_temp.moment(c.h, 27) END,
  CASE WHEN n % 100 IN (45, 46) THEN NULL ELSE pg_temp.moment(c.h, 27) + interval '1 day' * floor(pg_temp.draw(c.h, 29) * 300) END
  FROM asked, lists, cards c
  LEFT JOIN (SELECT customer_id, sum(total) FILTER (WHERE status = 'completed') AS spent, count(*) AS count, max(at) AS last_at
               FROM sold GROUP BY customer_id) o ON o.customer_id = c.id
 ORDER BY c.id;

-- Six of ten cards have a profile, some two; some profiles are nobody's, and some of their JSON is no object.
INSERT INTO customer_profiles (customer_id, preferences, needs, experience_level, medical_conditions, preferred_categories, preferred_effects,
  price_range, purchase_history, created_at, updated_at)
SELECT CASE WHEN n % 500 <> 5 THEN c.id END,
  CASE WHEN n % 300 = 3 THEN pg_temp.pick(h, 0, '{"null",[],"\"quiet\"",3}'::text[])::jsonb WHEN pg_temp.draw(h, 1) < 0.7
       THEN jsonb_build_object('table', n % 30, pg_temp.pick(h, 2, '{music,seat,milk}'::text[]), pg_temp.pick(h, 3, '{quiet,window,oat,NULL}'::text[])) END,
  pg_temp.pick(h, 4, '{NULL,NULL,"",gifts,a table for eight,gluten-free beer}'::text[]),
  pg_temp.pick(h, 5, '{NULL,beginner,regular,expert,Expert}'::text[]),
  CASE WHEN pg_temp.draw(h, 6) < 0.1 THEN pg_temp.pick(h, 7, '{nut allergy,coeliac,no alcohol,"",diabetes — type 2}'::text[]) END,
  CASE WHEN pg_temp.draw(h, 8) < 0.5 THEN ARRAY[pg_temp.pick(h, 9, '{draft,bottles,merch}'::text[]), pg_temp.pick(h, 10, '{sides,coffee,draft}'::text[])] END,
  CASE WHEN pg_temp.draw(h, 11) < 0.3 THEN ARRAY[pg_temp.pick(h, 12, '{mellow,crisp,refreshing}'::text[])] END,
  pg_temp.pick(h, 13, '{NULL,low,medium,high}'::text[]),
  CASE WHEN pg_temp.draw(h, 14) < 0.4 THEN jsonb_build_array(jsonb_build_object('name', 'House IPA', 'count', 1 + n % 9), jsonb_build_object('name', 'Tee', 'count', 1)) END,
  pg_temp.moment(h, 15), CASE WHEN n % 100 <> 47 THEN pg_temp.moment(h, 17) END
  FROM (SELECT c.id, n, time, sha512(convert_to(seed || ':profile:' || c.id || ':' || time, 'UTF8')) AS h
          FROM asked, cards c, generate_series(1, 2) time) c
 WHERE CASE time WHEN 1 THEN pg_temp.draw(h, 18) < 0.6 ELSE n % 100 = 48 END ORDER BY c.id, time;

-- Sessions of three in ten users, and of people who did not sign in: some of them left a number or an address that is known.
INSERT INTO user_profiles (session_id, user_id, email, phone, first_name, last_name, preferences, needs, experience_level, medical_conditions,
  preferred_categories, preferred_effects, price_range, created_at, updated_at)
SELECT 'session-' || encode(substr(h, 40, 8), 'hex') || '-' || n || coalesce('-' || id, ''), id,
  CASE WHEN left_behind = 'email' OR id IS NOT NULL AND pg_temp.draw(h, 0) < 0.3 THEN email END,
  CASE WHEN left_behind = 'phone' OR id IS NOT NULL AND pg_temp.draw(h, 1) < 0.3 THEN pg_temp.typed(number, way + 3) END,
  CASE WHEN left_behind <> 'nothing' THEN first_name END, NULL,
  CASE WHEN pg_temp.draw(h, 2) < 0.5 THEN jsonb_build_object('chat', pg_temp.pick(h, 3, '{short,long}'::text[]), 'table', n % 40) END,
  pg_temp.pick(h, 4, '{NULL,gifts,opening hours,a table for two}'::text[]), pg_temp.pick(h, 5, '{NULL,NULL,beginner,regular}'::text[]),
  CASE WHEN pg_temp.draw(h, 6) < 0.03 THEN 'lactose' END, CASE WHEN pg_temp.draw(h, 7) < 0.3 THEN '{merch}'::text[] END, NULL,
  pg_temp.pick(h, 8, '{NULL,low,high}'::text[]), pg_temp.moment(h, 9), pg_temp.moment(h, 9) + interval '1 minute' * floor(pg_temp.draw(h, 11) * 60)
  FROM (SELECT n, id, email, number, first_name, way, 'signed in' AS left_behind, sha512(convert_to(seed || ':session:' || id, 'UTF8')) AS h
          FROM asked, accounts WHERE pg_temp.draw(h, 12) < 0.3
        UNION ALL
        SELECT n, NULL, email, number, first_name, way, pg_temp.pick(h, 13, '{nothing,nothing,phone,email}'::text[]), sha512(convert_to(seed || ':visit:' || n, 'UTF8'))
          FROM asked, people WHERE n % 20 = 4) s
 ORDER BY n, id NULLS LAST;

INSERT INTO orders (id, customer_id, order_number, status, total, items, created_at, updated_at)
SELECT id, customer_id, 'L-' || lpad(id::text, 8, '0'), status, total, items, CASE WHEN id % 2000 <> 11 THEN at END,
       CASE WHEN id % 100 <> 12 THEN at + interval '1 minute' * floor(pg_temp.draw(h, 8) * 90) END
  FROM sold ORDER BY id;

SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM accounts)),
       setval(pg_get_serial_sequence('customers', 'id'), (SELECT max(id) FROM cards)),
       setval(pg_get_serial_sequence('orders', 'id'), (SELECT max(id) FROM sold));
DROP TABLE sold, cards, accounts, people;
ANALYZE users, customers, customer_profiles, user_profiles, orders;
