-- A small shop of the older back end with one case of all that goes wrong in it, for tables just made by schema.sql (the
-- rows refer to each other by the numbers that they get). No statement names a schema. Nobody is meant: the numbers are reserved
-- for fiction, the hashes are none. The queries by which the older system was checked answer: 10 users, 2 customers
-- without a user, 0 orders without a customer.
--
--   people    11: two of the 10 users are one person (3 and 8), the 2 customers without a user are two more
--   customers 13: the 2 (1 and 2), then one of each user n (n + 2) by the trigger, then a second one of user 2 (13)

-- Customers 1 and 2: the counter's, who never signed up. The second has no number, only an e-mail.
INSERT INTO customers (email, first_name, last_name, phone, address, city, state, postal_code, country, date_of_birth,
                       loyalty_points, customer_type, preferred_payment_method, total_spent, order_count, last_order_date,
                       marketing_consent, sms_consent, tags, notes, is_verified, created_at, updated_at)
VALUES
  (NULL, 'Greta', 'Olsen', '(503) 555-0111', '9 Ferry Lane', 'Portland', 'OR', '97201', 'US', '1971-02-28',
   340, 'regular', 'cash', 61.50, 3, '2025-08-30 19:40-07', false, true, '{quiz night,growler}', 'Sits at the window.', true,
   '2023-03-04 18:00-08', '2025-08-30 19:40-07'),
  ('nils.berg@example.com', 'Nils', 'Berg', NULL, NULL, 'Portland', 'OR', NULL, 'US', NULL,
   0, 'new', NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, false, '2024-12-24 12:00-08', '2024-12-24 12:00-08');

-- 3 and 8 are one person with two accounts. 5 and 6 are two who share a telephone. 7 has a number that is none.
-- 9 has no number and may not sign in any more. 10 works there.
INSERT INTO users (email, password_hash, first_name, last_name, phone, role, is_active, created_at, updated_at)
VALUES
  ('ada.novak@example.com',  '$2b$12$not.a.hash.01', 'Ada',   'Novak',  '(503) 555-0101',  'customer', true,  '2023-01-10 10:00-08', '2023-01-10 10:00-08'),
  ('bruno@example.com',      '$2b$12$not.a.hash.02', 'Bruno', 'Keller', '503-555-0102',    'customer', true,  '2023-02-11 11:00-08', '2023-02-11 11:00-08'),
  ('jose.garcia@example.com','$2b$12$not.a.hash.03', 'José',  'García', '+1 503 555 0103', 'customer', true,  '2023-02-14 12:30-08', '2024-05-05 09:00-07'),
  ('mei.lin@example.com',    '$2b$12$not.a.hash.04', 'Mei',   'Lin',    '503.555.0104',    'customer', true,  '2023-04-01 13:00-07', '2023-04-01 13:00-07'),
  ('omar@example.com',       '$2b$12$not.a.hash.05', 'Omar',  'Haddad', '503-555-0105',    'customer', true,  '2023-05-20 14:00-07', '2023-05-20 14:00-07'),
  ('leila@example.com',      '$2b$12$not.a.hash.06', 'Leila', 'Haddad', '(503)5550105',    'customer', true,  '2023-06-02 15:00-07', '2023-06-02 15:00-07'),
  ('sofia.rossi@example.com','$2b$12$not.a.hash.07', 'Sofia', 'Rossi',  '503-555-01',      'customer', true,  '2023-07-03 16:00-07', '2023-07-03 16:00-07'),
  ('JGarcia@Example.com',    '$2b$12$not.a.hash.08', 'JOSE',  'GARCIA', '5035550103',      'customer', true,  '2024-05-06 17:00-07', '2024-05-06 17:00-07'),
  ('priya.nair@example.com', '$2b$12$not.a.hash.09', 'Priya', 'Nair',   NULL,              'customer', false, '2024-01-09 18:00-08', '2024-09-09 18:00-07'),
  ('tomas@example.com',      '$2b$12$not.a.hash.10', 'Tomas', 'Dvorak', '503-555-0110',    'admin',    true,  '2022-11-30 09:00-08', '2022-11-30 09:00-08');

-- What the older system came to know of the customers that the trigger made. Columns of sums are as it kept them: some are wrong.
UPDATE customers SET address = '12 Orchard Row', city = 'Portland', state = 'OR', postal_code = '97202', country = 'US',
  date_of_birth = '1988-12-10', loyalty_points = 120, customer_type = 'vip', preferred_payment_method = 'card', total_spent = 73.50,
  order_count = 4, last_order_date = '2025-06-01 20:15-07', marketing_consent = true, sms_consent = true, tags = '{mug club}',
  is_verified = true, updated_at = '2025-06-01 20:15-07' WHERE id = 3;
UPDATE customers SET address = '40 Mill Street', city = 'Salem', state = 'OR', postal_code = '97301', country = 'US', loyalty_points = 25,
  customer_type = 'regular', total_spent = 999.99, order_count = 12, marketing_consent = true, sms_consent = true,
  notes = 'Allergic to nuts.', updated_at = '2024-03-03 12:00-08' WHERE id = 4;
UPDATE customers SET address = '7 Station Road', city = 'Portland', state = 'OR', postal_code = '97203', country = 'US',
  date_of_birth = '1990-02-28', loyalty_points = 80, customer_type = 'regular', total_spent = 30.00, order_count = 2,
  marketing_consent = true, sms_consent = false, tags = '{stout,trivia}', updated_at = '2024-05-05 09:00-07' WHERE id = 5;
UPDATE customers SET loyalty_points = 210, customer_type = 'regular', preferred_payment_method = 'card', total_spent = 46.00,
  order_count = 3, marketing_consent = false, sms_consent = true, is_verified = true, updated_at = '2025-02-02 18:30-08' WHERE id = 6;
UPDATE customers SET loyalty_points = 55, total_spent = 0, order_count = 0, sms_consent = true, notes = 'Orders for both.',
  updated_at = '2024-11-11 11:11-08' WHERE id = 7;
UPDATE customers SET loyalty_points = 5, marketing_consent = true, sms_consent = true, updated_at = '2024-11-12 11:11-08' WHERE id = 8;
UPDATE customers SET address = 'Via dei Fiori 3', city = 'Bologna', country = 'IT', loyalty_points = 12, total_spent = 24.00,
  order_count = 1, marketing_consent = true, updated_at = '2024-07-07 07:07-07' WHERE id = 9;
-- The second account of user 3: younger, so its address counts; its birthday is another one; it wants no marketing.
UPDATE customers SET address = '7 Station Rd, Apt 2', city = 'Portland', state = 'OR', postal_code = '97203', country = 'US',
  date_of_birth = '1990-03-28', loyalty_points = 15, total_spent = 12.00, order_count = 1, marketing_consent = false, sms_consent = true,
  tags = '{trivia,early bird}', updated_at = '2025-01-15 16:00-08' WHERE id = 10;
UPDATE customers SET total_spent = 18.00, order_count = 1, notes = '', updated_at = '2024-09-09 18:00-07' WHERE id = 11;

-- Customer 13: user 2 once more, typed in at the counter. Younger and with little in it: what is empty here does not count.
INSERT INTO customers (user_id, email, first_name, last_name, phone, address, city, loyalty_points, customer_type, total_spent, order_count,
                       marketing_consent, sms_consent, tags, is_verified, created_at, updated_at)
VALUES (2, 'BRUNO@EXAMPLE.COM', 'Bruno', 'Keller', '', '41 Mill Street', '', 60, NULL, 15.00, 1, NULL, false, '{}', true,
        '2025-04-04 17:45-07', '2025-04-04 17:45-07');

INSERT INTO customer_profiles (customer_id, preferences, needs, experience_level, medical_conditions, preferred_categories,
                               preferred_effects, price_range, purchase_history, created_at, updated_at)
VALUES
  (1,  '{"seat": "window"}', NULL, 'regular', NULL, '{draft,sides}', NULL, 'low',
   '[{"name": "House IPA", "count": 9}, {"name": "Soft Pretzel & Mustard", "count": 4}]', '2023-03-04 18:00-08', '2025-08-30 19:40-07'),
  (3,  '{"music": "quiet", "table": 4}', 'Beer for a garden party', 'expert', NULL, '{draft,bottles,merch}', '{refreshing,crisp}', 'high',
   '[{"name": "House IPA", "count": 31}, {"name": "Tee", "count": 1}]', '2023-01-10 10:00-08', '2025-06-01 20:15-07'),
  (4,  '{"table": 9}', 'Something without nuts', 'beginner', 'Nut allergy', '{kitchen}', '{}', 'medium', NULL,
   '2023-02-11 11:00-08', '2024-03-03 12:00-08'),
  (5,  '{"newsletter": "monthly"}', '', 'beginner', 'Coeliac', '{sides}', '{mellow}', 'medium', '[]',
   '2023-02-14 12:30-08', '2024-05-05 09:00-07'),
  (10, '{"newsletter": "never"}', 'Gluten-free beer', 'regular', NULL, '{sides,sweets}', NULL, NULL, '[{"name": "Fountain Cola", "count": 2}]',
   '2024-05-06 17:00-07', '2025-01-15 16:00-08'),
  (6,  NULL, NULL, NULL, 'No alcohol: medication', '{coffee}', NULL, 'low', '{"2024": 3, "2025": 1}', '2023-04-01 13:00-07', '2025-02-02 18:30-08'),
  (13, '{}', NULL, 'regular', NULL, NULL, NULL, 'high', NULL, '2025-04-04 17:45-07', '2025-04-04 17:45-07');

-- Of user 1; of nobody who can be told; of somebody who left a number that user 4 has.
INSERT INTO user_profiles (session_id, user_id, email, phone, first_name, last_name, preferences, needs, experience_level,
                           medical_conditions, preferred_categories, preferred_effects, price_range, created_at, updated_at)
VALUES
  ('sess-7f3a-0001', 1, NULL, NULL, 'Ada', NULL, '{"chat": "short answers"}', 'Gift for a brewer', NULL, NULL, '{merch}', NULL, 'medium',
   '2025-05-30 09:00-07', '2025-05-30 09:10-07'),
  ('sess-7f3a-0002', NULL, NULL, NULL, NULL, NULL, '{"asked": ["opening hours"]}', 'Table for eight', 'beginner', NULL, NULL, NULL, NULL,
   '2025-06-02 21:00-07', '2025-06-02 21:01-07'),
  ('sess-7f3a-0003', NULL, 'Mei.Lin@example.com', '(503) 555-0104', 'Mei', '', NULL, 'Decaf after six', 'expert', NULL, '{coffee,sweets}',
   '{calm}', 'low', '2025-07-01 08:00-07', '2025-07-01 08:05-07');

-- 25 orders, the sums of some not those of their items; two canceled, two never finished.
INSERT INTO orders (customer_id, order_number, status, total, items, created_at, updated_at)
VALUES
  (3,  'L-1001', 'completed', 14.00, '[{"name": "House IPA", "sku": "IPA", "quantity": 2, "price": 7.00}]', '2023-01-14 19:00-08', '2023-01-14 19:00-08'),
  (3,  'L-1002', 'completed', 33.00, '[{"name": "Tee", "sku": "TEE-BLK-M", "quantity": 1, "price": 25.00}, {"name": "Soft Pretzel & Mustard", "sku": "PRETZEL", "quantity": 1, "price": 8.00}]', '2023-05-01 20:30-07', '2023-05-01 20:30-07'),
  (3,  'L-1003', 'canceled',  18.00, '[{"name": "Glass Growler 64 oz", "sku": "GROWLER-64", "quantity": 1, "price": 18.00}]', '2024-02-29 17:15-08', '2024-03-01 09:00-08'),
  (3,  'L-1004', 'completed', 12.50, '[{"name": "Cheddar Ale Mac & Cheese", "sku": "MAC", "quantity": 1, "price": 12.50}]', '2024-11-03 01:30-07', '2024-11-03 01:30-07'),
  (3,  'L-1005', 'completed', 14.00, '[{"name": "Harvest Ale 2024", "quantity": 2, "price": 7.00}]', '2025-06-01 20:15-07', '2025-06-01 20:15-07'),
  (4,  'L-1006', 'completed', 15.50, '[{"name": "Double Smash Burger", "sku": "BURGER", "quantity": 1, "price": 15.50}]', '2023-02-12 13:00-08', '2023-02-12 13:00-08'),
  (4,  'L-1007', 'completed',  9.00, '[{"name": "Logo Pint Glass", "sku": "PINT-GLASS", "quantity": 1, "price": 9.00}]', '2024-03-03 12:00-08', '2024-03-03 12:00-08'),
  (13, 'L-1008', 'completed', 15.00, '[{"name": "House IPA 4-Pack", "sku": "CAN-IPA-4", "quantity": 1, "price": 15.00}]', '2025-04-04 17:45-07', '2025-04-04 17:45-07'),
  (5,  'L-1009', 'completed', 22.50, '[{"name": "Oatmeal Stout", "sku": "STOUT", "quantity": 3, "price": 7.50}]', '2023-02-14 20:00-08', '2023-02-14 20:00-08'),
  (5,  'L-1010', 'completed',  7.50, NULL, '2024-05-05 09:00-07', '2024-05-05 09:00-07'),
  (5,  'L-1011', 'pending',   13.00, '[{"name": "Beer-Braised Bratwurst", "sku": "BRAT", "quantity": 1, "price": 13.00}]', '2024-05-05 21:00-07', '2024-05-05 21:00-07'),
  (10, 'L-1012', 'completed', 12.00, '[{"name": "Tulip Glass", "sku": "TULIP", "quantity": 1, "price": 12.00}]', '2025-01-15 16:00-08', '2025-01-15 16:00-08'),
  (10, 'L-1013', 'completed',  8.00, '[{"name": "Fountain Cola", "sku": "COLA", "quantity": 2, "price": 4.00}]', '2025-01-16 16:00-08', '2025-01-16 16:00-08'),
  (6,  'L-1014', 'completed',  4.75, '[{"name": "Cappuccino", "sku": "CAPP", "quantity": 1, "price": 4.75}]', '2023-04-02 09:00-07', '2023-04-02 09:00-07'),
  (6,  'L-1015', 'completed', 20.00, '[{"name": "Hop Harvest Poster", "sku": "POSTER", "quantity": 1, "price": 20.00}]', '2024-04-02 09:00-07', '2024-04-02 09:00-07'),
  (6,  'L-1016', 'completed', 21.25, '[{"name": "Flat White", "sku": "FLAT-WHITE", "quantity": 3, "price": 4.75}, {"name": "Burnt Honey Cheesecake", "sku": "CHEESECAKE", "quantity": 1, "price": 8.50}]', '2025-02-02 18:30-08', '2025-02-02 18:30-08'),
  (7,  'L-1017', 'completed', 27.00, '[{"name": "Roasted Mushroom Tacos", "sku": "TACOS", "quantity": 2, "price": 13.50}]', '2024-11-11 11:11-08', '2024-11-11 11:11-08'),
  (8,  'L-1018', 'canceled',   5.00, '[{"name": "Rosemary Lemonade", "sku": "LEMONADE", "quantity": 1, "price": 5.00}]', '2024-11-12 11:11-08', '2024-11-12 11:30-08'),
  (9,  'L-1019', 'completed', 24.00, '[{"name": "Canvas Cap", "sku": "CAP-NAVY", "quantity": 1, "price": 24.00}]', '2023-08-15 16:00-07', '2023-08-15 16:00-07'),
  (11, 'L-1020', 'completed', 18.00, '[{"name": "Farmhouse Saison 750 ml", "sku": "BTL-SAISON", "quantity": 1, "price": 18.00}]', '2024-01-20 18:00-08', '2024-01-20 18:00-08'),
  (1,  'L-1021', 'completed', 20.50, '[{"name": "House IPA", "sku": "IPA", "quantity": 2, "price": 7.00}, {"name": "Sea Salt Fries", "sku": "FRIES", "quantity": 1, "price": 6.00}]', '2023-03-04 18:00-08', '2023-03-04 18:00-08'),
  (1,  'L-1022', 'completed', 14.00, '[]', '2024-08-30 19:40-07', '2024-08-30 19:40-07'),
  (1,  'L-1023', 'completed', 27.00, '[{"name": "Hop Vine Tee", "sku": "TEE-GRN-L", "quantity": 1, "price": 27.00}]', '2025-08-30 19:40-07', '2025-08-30 19:40-07'),
  (2,  'L-1024', 'pending',   32.00, '[{"name": "Stoneware Stein", "sku": "STEIN", "quantity": 1, "price": 32.00}]', '2024-12-24 12:00-08', '2024-12-24 12:00-08'),
  (12, 'L-1025', 'completed',  0.00, '[{"name": "Staff coffee", "quantity": 1, "price": 0}]', '2025-01-02 08:00-08', '2025-01-02 08:00-08');
