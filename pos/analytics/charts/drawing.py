"""The picture of a chart: Vega-Lite without all that loads, leads elsewhere or brings data of its own. Pure.

What may stand there is listed, in the words of https://vega.github.io/vega-lite/docs/; the rest is refused at its place. The data are the rows of
the answer, the colours and letters those of the office.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pos.analytics.charts import expressions

MOST_BYTES = 20_000
MOST_HEIGHT = 800
MARKS = (
    "arc", "area", "bar", "boxplot", "circle", "errorband", "errorbar", "line", "point", "rect", "rule", "square", "text", "tick", "trail",
)  # fmt: skip
CHANNELS = (
    "x", "y", "x2", "y2", "xOffset", "yOffset", "xError", "yError", "xError2", "yError2", "theta", "theta2", "radius", "radius2",
    "color", "fill", "stroke", "opacity", "fillOpacity", "strokeOpacity", "strokeWidth", "strokeDash", "size", "angle", "shape",
    "text", "tooltip", "detail", "order", "description", "row", "column", "facet",
)  # fmt: skip
_LAYERS = ("layer", "hconcat", "vconcat", "concat")
_WITHIN = ("title", "description", "mark", "encoding", "transform", "height", "resolve", *_LAYERS)
_TOP = ("$schema", *_WITHIN, "columns", "spacing")
_SCHEMA = re.compile(r"https://vega\.github\.io/schema/vega-lite/v[56](\.\d+){0,2}\.json")
# Wherever they stand, these bring data, load, lead elsewhere, listen, or dress the picture otherwise than the office.
_REFUSED = {
    **dict.fromkeys(("data", "datasets", "from", "lookup"), "The data of a chart are the rows of its answer, and no others."),
    **dict.fromkeys(("url", "href", "src", "usermeta", "projection"), "A chart loads nothing and leads nowhere."),
    **dict.fromkeys(
        ("params", "param", "signal", "selection", "select", "bind", "on", "events", "update", "init"),
        "A chart is looked at; it listens to nobody.",
    ),
    **dict.fromkeys(("config", "background", "style"), "Colours and letters are the office's own."),
}  # fmt: skip
_EXPRESSIONS = ("calculate", "labelExpr", "expr")
_PREDICATES = ("filter", "test")
_JOINS = ("and", "or", "not")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a picture: a JSON pointer into it, and a sentence."""

    pointer: str
    reason: str


def fault_of(config: Mapping[str, Any]) -> Fault | None:
    """The first thing that a picture may not hold, or lacks; None if it may be saved."""
    if len(json.dumps(config, ensure_ascii=False).encode()) > MOST_BYTES:
        return Fault("", f"A picture is described in at most {MOST_BYTES:,} bytes.")
    return next(_faults(config, "", _TOP), None)


def fields_of(config: Mapping[str, Any]) -> set[str]:
    """The columns of the answer that a picture asks for; what it makes itself is not among them."""
    made = set(_made(config))
    return {name for name in _asked(config) if name not in made}


def _faults(view: Any, at: str, allowed: tuple[str, ...]) -> Iterator[Fault]:
    """Of a view: a single one, or one that holds others."""
    if not isinstance(view, dict):
        yield Fault(at, "Each picture is an object with a mark and an encoding.")
        return
    for name, value in view.items():
        if name not in allowed:
            reason = _REFUSED.get(name) or f"{name} is not known here. A picture has: {', '.join(allowed)}."
            yield Fault(f"{at}/{_escaped(name)}", reason)
        else:
            yield from _faults_of_part(name, value, f"{at}/{_escaped(name)}")
    if not any(name in view for name in ("mark", *_LAYERS)):
        yield Fault(at, f"A picture needs a mark: {', '.join(MARKS)}.")


def _faults_of_part(name: str, value: Any, at: str) -> Iterator[Fault]:
    if name in _LAYERS:
        yield from _faults_of_views(value, at)
    elif name == "mark":
        yield from _faults_of_mark(value, at)
    elif name == "encoding":
        yield from _faults_of_encoding(value, at)
    elif name == "$schema":
        if not isinstance(value, str) or not _SCHEMA.fullmatch(value):
            yield Fault(at, "Pictures are written in Vega-Lite, version 5 or 6; or leave this out.")
    elif name == "height":
        yield from _faults_of_height(value, at)
    else:
        yield from _faults_within(value, at)


def _faults_of_views(views: Any, at: str) -> Iterator[Fault]:
    if not isinstance(views, list) or not views:
        yield Fault(at, "This is a list of pictures.")
        return
    for place, view in enumerate(views):
        yield from _faults(view, f"{at}/{place}", _WITHIN)


def _faults_of_mark(mark: Any, at: str) -> Iterator[Fault]:
    kind = mark.get("type") if isinstance(mark, dict) else mark
    if kind not in MARKS:
        yield Fault(at, f"This mark is not known here. Choose one of: {', '.join(MARKS)}.")
    elif isinstance(mark, dict):
        yield from _faults_within(mark, at)


def _faults_of_encoding(encoding: Any, at: str) -> Iterator[Fault]:
    if not isinstance(encoding, dict):
        yield Fault(at, "The encoding is an object: which channel shows which column.")
        return
    for channel, value in encoding.items():
        if channel not in CHANNELS:
            reason = _REFUSED.get(channel) or f"This channel is not known here. Choose among: {', '.join(CHANNELS)}."
            yield Fault(f"{at}/{_escaped(channel)}", reason)
        else:
            yield from _faults_within(value, f"{at}/{channel}")


def _faults_of_height(value: Any, at: str) -> Iterator[Fault]:
    step = value.get("step") if isinstance(value, dict) and set(value) == {"step"} else value
    if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step <= MOST_HEIGHT:
        yield Fault(at, f'The height is a number of pixels up to {MOST_HEIGHT}, or {{"step": pixels for each row}}.')


def _faults_within(value: Any, at: str) -> Iterator[Fault]:
    """Of all that stands deeper: known to Vega-Lite alone, so only what must not be is looked for."""
    if isinstance(value, list):
        for place, each in enumerate(value):
            yield from _faults_within(each, f"{at}/{place}")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _faults_of_entry(name, each, f"{at}/{_escaped(name)}")


def _faults_of_entry(name: str, value: Any, at: str) -> Iterator[Fault]:
    if name in _REFUSED:
        yield Fault(at, _REFUSED[name])
    elif name in _EXPRESSIONS:
        yield from _faults_of_expression(value, at)
    elif name in _PREDICATES:
        yield from _faults_of_predicate(value, at)
    elif name == "type" and value in ("image", "geoshape", "geojson"):
        yield Fault(at, "A chart has neither images nor maps.")
    else:
        yield from _faults_within(value, at)


def _faults_of_expression(value: Any, at: str) -> Iterator[Fault]:
    reason = expressions.fault_of(value) if isinstance(value, str) else "An expression is a text."
    if reason:
        yield Fault(at, reason)


def _faults_of_predicate(value: Any, at: str) -> Iterator[Fault]:
    """A text is an expression; an object compares a field, or joins others."""
    if isinstance(value, str):
        yield from _faults_of_expression(value, at)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _faults_of_predicate(each, f"{at}/{place}")
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in _JOINS:
                yield from _faults_of_predicate(each, f"{at}/{name}")
            else:
                yield from _faults_of_entry(name, each, f"{at}/{_escaped(name)}")


def _asked(value: Any) -> Iterator[str]:
    """The fields that are named anywhere: `field`, what expressions read, and what a transform groups by."""
    if isinstance(value, list):
        for each in value:
            yield from _asked(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _asked_by(name, each)


def _asked_by(name: str, value: Any) -> Iterator[str]:
    if name == "field" and isinstance(value, str):
        yield _column_of(value)
    elif name in ("groupby", "fold", "flatten") and isinstance(value, list):
        yield from (_column_of(each) for each in value if isinstance(each, str))
        yield from _asked([each for each in value if not isinstance(each, str)])
    elif name in (*_EXPRESSIONS, *_PREDICATES, *_JOINS):
        yield from _read_by(value)
    else:
        yield from _asked(value)


def _read_by(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from expressions.fields_of(value)
    elif isinstance(value, list):
        for each in value:
            yield from _read_by(each)
    else:
        yield from _asked(value)


def _made(value: Any) -> Iterator[str]:
    """What transforms make, by their `as`; folding makes key and value unless it says otherwise."""
    if isinstance(value, list):
        for each in value:
            yield from _made(each)
    elif isinstance(value, dict):
        named = value.get("as", ["key", "value"] if "fold" in value else [])
        yield from (each for each in (named if isinstance(named, list) else [named]) if isinstance(each, str))
        for each in value.values():
            yield from _made(each)


def _column_of(field: str) -> str:
    r"""Vega-Lite reads `a.b` and `a[b]` as a path into an object; `a\.b` is a name with a dot."""
    return re.split(r"(?<!\\)[.\[]", field, maxsplit=1)[0].replace("\\", "")


def _escaped(name: str) -> str:
    """As a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
