"""One customer's whole story, newest first: orders, points with their reasons, texts with their permits, answers with their wording, and
who changed what; also of those who turned out to be the same person. Each source is read by its own index, a page at a time."""

import base64
import binascii
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from pos.errors import Invalid
from pos.loyalty import words
from pos.statements import Statement

PAGE = 30
_FAMILY = (
    "(SELECT f.id FROM customers f WHERE f.store_id = :store AND (f.id = :customer OR f.merged_into_id = :customer))"
)
_UNTIL = "(:until ::timestamptz IS NULL OR {at} <= :until)"
# More than can happen at one instant: what was told of the instant at which a page ended is left out by its place.
_SAME_INSTANT = 20


def _source(table: str, at: str, subject: str, columns: str, more: str = "") -> Statement:
    return Statement(f"""
        SELECT x.id, {at} AS at, {columns} FROM {table}
         WHERE x.store_id = :store AND {subject} AND {_UNTIL.format(at=at)}{more}
         ORDER BY {at} DESC, x.id DESC LIMIT :limit
    """)


_OF_CUSTOMER = f"x.customer_id IN {_FAMILY}"
_SOURCES = {
    "order": _source(
        "orders x",
        "x.placed_at",
        _OF_CUSTOMER,
        "x.reference, x.status, x.payment_status, x.kind, x.currency, x.total, x.amount_refunded, x.source, x.is_offline, "
        "(SELECT string_agg(l.quantity || ' × ' || l.name, ', ' ORDER BY l.position) FROM order_lines l "
        "WHERE l.store_id = x.store_id AND l.order_id = x.id AND l.voided_at IS NULL) AS lines",
    ),
    "message": _source(
        "messages x",
        "x.created_at",
        _OF_CUSTOMER,
        "x.direction, x.purpose, x.template, x.body, x.status, x.permit, x.conversation_id, x.intent",
    ),
    "consent": _source(
        "consents x",
        "x.created_at",
        _OF_CUSTOMER,
        "x.purpose, x.granted, x.is_pending, x.source, x.wording, x.wording_version, x.actor",
    ),
    "act": _source(
        "audit_log x",
        "x.created_at",
        f"x.subject IN (SELECT k.kind || u.id FROM {_FAMILY} u CROSS JOIN (VALUES ('customers:'), ('profiles:')) k (kind))",
        "x.action, x.actor, x.before, x.after",
    ),
}
_POINTS = Statement(f"""
    SELECT e.act_id, e.act_id AS id, min(e.occurred_at) AS at, min(e.occurred_at) AS occurred_at, min(e.actor) AS actor,
           json_agg(json_build_object('type', e.type, 'points', e.points, 'reason', e.reason, 'terms', e.terms,
             'lot_id', e.lot_id) ORDER BY e.id) AS entries,
           (array_agg(o.id))[1] AS order_id, (array_agg(o.reference))[1] AS reference, (array_agg(o.status))[1] AS order_status,
           (array_agg(r.name))[1] AS reward, count(e.refund_id) > 0 AS by_refund, sum(e.points)::bigint AS points,
           (SELECT w.words FROM remarks w WHERE w.store_id = :store AND w.subject = 'point_entries:' || e.act_id) AS words
      FROM point_entries e
      JOIN members m ON m.store_id = e.store_id AND m.id = e.member_id AND m.customer_id IN {_FAMILY}
      LEFT JOIN orders o ON o.store_id = e.store_id AND o.id = e.order_id
      LEFT JOIN rewards r ON r.store_id = e.store_id AND r.id = e.reward_id
     WHERE e.store_id = :store AND {_UNTIL.format(at="e.occurred_at")}
     GROUP BY e.member_id, e.act_id ORDER BY at DESC, e.act_id DESC LIMIT :limit
""")


def _rows(kind: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "kind": kind} for row in _SOURCES[kind].mappings(**asked)]


def _points(kind: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    rows = _POINTS.mappings(**asked)
    return [{**words.line(row), "id": row["id"], "at": row["at"], "kind": kind} for row in rows]


_READ = {**dict.fromkeys(_SOURCES, _rows), "points": _points}


class Place(NamedTuple):
    """Where a page ended: what happened then, and what of that instant was told last."""

    at: datetime
    kind: str
    id: UUID


def page(customer_id: UUID, after: str | None = None, *, without: Collection[str] = ()) -> dict[str, Any]:
    """`{"data": [events], "next": cursor or None}`: each event has `kind` (order, points, message, consent, act), `at`, and the facts of its
    kind; those `without` which it is to be told are not asked for. Five statements at most, however long the story. Raises Invalid."""
    ended = _read(after) if after else None
    asked = {"customer": customer_id, "until": ended.at if ended else None, "limit": PAGE + _SAME_INSTANT}
    told = [each for kind, read in _READ.items() if kind not in without for each in read(kind, asked)]
    events = sorted((each for each in told if ended is None or _place(each) < ended), key=_place, reverse=True)
    shown = events[:PAGE]
    return {"data": shown, "next": _written(_place(shown[-1])) if len(events) > PAGE else None}


def _place(event: dict[str, Any]) -> Place:
    return Place(event["at"], event["kind"], event["id"])


def _written(place: Place) -> str:
    row: Iterable[str] = (place.at.astimezone(UTC).isoformat(), place.kind, str(place.id))
    return base64.urlsafe_b64encode(orjson.dumps(list(row))).decode().rstrip("=")


def _read(text: str) -> Place:
    try:
        at, kind, row_id = orjson.loads(base64.urlsafe_b64decode(text + "=="))
        place = Place(datetime.fromisoformat(at), kind, UUID(row_id))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Invalid(reason="`after` must be the `next` of an earlier page.", pointer="/after") from error
    if place.at.tzinfo is None or not isinstance(place.kind, str):
        raise Invalid(reason="`after` must be the `next` of an earlier page.", pointer="/after")
    return place
