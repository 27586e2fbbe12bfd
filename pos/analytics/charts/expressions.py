"""Expressions within a picture (Vega's own small language): only the fields of a row, and functions that reckon. Pure.

The interpreter in the browser runs no code of its own, and the page's policy lets nothing be fetched; this keeps what reaches beyond
the row out of the books as well, so that a chart that one manager saves does nothing in the window of another but draw.
"""

import re

MOST_SIGNS = 500
_TEXT = re.compile(r"'(?:[^'\\\n]|\\['nt])*'|\"(?:[^\"\\\n]|\\[\"nt])*\"")
_NAME = re.compile(r"(\.\s*)?([A-Za-z_$][\w$]*)(\s*\()?")
_PLAIN = re.compile(r"[\w$\s.,:?!()\[\]<>=&|+\-*/%]*")
_VALUES = frozenset({"datum", "true", "false", "null", "NaN", "PI", "E"})
_HIDDEN = frozenset({"constructor", "prototype", "__proto__", "__defineGetter__", "__lookupGetter__"})
_REACHABLE = """
abs ceil floor round sqrt pow exp log min max clamp sin cos tan isNaN isFinite isValid isNumber isString
isDate if length lower upper trim substring slice split join replace indexof toNumber toString toDate
toBoolean pad truncate format timeFormat utcFormat year quarter month week date day dayofyear hours minutes
seconds utcyear utcquarter utcmonth utcweek utcdate utcday utchours utcminutes utcseconds datetime utc time
timezoneoffset monthFormat monthAbbrevFormat dayFormat dayAbbrevFormat
"""
_FUNCTIONS = frozenset(_REACHABLE.split())


def fault_of(expression: str) -> str | None:
    """Why an expression is not taken, in words; None if it is."""
    if len(expression) > MOST_SIGNS:
        return f"An expression has at most {MOST_SIGNS} signs."
    bare = _TEXT.sub("0", expression)
    if not _PLAIN.fullmatch(bare):
        return "An expression is made of fields (datum.name), numbers, texts in quotes, operators and functions."
    for is_member, name, is_call in _NAME.findall(_without_numbers(bare)):
        if fault := _fault_of_name(name, is_member=bool(is_member), is_call=bool(is_call)):
            return fault
    if any(hidden in text for text in _TEXT.findall(expression) for hidden in _HIDDEN):
        return "An expression reads fields of the row and nothing behind them."
    return None


def fields_of(expression: str) -> set[str]:
    """The fields of the row that an expression reads."""
    dotted = re.findall(r"\bdatum\s*\.\s*([A-Za-z_$][\w$]*)", expression)
    quoted = re.findall(r"\bdatum\s*\[\s*(?:'([^']*)'|\"([^\"]*)\")\s*\]", expression)
    return {*dotted, *(first or second for first, second in quoted)}


def _without_numbers(bare: str) -> str:
    return re.sub(r"(?<![\w$])\d[\d.]*(?:[eE][+-]?\d+)?", "0", bare)


def _fault_of_name(name: str, *, is_member: bool, is_call: bool) -> str | None:
    if name in _HIDDEN or (is_member and is_call):
        return "An expression reads fields of the row and nothing behind them."
    if is_call and name not in _FUNCTIONS:
        return f"The function {name} is not there. These are: {', '.join(sorted(_FUNCTIONS))}."
    if not is_member and not is_call and name not in _VALUES:
        return f"Nothing is called {name}. A field of the row is datum.{name}."
    return None
