"""How long things take, by product and station: from the round that asked for it to ready, and from begun to ready. For who plans the
work, so a step that nobody tapped is not guessed: it counts in neither."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from pos.http.csv import csv_row
from pos.kitchen.queries import FIRED_AT, STATIONS_OF_CATEGORIES
from pos.statements import Statement

_SPANS = {
    "fired": f"greatest(0, extract(epoch FROM p.ready_at - {FIRED_AT}))",
    "started": "extract(epoch FROM p.ready_at - p.started_at)",
}


def _figures(span: str) -> str:
    """Average, median and 90th percentile of a span, in whole seconds."""
    return f"""
        round(avg(made.{span}))::bigint, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY made.{span}))::bigint,
        round(percentile_cont(0.9) WITHIN GROUP (ORDER BY made.{span}))::bigint"""


_TIMES = Statement(f"""
    WITH RECURSIVE {STATIONS_OF_CATEGORIES},
    made AS (
      SELECT l.product_id, CASE WHEN l.product_id IS NULL THEN l.name END AS unknown, p.quantity,
             {", ".join(f"{span} AS {name}" for name, span in _SPANS.items())}
        FROM portions p
        JOIN order_lines l ON l.store_id = p.store_id AND l.id = p.line_id
        JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
        JOIN stores s ON s.id = l.store_id
       WHERE p.store_id = :store AND p.ready_at >= :since AND p.ready_at < :until AND p.ready_at IS NOT NULL
         AND (:location ::uuid IS NULL OR o.location_id = :location ::uuid))
    SELECT made.product_id, coalesce(max(g.name), made.unknown) AS product, max(t.name) AS station,
           count(*), sum(made.quantity)::bigint, {_figures("fired")}, count(made.started), {_figures("started")}
      FROM made
      LEFT JOIN products g ON g.store_id = :store AND g.id = made.product_id
      LEFT JOIN stations own ON own.store_id = :store AND own.id = g.station_id AND own.is_active
      LEFT JOIN reached r ON r.category_id = g.category_id AND r.station_id IS NOT NULL
      LEFT JOIN stations t ON t.store_id = :store AND t.id = coalesce(own.id, r.station_id)
     GROUP BY made.product_id, made.unknown
     ORDER BY sum(made.quantity) DESC, product
""")


@dataclass(frozen=True)
class Times:
    """Of one product what became ready in a span of time: how often and how many units, and how many seconds it took. The station is
    today's; None is the kitchen."""

    product_id: UUID | None
    product: str
    station: str | None
    portion_count: int
    quantity: int
    fired_average_seconds: int
    fired_median_seconds: int
    fired_percentile_90_seconds: int
    started_count: int
    started_average_seconds: int | None
    started_median_seconds: int | None
    started_percentile_90_seconds: int | None


def of_products(since: datetime, until: datetime, location_id: UUID | None = None) -> list[Times]:
    """The times of all products of which something became ready from one instant to another, the most sold first."""
    return [Times(*row) for row in _TIMES.rows(since=since, until=until, location=location_id)]


def sheet(times: Iterable[Times]) -> Iterator[str]:
    """The same as CSV, line by line, with its head."""
    names = [field.name for field in fields(Times) if field.name != "product_id"]
    yield csv_row(names)
    for each in times:
        yield csv_row(getattr(each, name) for name in names)
