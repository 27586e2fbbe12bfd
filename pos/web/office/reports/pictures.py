"""The picture of a report: Vega-Lite by what its rows are of. Pure.

Amounts come in minor units, as the API has them, and are divided where they are drawn: only what is looked at is ever a fraction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos.analytics.reports.shape import Column, Report
from pos.money import digits_of
from pos.web.office.reports.words import is_number, title_of, written
from pos.web.office.writing import Writing

MOST_BARS, MOST_BARS_OF_TIME = 15, 62
# By what a time is drawn, and how it is written below: a week is a band of its own, of the others those without a figure are left free.
_TIMES = {
    "day": {"type": "temporal", "timeUnit": "utcyearmonthdate"},
    "week": {"type": "ordinal", "timeUnit": "utcyearmonthdate"},
    "month": {"type": "temporal", "timeUnit": "utcyearmonth"},
    "hour": {"type": "temporal", "timeUnit": "yearmonthdatehours"},
}
_WRITTEN = {"day": "%b %-d", "week": "%b %-d", "month": "%b %Y", "hour": "%b %-d, %H:%M"}
# What has an order of its own.
_IN_ORDER = ("hour_of_day", "weekday", "interval", "value")
# What is drawn of each report, the first that its columns have; several are stacked in parts.
_MEASURES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "sales": (("net",), ("paid",), ("amount",), ("tax",)),
    "products": (("net",),),
    "customers": (("new", "returning"), ("customers",)),
    "loyalty": (("accumulate", "redeem", "expire"), ("points",)),
    "messages": (("sent", "received"), ("sent",)),
}


@dataclass(frozen=True)
class Picture:
    """Vega-Lite with the rows that it draws, and what it shows in words."""

    spec: dict[str, Any]
    data: list[dict[str, Any]]
    title: str

    def as_json(self) -> dict[str, Any]:
        return {"spec": self.spec, "data": self.data}


def picture_of(name: str, by: str, report: Report, say: Writing) -> Picture | None:
    """What is drawn of a report; nothing of one that has no rows, or none that can be compared."""
    kinds = {column.name: column for column in report.columns}
    measures = next((found for found in _MEASURES[name] if all(each in kinds for each in found)), None)
    if not report.data or measures is None:
        return None
    if by == "cohort":
        return _heat(report)
    columns = [kinds[each] for each in measures]
    title = f"{_listed([title_of(each) for each in measures])} by {title_of(by)}".capitalize()
    if by in _TIMES:
        return _over_time(by, report, columns, title, say)
    return _bars(by, report, columns, title, say)


def _over_time(by: str, report: Report, measures: list[Column], title: str, say: Writing) -> Picture:
    is_long = len(report.data) > MOST_BARS_OF_TIME
    mark = {"type": "area", "line": True, "fillOpacity": 0.35} if is_long else {"type": "bar"}
    axis = {"grid": False, "format": _WRITTEN[by], "labelAngle": 0}
    x = {"field": by, **_TIMES[by], "title": None, "axis": axis}
    data = [{by: str(row[by]), **_read(row, measures)} for row in report.data]
    return Picture({"mark": mark, **_measured(x, measures, say)}, data, title)


def _bars(by: str, report: Report, measures: list[Column], title: str, say: Writing) -> Picture:
    """Lying bars, the longest first; of what has an order of its own, standing ones."""
    along = {"field": "row", "type": "ordinal", "sort": None, "title": None}
    named = [{"row": _name_of(by, row, report, say), **_read(row, measures)} for row in report.data]
    if by in _IN_ORDER:
        x = {**along, "axis": {"grid": False, "labelAngle": 0}}
        return Picture({"mark": {"type": "bar"}, **_measured(x, measures, say)}, named, title)
    rows = sorted(named, key=lambda row: -abs(row[measures[0].name]))[:MOST_BARS]
    drawn = _measured({**along, "axis": {"labelLimit": 170}}, measures, say)
    encoding = drawn["encoding"]
    encoding["x"], encoding["y"] = encoding["y"], encoding["x"]
    spec = {"mark": {"type": "bar"}, **drawn, "height": {"step": 30}}
    return Picture(spec, rows, f"{title}, the first {MOST_BARS}" if len(named) > MOST_BARS else title)


def _measured(along: dict[str, Any], measures: list[Column], say: Writing) -> dict[str, Any]:
    """Transform and encoding: one measure in one hue, several as parts with a legend."""
    is_money = measures[0].kind == "money"
    digits = digits_of(say.currency) if is_money else 0
    style, short = (f"$,.{digits}f", f"$,.{digits}~f") if is_money else (",d", ",d")
    transform: list[dict[str, Any]] = [{"fold": [each.name for each in measures], "as": ["part", "figure"]}]
    if digits:
        transform.append({"calculate": f"datum.figure / {10**digits}", "as": "figure"})
    axis = {"format": short, "tickCount": 5, **({} if is_money else {"tickMinStep": 1})}
    value = {"field": "figure", "type": "quantitative", "title": None, "axis": axis}
    titles = [title_of(each.name) for each in measures]
    tip = {name: along[name] for name in ("field", "type", "timeUnit") if name in along} | {"title": "At"}
    figure = {"field": "figure", "type": "quantitative", "format": style, "title": titles[0]}
    encoding: dict[str, Any] = {"x": along, "y": value, "tooltip": [tip, figure]}
    if len(measures) > 1:
        named = " : ".join(f"datum.part == '{each.name}' ? '{title_of(each.name)}'" for each in measures)
        transform.append({"calculate": f"{named} : datum.part", "as": "part"})
        encoding["color"] = {"field": "part", "type": "nominal", "scale": {"domain": titles}}
        encoding["tooltip"] = [tip, {"field": "part", "title": "Of"}, {**figure, "title": "Figure"}]
    return {"transform": transform, "encoding": encoding}


def _heat(report: Report) -> Picture:
    """Who came back: a row for each month in which customers were new, a column for each month after it."""
    names = ("months_since", "customers")
    data = [{"cohort": str(row["cohort"]), **{name: row[name] for name in names}} for row in report.data]
    encoding = {
        "x": {"field": "months_since", "type": "ordinal", "title": "Months after the first order", "axis": {"labelAngle": 0}},
        "y": {"field": "cohort", "type": "ordinal", "timeUnit": "utcyearmonth", "title": None},
    }  # fmt: skip
    hue = {"field": "customers", "type": "quantitative", "title": "Customers"}
    layers = [
        {"mark": {"type": "rect"}, "encoding": {"color": hue}},
        {"mark": {"type": "text"}, "encoding": {"text": {"field": "customers"}}},
    ]
    spec = {"encoding": encoding, "layer": layers, "height": {"step": 34}}
    return Picture(spec, data, "Customers who came again, by the month of their first order")


def _listed(titles: list[str]) -> str:
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last


def _read(row: Mapping[str, Any], measures: list[Column]) -> dict[str, Any]:
    return {each.name: row[each.name] or 0 for each in measures}


def _name_of(by: str, row: Mapping[str, Any], report: Report, say: Writing) -> str:
    """What a row is called: by what is not a figure in it, ids left out."""
    if by in ("interval", "value"):
        return _span(row, "days" if by == "interval" else "amount", report, say)
    named = [column for column in report.columns if not is_number(column) and column.kind != "id"]
    first = next((column for column in named if column.name == by), named[0])
    own = written(first, row[first.name], say)
    return f"{own}, {row['name']}" if by == "discount" and row.get("name") else own


def _span(row: Mapping[str, Any], what: str, report: Report, say: Writing) -> str:
    kinds = {column.name: column for column in report.columns}
    first, last = (written(kinds[f"{end}_{what}"], row[f"{end}_{what}"], say) for end in ("from", "to"))
    return f"{first} and more" if row[f"to_{what}"] is None else f"{first} to {last}"
