"""The size of functions and modules, and what stands only in certain places: looked up in the source itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "pos").rglob("*.py"))
MEDIAN_LINES, MOST_LINES, MOST_LINES_OF_A_MODULE = 8, 70, 500

# Wall clocks, as attribute of the module or class that they are usually reached by, or imported by name.
CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
}
MAY_READ_THE_CLOCK = {
    "pos/clock.py": "the one place that reads it",
    "pos/ids.py": "uuid7 is made of milliseconds",
}

# Design §4.8: transactions open at the edge.
EDGES = {
    "routes", "member_routes", "register_routes", "stripe_routes", "twilio_routes", "webhooks", "flows", "tasks", "commands", "pages",
    "campaign_routes", "account_routes", "search_routes", "number_routes", "erase_routes", "care_pages", "phone_pages", "kitchen_routes", "guest",
    "cli",
}  # fmt: skip
OTHER_EDGES = {
    "pos/http/attempts.py": "a try is counted in a transaction of its own, which a refusal does not roll back",
    "pos/http/health.py": "answers /readyz",
    "pos/analytics/questions/slots.py": "a lease is committed before its login connects, and ended by itself",
    "pos/audit/metrics.py": "answers /metrics",
    "pos/staff/identity.py": "finds out who calls before any route opens its transaction",
    "pos/checkout/rehearsing.py": "goes through all members, a few at a time, by command and by the API",
    "pos/checkout/sweep.py": "flows over all that is open",
    "pos/loyalty/sweep.py": "goes through all that is due, a few members at a time",
    "pos/messaging/poll.py": "flows over what came in while nobody was here",
    "pos/web/office/frame.py": "glances at how much waits, for a page that is written outside of a transaction",
    "pos/web/office/exports.py": "hands tables out as files, for all routes that do",
    "pos/care/erasures.py": "flows over who was erased, store by store",
    "pos/legacy/profile_service.py": "stands where a class of the older system stood, for callers that know no transactions",
    "pos/doctor.py": "the body of flask doctor",
    "pos/demo/": "the seed",
    "pos/sandbox/stripe_api.py": "stands where Stripe's own server would",
    "pos/sandbox/twilio_api.py": "stands where Twilio's own server would",
}
EMPTY_WORDS = re.compile(r"util(itie)?s?|helpers?|managers?|services?|common|misc")


def test_functions_are_short() -> None:
    lengths = {name: length for path in SOURCES for name, length in _lengths(path)}

    too_long = {name: length for name, length in lengths.items() if length > MOST_LINES}

    assert too_long == {}
    assert median(lengths.values()) <= MEDIAN_LINES


def test_modules_are_short() -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in SOURCES}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_MODULE} == {}


def test_names_say_what_a_module_is_about() -> None:
    named = [path.relative_to(ROOT / "pos") for path in SOURCES]

    assert [
        str(path) for path in named if any(EMPTY_WORDS.fullmatch(part) for part in path.with_suffix("").parts)
    ] == []


def test_only_the_clock_is_asked_for_the_time() -> None:
    asked = {_name(path): lines for path in SOURCES if (lines := _clock_readings(path.read_text()))}

    assert {name: lines for name, lines in asked.items() if name not in MAY_READ_THE_CLOCK} == {}
    assert set(asked) == set(MAY_READ_THE_CLOCK)


@pytest.mark.parametrize(
    ("source", "readings"),
    [
        ("datetime.now(UTC)", 1),
        ("datetime.datetime.utcnow()", 1),
        ("date.today()", 1),
        ("time.time()", 1),
        ("from time import time, sleep", 1),
        ("from time import monotonic", 0),
        ("clock.now(); func.now(); time.perf_counter(); datetime.fromisoformat(text)", 0),
    ],
)
def test_reading_the_clock_is_noticed(source: str, readings: int) -> None:
    assert len(_clock_readings(source)) == readings


def test_transactions_open_at_the_edge() -> None:
    opening = {_name(path) for path in SOURCES if _opens_transaction(path.read_text())}

    inside = {name for name in opening if Path(name).stem not in EDGES and not name.startswith(tuple(OTHER_EDGES))}

    assert opening
    assert inside == set()


def test_no_exception_is_stale() -> None:
    names = {_name(path) for path in SOURCES}
    opening = {_name(path) for path in SOURCES if _opens_transaction(path.read_text())}

    assert [edge for edge in OTHER_EDGES if not any(name.startswith(edge) for name in opening)] == []
    assert set(MAY_READ_THE_CLOCK) <= names


def test_opening_a_transaction_is_noticed() -> None:
    assert _opens_transaction("with transaction(store_id) as session:\n    pass")
    assert _opens_transaction("def f():\n    with open(x), db.transaction(None):\n        pass")
    assert _opens_transaction("stack.enter_context(transaction(None))")
    assert _opens_transaction("with glance(store_id):\n    pass")
    assert _opens_transaction("with db.glance(store_id):\n    pass")
    assert not _opens_transaction("'with transaction(store_id):'")


def _lengths(path: Path) -> Iterator[tuple[str, int]]:
    """Lines of each function from `def` to its end, its docstring and decorators left out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{_name(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1 - _docstring_lines(node)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


def _clock_readings(source: str) -> list[int]:
    return [node.lineno for node in ast.walk(ast.parse(source)) if _reads_clock(node)]


def _reads_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(name.name in CLOCKS["time"] for name in node.names) and node.module == "time"
    if not isinstance(node, ast.Attribute):
        return False
    owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", None)
    return node.attr in CLOCKS.get(str(owner), set())


def _opens_transaction(source: str) -> bool:
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return any({"transaction", "glance"} & {getattr(func, "id", None), getattr(func, "attr", None)} for func in calls)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
