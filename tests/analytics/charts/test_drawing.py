"""What a picture may hold: Vega-Lite that draws the rows of its answer, and nothing that loads, leads elsewhere or reaches beyond them."""

from typing import Any

import pytest

from pos.analytics.charts import drawing, expressions, shapes
from pos.analytics.charts.answers import MOST_BYTES, MOST_ROWS, kept

BARS: dict[str, Any] = {
    "mark": "bar",
    "encoding": {"x": {"field": "day"}, "y": {"field": "net", "type": "quantitative"}},
}
ENCODING = BARS["encoding"]
TAKEN: list[dict[str, Any]] = [
    BARS,
    {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", **BARS, "height": 300, "title": "Net"},
    {**BARS, "height": {"step": 20}, "mark": {"type": "bar", "tooltip": True}},
    {"layer": [BARS, {"mark": "rule", "encoding": {"y": {"datum": 5}}}], "resolve": {"scale": {"y": "independent"}}},
    {"hconcat": [BARS, {"vconcat": [BARS]}], "spacing": 5},
    {
        **BARS,
        "transform": [
            {"calculate": "datum.net / 100", "as": "net"},
            {"filter": "datum.net > 0 && datum['day'] != null"},
        ],
    },
    {**BARS, "transform": [{"filter": {"and": ["datum.net > 1", {"not": {"field": "net", "lt": 5}}]}}]},
    {**BARS, "transform": [{"aggregate": [{"op": "sum", "field": "net", "as": "all"}], "groupby": ["day"]}]},
    {
        "mark": "point",
        "encoding": {"color": {"condition": {"test": "datum.net > 5", "value": "black"}, "value": "grey"}},
    },
    {"mark": "line", "encoding": {"x": {"field": "url", "axis": {"labelExpr": "upper(datum.label)"}}}},
]
# Where the fault is, and a word of what is said of it.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**BARS, "data": {"url": "https://elsewhere.example/rows.json"}}, "/data", "rows of its answer"),
    ({**BARS, "data": {"values": []}}, "/data", "rows of its answer"),
    ({**BARS, "datasets": {"a": []}}, "/datasets", "rows of its answer"),
    ({**BARS, "usermeta": {"embedOptions": {"loader": {}}}}, "/usermeta", "loads nothing"),
    ({**BARS, "config": {"background": "red"}}, "/config", "office's own"),
    ({**BARS, "params": [{"name": "pick", "select": "point"}]}, "/params", "listens to nobody"),
    ({**BARS, "signals": []}, "/signals", "not known here"),
    ({**BARS, "a/b~c": 1}, "/a~1b~0c", "not known here"),
    ({"mark": "image", "encoding": {"url": {"field": "day"}}}, "/mark", "not known here"),
    ({"mark": "geoshape"}, "/mark", "not known here"),
    ({"mark": {"type": "bar", "href": "https://elsewhere.example"}}, "/mark/href", "leads nowhere"),
    ({"mark": {"type": "bar", "color": {"expr": "datum.x"}, "style": "cell"}}, "/mark/style", "office's own"),
    ({"mark": ["bar"]}, "/mark", "not known here"),
    ({"encoding": ENCODING}, "", "needs a mark"),
    ({"mark": "bar", "encoding": []}, "/encoding", "an object"),
    ({"mark": "bar", "encoding": {"href": {"field": "day"}}}, "/encoding/href", "leads nowhere"),
    ({"mark": "bar", "encoding": {"url": {"field": "day"}}}, "/encoding/url", "leads nowhere"),
    ({"mark": "bar", "encoding": {"longitude": {"field": "day"}}}, "/encoding/longitude", "Choose among"),
    ({**BARS, "transform": [{"lookup": "day", "from": {"data": {"url": "x"}}}]}, "/transform/0/lookup", "rows of its answer"),
    ({**BARS, "transform": [{"calculate": "load('x')", "as": "a"}]}, "/transform/0/calculate", "load is not there"),
    ({**BARS, "transform": [{"filter": {"or": ["window.top"]}}]}, "/transform/0/filter/or/0", "Nothing is called window"),
    ({**BARS, "transform": [{"filter": {"param": "pick"}}]}, "/transform/0/filter/param", "listens to nobody"),
    ({"mark": "bar", "encoding": {"x": {"field": "a", "axis": {"labelExpr": "data('x')"}}}}, "/encoding/x/axis/labelExpr", "data is not there"),
    ({"mark": "bar", "encoding": {"x": {"scale": {"range": {"expr": 5}}}}}, "/encoding/x/scale/range/expr", "is a text"),
    ({"layer": []}, "/layer", "list of pictures"),
    ({"layer": ["bar"]}, "/layer/0", "an object"),
    ({"layer": [BARS, {**BARS, "data": {}}]}, "/layer/1/data", "rows of its answer"),
    ({**BARS, "height": 100_000}, "/height", "pixels"),
    ({**BARS, "height": True}, "/height", "pixels"),
    ({**BARS, "$schema": "https://elsewhere.example/v6.json"}, "/$schema", "Vega-Lite"),
    ({**BARS, "description": "x" * drawing.MOST_BYTES}, "", "bytes"),
]  # fmt: skip
EXPRESSIONS = {
    "datum.net / 100": None,
    "datum['net sales'] > 1e3 ? 'much' : \"little\"": None,
    "round(datum.net, 2) + length(datum.name) % 2 == 0 || !datum.on": None,
    "timeFormat(datum.at, '%H:%M')": None,
    "if(datum.a.b < .5, PI, E)": None,
    "constructor": "nothing behind",
    "datum.constructor": "nothing behind",
    "datum['constructor']": "nothing behind",
    "datum['__proto__']": "nothing behind",
    "datum.a('x')": "nothing behind",
    "datum.replace.call('x')": "nothing behind",
    "item": "Nothing is called item",
    "event.view": "Nothing is called event",
    "modify('table', datum)": "modify is not there",
    "regexp('(a+)+$')": "regexp is not there",
    "random()": "random is not there",
    "datum.a; datum.b": "is made of",
    "`x`": "is made of",
    "{a: 1}": "is made of",
    "'not ended": "is made of",
    "'\\u0063onstructor'": "is made of",
    "datum.a = 1, x": "Nothing is called x",
    "1 + " * 200 + "1": "at most",
}


@pytest.mark.parametrize("config", TAKEN)
def test_pictures_that_only_draw_are_taken(config: dict[str, Any]) -> None:
    assert drawing.fault_of(config) is None


@pytest.mark.parametrize(("config", "pointer", "word"), REFUSED)
def test_pictures_that_do_more_are_refused_at_their_place(config: dict[str, Any], pointer: str, word: str) -> None:
    fault = drawing.fault_of(config)

    assert fault
    assert fault.pointer == pointer
    assert word in fault.reason


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_read_the_row_and_reckon(expression: str) -> None:
    expected, found = EXPRESSIONS[expression], expressions.fault_of(expression)

    assert (found is None) if expected is None else (found is not None and expected in found)


def test_pictures_ask_for_the_columns_that_they_do_not_make() -> None:
    made = {
        "transform": [
            {"calculate": "datum.net / datum['old price']", "as": "share"},
            {"fold": ["cash", "card"]},
            {"filter": {"and": ["datum.kind == 'food'", {"field": "on_sale", "equal": True}]}},
            {"aggregate": [{"op": "sum", "field": "share", "as": "all"}], "groupby": ["place.name"]},
        ],
        "mark": "bar",
        "encoding": {
            "x": {"field": "key"},
            "y": {"field": "all"},
            "color": {"field": r"a\.b", "sort": {"field": "rank"}},
        },
    }

    assert drawing.fields_of(made) == {"net", "old price", "cash", "card", "kind", "on_sale", "place", "a.b", "rank"}


def test_differences_are_told_in_words() -> None:
    agreed = [{"name": "day", "type": "date"}, {"name": "net", "type": "integer"}]
    found = [{"name": "day", "type": "text"}, {"name": "gross", "type": "integer"}]

    assert shapes.of_answers(agreed, agreed[::-1]) == []
    assert shapes.of_answers(agreed, found) == [
        "The answer has no column “net” any more.",
        "The answer has a new column “gross”.",
        "The answer has “day” as text; it was date.",
    ]
    assert shapes.of_views({"report_a": agreed, "report_b": agreed}, {"report_b": found[:1]}) == [
        "report_a is gone.",
        "report_b has no column “net” any more.",
        "report_b has “day” as text; it was date.",
    ]


def test_answers_are_kept_as_far_as_a_picture_can_show_them() -> None:
    columns = [("n", "integer")]

    long = kept(columns, [[n] for n in range(MOST_ROWS + 1)], is_cut=False)
    wide = kept(columns, [["x" * 1_000] for _ in range(300)], is_cut=False)
    whole = kept(columns, [[1], [None]], is_cut=False)

    assert (len(long.rows), long.is_cut) == (MOST_ROWS, True)
    assert (0 < len(wide.rows) <= MOST_BYTES / 1_000, wide.is_cut) == (True, True)
    assert whole.as_json() == {"columns": [{"name": "n", "type": "integer"}], "rows": [[1], [None]], "is_cut": False}
