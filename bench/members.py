"""Members of the store's programme, with what they earned: many with a few entries each, and two who are compared: one who
came ten times, and one who comes all the time."""

from bench import shop
from bench.shop import Shop
from pos import postgres

MEMBERS = 20_000
# Numbers that carriers could give out, from FIRST on: the others of the bench are nobody's, and would not be texted.
AREA, FIRST = "+1302", 2_000_001
# Whose entries are counted: their number is in their phone number.
COMPARED_AREA = "+1557"
COMPARED = (10, 10_000)
_JOIN = (
    """
    WITH people AS (
      INSERT INTO customers (store_id, id, phone, origin, version)
      SELECT %(store)s, gen_random_uuid(), %(area)s || lpad(n::text, 7, '0'), 'counter', 1
        FROM generate_series(%(first)s, %(last)s) n
      RETURNING store_id, id, phone),
    profile AS (INSERT INTO profiles (store_id, customer_id) SELECT store_id, id FROM people),
    words AS (
      INSERT INTO customer_words (store_id, word, customer_id) SELECT store_id, '…' || right(phone, 4), id FROM people)
    INSERT INTO members (store_id, id, customer_id, tappass_id, level, level_from, joined_at, source)
    SELECT store_id, gen_random_uuid(), id, 'TP-' || right(phone, 8), 'bronze', date_trunc('day', now()) - interval '1 year',
           now() - interval '1 year', 'register'
      FROM people
    """,
)
# A lot and its entry for each visit, as many in each month of the last year: the lots are open still, and expire a month after
# another, so what expires next is always a twelfth of them.
# The order that an entry names is one of the history, whoever bought it.
_EARN = (
    """
    CREATE TEMP TABLE earned AS
    SELECT n, m.id AS member_id, lpad(to_hex(1700000000000 + n), 12, '0') AS stamp, 5 + n %% 10 AS points,
           lpad(to_hex(1 + (n - 1) %% %(stored)s), 12, '0') AS tail,
           lpad(to_hex(1700000000000 + 1 + (n - 1) %% %(stored)s), 12, '0') AS sold, now() - n %% 12 * interval '1 month' AS at
      FROM generate_series(%(first)s, %(last)s) n
      JOIN customers c ON c.store_id = %(store)s AND c.phone = %(area)s || lpad((%(lowest)s + n %% %(among)s)::text, 7, '0')
      JOIN members m ON m.store_id = c.store_id AND m.customer_id = c.id
     ORDER BY n %% 97
    """,
    """
    CREATE TEMP TABLE keyed AS
    SELECT *, (left(stamp, 8) || '-' || right(stamp, 4) || '-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
           (left(sold, 8) || '-' || right(sold, 4) || '-7000-8000-' || tail)::uuid AS order_id
      FROM earned
    """,
    """
    INSERT INTO point_lots (store_id, id, member_id, points, remaining, expires_at, order_id)
    SELECT %(store)s, id, member_id, points, points, date_trunc('month', at) + interval '13 months', order_id FROM keyed
    """,
    """
    INSERT INTO point_entries (store_id, id, member_id, act_id, type, points, lot_id, order_id, program_version, terms, cause,
      actor, occurred_at, earned_at)
    SELECT %(store)s, id, member_id, id, 'accumulate', points, id, order_id, 0,
           '{"most": null, "bonus": 0, "level": "bronze", "excluded": [], "per_piece": {}, "promotion": null, "multiplier": "1",
             "promotion_on": null, "promotion_multiplier": "1"}', 'accumulate:' || id || ':1', 'bench', at, at
      FROM keyed
    """,
    """
    UPDATE members m SET balance = e.points, lifetime_points = e.points, level_points = e.points
      FROM (SELECT member_id, sum(points) AS points FROM point_entries WHERE store_id = %(store)s GROUP BY member_id) e
     WHERE m.store_id = %(store)s AND m.id = e.member_id
    """,
    "DROP TABLE earned, keyed",
)


def join(server: postgres.Server, made: Shop) -> None:
    """Makes the members, without points."""
    wanted = [(AREA, FIRST, FIRST + MEMBERS - 1), *((COMPARED_AREA, entries, entries) for entries in COMPARED)]
    parts = [{"store": made.store_id, "area": area, "first": first, "last": last} for area, first, last in wanted]
    shop.insert(server, _JOIN, parts, of="members")


def earn(server: postgres.Server, made: Shop, *, stored: int, until: int) -> None:
    """Adds entries until there are so many, as many as there are orders; those who are compared get theirs the first time."""
    facts = {"store": made.store_id, "area": AREA, "lowest": FIRST, "among": MEMBERS, "stored": until}
    parts = [facts | {"first": first, "last": last} for first, last in shop.portions(stored, until)]
    if not stored:
        for number, entries in enumerate(COMPARED, start=1):
            first = number * 10**9 + 1
            mine = {"area": COMPARED_AREA, "lowest": entries, "among": 1, "first": first, "last": first + entries - 1}
            parts.append(facts | mine)
    shop.insert(server, _EARN, parts, of="entries")
