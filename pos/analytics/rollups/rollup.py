"""A rollup: its table, the SELECT that makes it, and the three uses of both: made again, read, and compared with the books."""

from collections.abc import Sequence
from dataclasses import dataclass

from pos.analytics.rollups import models, sources, spans
from pos.analytics.rollups.spans import Span
from pos.db import StoreRow, table_of
from pos.statements import Statement

# What changes the days of a rollup: an order that was placed on them, money that came or went on them, points, and, by the store's clock,
# orders of any place.
SOLD, MONEY, POINTS, VISITED = "sold", "money", "points", "visited"
# Spans as days, to tell a rollup's rows of days that have changed from the others.
_DAYS_OF_SPANS = f"""
    (SELECT s.place, g.day::date AS day FROM {spans.GIVEN}, generate_series(s.first_on, s.last_on, interval '1 day') AS g (day))
"""


@dataclass(frozen=True)
class Rollup:
    """`source` takes the place of the table on any spans (sources.py); `subject` says by what its days change. `period` is what one row is
    of: days that have changed make their whole week or month be counted again."""

    model: type[StoreRow]
    source: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    subject: str
    period: str = "day"

    @property
    def name(self) -> str:
        return self.model.__tablename__ if self.model is not models.VisitsByPeriod else f"visits_by_{self.period}"

    @property
    def table(self) -> str:
        return str(table_of(self.model).name)

    @property
    def is_of_places(self) -> bool:
        return "location_id" in self.keys

    @property
    def own(self) -> str:
        """Which rows of its table are this rollup's."""
        return f"r.period = '{self.period}'" if "period" in self.keys else "true"

    @property
    def columns(self) -> str:
        return ", ".join((*self.keys, *self.measures))

    def books(self, relation: str = spans.GIVEN) -> str:
        """The figures as the books say them, of the spans that a relation names."""
        return f"SELECT {self.columns} FROM ({self.source.format(spans=relation)}) books"

    @property
    def rows(self) -> str:
        """The figures of the days from `:from_on` to `:to_on`: of the spans from the books, of all other days from the table."""
        place = "d.place = r.location_id AND " if self.is_of_places else ""
        return f"""(
            SELECT {self.columns} FROM {self.table} r
             WHERE r.store_id = :store AND r.day BETWEEN :from_on AND :to_on AND {self.own}
               AND NOT EXISTS (SELECT FROM {_DAYS_OF_SPANS} d WHERE {place}d.day = r.day)
            UNION ALL {self.books()})"""

    @property
    def difference(self) -> str:
        """Rows that the table has and the books do not, or the other way round, of the spans that stand for `{{spans}}`."""
        kept = f"SELECT {self.columns} FROM {self.table} r WHERE r.store_id = :store AND {self.own}"
        books = self.books("{spans}")
        return f"(({books}) EXCEPT ALL ({kept})) UNION ALL (({kept}) EXCEPT ALL ({books}))"


_ADDED = ("orders", "gross", "discounts", "net", "charges", "tax", "tips", "total")
SALES = Rollup(models.SalesByHour, sources.SALES, ("location_id", "day", "hour", "source"), _ADDED, SOLD)
SELLERS = Rollup(models.SalesBySeller, sources.SELLERS, ("location_id", "day", "register_id", "user_id"), _ADDED, SOLD)
GOODS = Rollup(
    models.GoodsByDay,
    sources.GOODS,
    ("location_id", "day", "product_id", "kind", "sku", "name", "tax_class", "tax_rate"),
    ("quantity", "gross", "discounts", "net", "tax"),
    SOLD,
)
DISCOUNTS = Rollup(
    models.DiscountsByDay, sources.DISCOUNTS, ("location_id", "day", "kind", "name"), ("uses", "amount"), SOLD
)
TAKINGS = Rollup(
    models.MoneyByDay,
    sources.MONEY,
    ("location_id", "day", "register_id", "user_id", "method"),
    ("payments", "paid", "refund_count", "refunds"),
    MONEY,
)
LEDGER = Rollup(models.PointsByDay, sources.POINTS, ("day", "type"), ("entries", "points"), POINTS)
VISITS = {
    period: Rollup(
        models.VisitsByPeriod,
        sources.visits(period),
        ("period", "day"),
        ("active", "orders", "net"),
        VISITED,
        period,
    )
    for period in models.PERIODS
}
COHORTS = Rollup(
    models.CohortsByMonth,
    sources.COHORTS,
    ("day", "cohort"),
    ("customers", "orders", "net"),
    VISITED,
    "month",
)
ROLLUPS = (SALES, SELLERS, GOODS, DISCOUNTS, TAKINGS, LEDGER, *VISITS.values(), COHORTS)


def _forget(rollup: Rollup) -> Statement:
    place = "r.location_id = s.place AND " if rollup.is_of_places else ""
    return Statement(f"""
        DELETE FROM {rollup.table} r USING {spans.GIVEN}
         WHERE r.store_id = :store AND {rollup.own} AND {place}r.day BETWEEN s.first_on AND s.last_on
    """)


def _fill(rollup: Rollup) -> Statement:
    return Statement(f"""
        INSERT INTO {rollup.table} (store_id, id, {rollup.columns})
        SELECT :store, gen_random_uuid(), {rollup.columns} FROM ({rollup.books()}) b
    """)


_FORGET = {rollup.name: _forget(rollup) for rollup in ROLLUPS}
_FILL = {rollup.name: _fill(rollup) for rollup in ROLLUPS}


def remake(rollup: Rollup, given: Sequence[Span]) -> int:
    """Makes the rows of these spans again from the books; gives their number. May be repeated."""
    values = spans.as_values(given)
    _FORGET[rollup.name].run(**values)
    return _FILL[rollup.name].run(**values)
