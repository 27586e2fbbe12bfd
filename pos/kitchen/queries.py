"""What is asked of the kitchen: all that a screen shows, in one statement that finds only what somebody may have to do with."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from pos import ids
from pos.errors import NotFound
from pos.kitchen import tickets
from pos.statements import Statement

# What was not begun by then will not be; it is told by its number, so that nobody believes that it is not there.
WATCHED = timedelta(hours=24)
# How long it is news that something is not wanted any more, and how long what was served can be called back.
TOLD, RECENT = timedelta(hours=2), timedelta(minutes=60)
MOST_OLDER = 500
# Of these the tickets are made that can be called back.
MOST_SERVED = 200

UNPAID = "('unpaid', 'partially_paid')"
# Where the kitchen sees nothing unpaid: what grows after it was paid stays, as nobody takes a pan off the fire for a second round.
IS_SEEN = "(s.kitchen_sees_unpaid OR o.payment_status <> 'unpaid')"
# When a line was asked for: with a sale that came late, or from elsewhere, when that was placed. Where the kitchen sees nothing unpaid,
# it was asked of the kitchen when the order's first money came, later payments change nothing; what came with the sale is as old as that.
FIRED_AT = """greatest(
    CASE WHEN (o.is_offline OR o.source IN ('woocommerce', 'import')) AND l.created_at = o.created_at THEN o.placed_at
         ELSE l.created_at END,
    CASE WHEN NOT s.kitchen_sees_unpaid THEN
      (SELECT nullif(min(paid.updated_at), o.created_at) FROM payments paid
        WHERE paid.store_id = o.store_id AND paid.order_id = o.id AND paid.status = 'succeeded') END)"""
# The station of each category: its own, else that of the nearest one around it. A closed station is none.
STATIONS_OF_CATEGORIES = """
    reached (category_id, station_id, parent_id) AS (
      SELECT c.id, s.id, c.parent_id FROM categories c
        LEFT JOIN stations s ON s.store_id = c.store_id AND s.id = c.station_id AND s.is_active
       WHERE c.store_id = :store
      UNION
      SELECT r.category_id, s.id, c.parent_id FROM reached r
        JOIN categories c ON c.store_id = :store AND c.id = r.parent_id
        LEFT JOIN stations s ON s.store_id = c.store_id AND s.id = c.station_id AND s.is_active
       WHERE r.station_id IS NULL)
"""


def _instant(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


_SQL = f"""
    WITH RECURSIVE {STATIONS_OF_CATEGORIES},
    -- Each by an index of its own: what is open, was called back or put back, was just served, or is not wanted any more.
    watched AS (
      SELECT o.id FROM orders o WHERE o.store_id = :store AND o.status = 'open' AND o.id >= :oldest
      UNION
      SELECT l.order_id FROM order_lines l WHERE l.store_id = :store AND l.id >= :oldest AND l.order_id < :oldest
      UNION
      SELECT l.order_id FROM portions p JOIN order_lines l ON l.store_id = p.store_id AND l.id = p.line_id
       WHERE p.store_id = :store AND p.status IN ('waiting', 'making', 'ready') AND p.updated_at > :watched_since
      UNION
      SELECT l.order_id
        FROM (SELECT p.store_id, p.line_id FROM portions p
               WHERE p.store_id = :store AND p.status = 'served' AND p.served_at > :recent_since
               ORDER BY p.served_at DESC LIMIT {MOST_SERVED}) p
        JOIN order_lines l ON l.store_id = p.store_id AND l.id = p.line_id
      UNION
      SELECT l.order_id FROM order_lines l WHERE l.store_id = :store AND l.voided_at > :told_since
      UNION
      SELECT o.id FROM orders o
       WHERE o.store_id = :store AND o.canceled_at > :told_since AND o.canceled_at IS NOT NULL AND o.merged_into_id IS NULL),
    here AS MATERIALIZED (
      SELECT o.*, c.name AS customer_name FROM watched w
        JOIN orders o ON o.store_id = :store AND o.id = w.id
        JOIN customers c ON c.store_id = o.store_id AND c.id = o.customer_id
       WHERE o.location_id = :location),
    rounds AS (
      SELECT l.*, dense_rank() OVER (PARTITION BY l.order_id ORDER BY l.created_at) AS round
        FROM here o JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id),
    lines AS (
      SELECT l.id, l.order_id, l.round, l.position, l.name, l.modifiers, l.note, l.quantity,
             {_instant(FIRED_AT)} AS fired_at,
             coalesce(own.id, (SELECT r.station_id FROM reached r WHERE r.category_id = p.category_id AND r.station_id IS NOT NULL))
               AS station_id,
             l.voided_at IS NOT NULL OR o.status = 'canceled' AS is_gone,
             coalesce(l.voided_at, o.canceled_at) > :told_since AS is_told,
             made.portions, made.is_recent
        FROM rounds l
        JOIN here o ON o.id = l.order_id
        JOIN stores s ON s.id = l.store_id
        LEFT JOIN products p ON p.store_id = l.store_id AND p.id = l.product_id
        LEFT JOIN stations own ON own.store_id = p.store_id AND own.id = p.station_id AND own.is_active
        LEFT JOIN LATERAL (
          SELECT json_agg(json_build_array(m.id, m.quantity, m.status, m.started_at, m.ready_at, m.served_at) ORDER BY m.id)
                   AS portions,
                 bool_or(m.status = 'served' AND m.served_at > :recent_since) AS is_recent
            FROM portions m WHERE m.store_id = l.store_id AND m.line_id = l.id) made ON true
       WHERE l.needs_preparation
         AND (made.portions IS NOT NULL
              OR (l.id >= :oldest AND o.status <> 'completed' AND o.fulfillment_status <> 'completed' AND {IS_SEEN})
              OR (l.voided_at > :told_since AND {IS_SEEN}))),
    older AS (
      SELECT o.id FROM orders o
       WHERE o.store_id = :store AND o.status = 'open' AND o.id < :oldest AND o.location_id = :location
         AND o.fulfillment_status <> 'completed' AND NOT EXISTS (SELECT FROM lines l WHERE l.order_id = o.id)
         AND EXISTS (SELECT FROM order_lines l WHERE l.store_id = :store AND l.order_id = o.id AND l.needs_preparation
                        AND l.voided_at IS NULL)
       LIMIT {MOST_OLDER})
    SELECT json_build_object(
      'location', json_build_object('id', place.id, 'name', place.name),
      'stations', (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t.position, t.name), '[]')
                     FROM stations t WHERE t.store_id = :store AND t.is_active),
      'slow_minutes', s.kitchen_slow_minutes, 'late_minutes', s.kitchen_late_minutes,
      'older', (SELECT count(*) FROM older),
      'orders', (SELECT coalesce(json_agg(json_build_object(
                   'id', o.id, 'reference', o.reference, 'tab_name', o.tab_name, 'note', o.note, 'is_offline', o.is_offline,
                   'customer_name', nullif(split_part(btrim(o.customer_name), ' ', 1), ''),
                   'is_paid', o.payment_status NOT IN {UNPAID}, 'is_canceled', o.status = 'canceled',
                   'placed_at', {_instant("o.placed_at")}) ORDER BY o.id), '[]') FROM here o),
      'lines', (SELECT coalesce(json_agg(row_to_json(l) ORDER BY l.order_id, l.position, l.id), '[]') FROM lines l))::text
      FROM locations place JOIN stores s ON s.id = place.store_id
     WHERE place.store_id = :store AND place.id = :location
"""
_BOARD = Statement(_SQL)
# Another version of the program may show more of the same rows.
_PROGRAM = ids.digest(_SQL)[:8]


def rows(location_id: UUID, now: datetime) -> str:
    """All that the screens of a location show, as JSON; `board` makes it what a screen shows. Raises NotFound."""
    found = _BOARD.first(
        location=location_id,
        oldest=ids.first_uuid7_of(now - WATCHED),
        watched_since=now - WATCHED,
        told_since=now - TOLD,
        recent_since=now - RECENT,
    )
    if found is None:
        raise NotFound(what="location")
    return str(found[0])


def tag(read: str, asked: str | None) -> str:
    """The ETag of what a screen shows of these rows: nothing else goes into it, but for the program that shows them."""
    return ids.digest(f"{_PROGRAM}\n{asked}\n{read}")[:32]


def board(read: str, asked: str | None) -> dict[str, Any]:
    """What a screen shows of these rows, of one station, of `none`, or (None) of all."""
    return tickets.board(orjson.loads(read), asked)
