"""The table of times: how long guests waited for what is made, and how long the making took."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pos.kitchen.queries import FIRED_AT, STATIONS_OF_CATEGORIES
from pos.web.office.tables import Column, Filter, Table, day_begins
from pos.web.office.writing import Writing

DAYS = 30
_DAY = timedelta(days=1)


def _over(values: str) -> str:
    """Average, median and 90th percentile, in seconds."""
    seconds = f"extract(epoch FROM {values})"
    return (
        f"avg({seconds})::float8 AS {{name}}_average,"
        f" percentile_cont(0.5) WITHIN GROUP (ORDER BY {seconds}) AS {{name}}_median,"
        f" percentile_cont(0.9) WITHIN GROUP (ORDER BY {seconds}) AS {{name}}_most"
    )


# Units that were made together count once. Where a thing is made is what is set up now; what it is called, what it is called now.
_MADE = f"""
    (WITH RECURSIVE {STATIONS_OF_CATEGORIES},
     made AS (
       SELECT l.product_id, coalesce(p.name, l.name) AS name, m.ready_at, m.started_at, {FIRED_AT} AS fired_at,
              coalesce(own.id, (SELECT r.station_id FROM reached r WHERE r.category_id = p.category_id AND r.station_id IS NOT NULL))
                AS station_id
         FROM portions m
         JOIN order_lines l ON l.store_id = m.store_id AND l.id = m.line_id
         JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
         JOIN stores s ON s.id = l.store_id
         LEFT JOIN products p ON p.store_id = l.store_id AND p.id = l.product_id
         LEFT JOIN stations own ON own.store_id = p.store_id AND own.id = p.station_id AND own.is_active
        WHERE m.store_id = :store AND m.ready_at >= :since AND m.ready_at < :until AND m.status IN ('ready', 'served')
          AND (:location ::uuid IS NULL OR o.location_id = :location ::uuid))
     SELECT product_id, name, station_id, count(*) AS made, {_over("ready_at - fired_at").format(name="wait")},
            {_over("ready_at - started_at").format(name="making")}
       FROM made WHERE :station ::text IS NULL OR coalesce(station_id::text, 'none') = :station
      GROUP BY product_id, name, station_id) t
"""
_TIMES = Table(
    name="times",
    columns=(
        Column("product_id", "", "t.product_id"),
        Column("name", "Product", "t.name", is_sortable=True),
        Column(
            "station",
            "Station",
            "coalesce((SELECT n.name FROM stations n WHERE n.store_id = :store AND n.id = t.station_id), 'Kitchen')",
        ),
        Column("made", "Made", "t.made", "number", is_sortable=True),
        Column("wait_average", "Wait", "t.wait_average", "seconds", is_sortable=True),
        Column("wait_median", "Wait median", "t.wait_median", "seconds", is_sortable=True),
        Column("wait_most", "Wait 90 %", "t.wait_most", "seconds", is_sortable=True),
        Column("making_average", "Making", "t.making_average", "seconds", may_be_empty=True),
        Column("making_median", "Making median", "t.making_median", "seconds", may_be_empty=True),
        Column("making_most", "Making 90 %", "t.making_most", "seconds", may_be_empty=True),
    ),
    source=f"FROM {_MADE} WHERE true",
    key="t.name",
    order="-made",
)


def times_of(places: Sequence[tuple[str, str]], stations: Sequence[tuple[str, str]], now: datetime) -> Table:
    """The times of what was made; of the last 30 days unless somebody asks for others. Places and stations (id and name) can be chosen."""
    filters = (
        *([Filter("location", "Location", "true", places)] if len(places) > 1 else []),
        *([Filter("station", "Station", "true", [*stations, ("none", "Kitchen (no station)")])] if stations else []),
        Filter("since", "From", "true", kind="date", read=day_begins),
        Filter("until", "To", "true", kind="date", read=_day_ends),
    )
    values = {"since": now - DAYS * _DAY, "until": now + _DAY, "location": None, "station": None}
    return replace(_TIMES, filters=filters, values=values)


def _day_ends(typed: str, writing: Writing) -> datetime:
    return day_begins(typed, writing) + _DAY
