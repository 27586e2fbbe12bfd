"""Sales: what was sold, by time, place and person, and the money that came in and went back meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from pos.analytics.reports import goods
from pos.analytics.reports.days import PERIODS, values_of
from pos.analytics.reports.shape import Asked, Kind, Report, average, columns, require_nobodys, summed
from pos.analytics.rollups import changed
from pos.analytics.rollups.rollup import DISCOUNTS, SALES, SELLERS, TAKINGS, Rollup
from pos.statements import Statement

_SOLD = ("orders", "gross", "discounts", "net", "charges", "tax", "tips", "total")
_MONEY = ("payments", "paid", "refund_count", "refunds")
_MEASURES = columns(
    orders="count",
    gross="money",
    discounts="money",
    net="money",
    charges="money",
    tax="money",
    tips="money",
    total="money",
    average="money",
)
_TAKEN = columns(refunds="money", taken="money")
# What the rows are of: in SQL, of a row `r` of a rollup.
_OF_DAY = {
    "hour": "r.day::text || ' ' || r.hour::text",
    "hour_of_day": "r.hour",
    "weekday": "extract(isodow FROM r.day)::bigint",
}
_NAMED = {"location": "r.location_id", "register": "r.register_id", "person": "r.user_id"}
_HERE = "(:location ::uuid IS NULL OR r.location_id = :location ::uuid)"
_THEIRS = f"""{_HERE} AND (:register ::uuid IS NULL OR r.register_id = :register ::uuid)
              AND (:user ::uuid IS NULL OR r.user_id = :user ::uuid)"""
_NAMES = {
    "location": Statement("SELECT id, name FROM locations WHERE store_id = :store"),
    "register": Statement("SELECT id, name FROM registers WHERE store_id = :store"),
    "person": Statement("SELECT user_id, name FROM memberships WHERE store_id = :store"),
}


def _added(rollup: Rollup, measures: Sequence[str], by: str, which: str) -> Statement:
    sums = ", ".join(f"sum(r.{name})::bigint AS {name}" for name in measures)
    return Statement(f"SELECT {by} AS key, {sums} FROM {rollup.rows} r WHERE {which} GROUP BY 1")


_SALES_BY = {
    by: _added(SALES, _SOLD, sql, _HERE)
    for by, sql in (PERIODS | _OF_DAY | {"location": "r.location_id", "source": "r.source"}).items()
}
# Of one register or person, and by them, the sums are others.
_SALES_OF = {by: _added(SELLERS, _SOLD, sql, _THEIRS) for by, sql in (PERIODS | _NAMED).items()}
_MONEY_BY = {
    by: _added(TAKINGS, _MONEY, sql, _THEIRS) for by, sql in (PERIODS | _NAMED | {"payment_method": "r.method"}).items()
}
_DISCOUNTS_BY = Statement(f"""
    SELECT r.kind, r.name, sum(r.uses)::bigint AS uses, sum(r.amount)::bigint AS amount FROM {DISCOUNTS.rows} r
     WHERE :location ::uuid IS NULL OR r.location_id = :location ::uuid GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2
""")


def _by_time(asked: Asked) -> Report:
    """Sales beside the money of the same days."""
    found = changed.between(asked.first_on, asked.last_on)
    is_of_sellers = asked.by not in _SALES_BY or asked.register_id or asked.user_id
    sold = (
        _rows(_SALES_OF[asked.by], SELLERS, asked, found)
        if is_of_sellers
        else _rows(_SALES_BY[asked.by], SALES, asked, found)
    )
    money = _rows(_MONEY_BY[asked.by], TAKINGS, asked, found)
    data = [_row(asked.by, key, sold.get(key), money.get(key)) for key in _ordered(asked.by, {*sold, *money})]
    shown = (*columns(**{asked.by: asked.by}), *_MEASURES, *_TAKEN)
    return Report(shown, data, _totals(data), asked.first_on, asked.last_on)


def _by_name(asked: Asked) -> Report:
    """As by time, the largest first; what was sold by nobody who is known, or without a register, has no name."""
    report = _by_time(asked)
    names = dict(_NAMES[asked.by].rows())
    named = [{f"{asked.by}_id": row[asked.by], **row, asked.by: names.get(row[asked.by])} for row in report.data]
    named.sort(key=lambda row: (-row["net"], -row["taken"], row[asked.by] or ""))
    shown = (*columns(**{f"{asked.by}_id": "id", asked.by: "text"}), *report.columns[1:])
    return Report(shown, named, report.totals, report.first_on, report.last_on)


def _by_hour(asked: Asked) -> Report:
    """What was sold alone: money is not told by the hour. Raises NotOfReport for one register's or person's."""
    require_nobodys(asked)
    found = changed.between(asked.first_on, asked.last_on)
    sold = _rows(_SALES_BY[asked.by], SALES, asked, found)
    data = [_sale(asked.by, key, sold[key]) for key in _ordered(asked.by, sold)]
    if asked.by == "hour":
        data = sorted(({**row, "hour": _hour(row["hour"])} for row in data), key=lambda row: str(row["hour"]))
    kind = {"hour": "hour", "source": "text"}.get(asked.by, "number")
    totals = _with_average(summed(data, _SOLD))
    return Report((*columns(**{asked.by: kind}), *_MEASURES), data, totals, asked.first_on, asked.last_on)


def _by_method(asked: Asked) -> Report:
    found = changed.between(asked.first_on, asked.last_on)
    money = _rows(_MONEY_BY[asked.by], TAKINGS, asked, found)
    data = [
        {"payment_method": method, **row, "taken": row["paid"] - row["refunds"]}
        for method, row in sorted(money.items(), key=lambda each: (-each[1]["paid"], each[0]))
    ]
    shown = columns(
        payment_method="text", payments="count", paid="money", refund_count="count", refunds="money", taken="money"
    )
    return Report(shown, data, summed(data, (*_MONEY, "taken")), asked.first_on, asked.last_on)


def _by_discount(asked: Asked) -> Report:
    require_nobodys(asked)
    found = changed.between(asked.first_on, asked.last_on)
    data = _DISCOUNTS_BY.mappings(**values_of(DISCOUNTS, asked, found))
    shown = columns(kind="text", name="text", uses="count", amount="money")
    return Report(shown, data, summed(data, ("uses", "amount")), asked.first_on, asked.last_on)


def _rows(statement: Statement, rollup: Rollup, asked: Asked, found: changed.Changed) -> dict[Any, dict[str, Any]]:
    rows = statement.mappings(**values_of(rollup, asked, found))
    return {row.pop("key"): row for row in rows}


def _row(by: str, key: Any, sold: Mapping[str, int] | None, money: Mapping[str, int] | None) -> dict[str, Any]:
    paid, refunds = (money["paid"], money["refunds"]) if money else (0, 0)
    return {**_sale(by, key, sold or dict.fromkeys(_SOLD, 0)), "refunds": refunds, "taken": paid - refunds}


def _sale(by: str, key: Any, sold: Mapping[str, int]) -> dict[str, Any]:
    return {by: key, **{name: sold[name] for name in _SOLD}, "average": average(sold["total"], sold["orders"])}


def _totals(data: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return _with_average(summed(data, _SOLD)) | summed(data, ("refunds", "taken"))


def _with_average(totals: dict[str, int]) -> dict[str, Any]:
    return {**totals, "average": average(totals["total"], totals["orders"])}


def _ordered(by: str, keys: Any) -> list[Any]:
    return list(keys) if by in (*_NAMED, "hour") else sorted(keys)


def _hour(key: str) -> str:
    day, hour = key.split(" ")
    return datetime.combine(datetime.fromisoformat(day), time(int(hour))).isoformat(timespec="minutes")


_MAKERS = {
    **dict.fromkeys(PERIODS, _by_time),
    **dict.fromkeys((*_OF_DAY, "source"), _by_hour),
    **dict.fromkeys(_NAMED, _by_name),
    "payment_method": _by_method,
    "discount": _by_discount,
}
_ALL = frozenset({"location_id", "register_id", "user_id"})
SALES_REPORT = Kind(
    ("day", "hour", "hour_of_day", "weekday", "week", "month", "location", "register", "person", "payment_method", "source",
     "product", "category", "kind", "discount", "tax"),
    lambda asked: _MAKERS.get(asked.by, goods.make)(asked),
    _ALL,
)  # fmt: skip
