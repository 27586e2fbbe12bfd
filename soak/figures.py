"""The figures of a run, as a table to read and as one line of JSON."""

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

from soak.run import Result


def of(result: Result) -> dict[str, Any]:
    watch, sent = result.watch, result.known.sent
    return {
        "seed": result.plan.seed,
        "plant": result.plan.plant,
        "seconds": round(watch.seconds()),
        "orders_answered": result.answered,
        "orders_in_books": result.in_books,
        "payments_answered": sum(one.resource == "payment" and one.id is not None for one in sent),
        "at_stripe": result.at_stripe,
        "refused": sum(one.is_refused for one in sent),
        "never_answered": sum(one.id is None and not one.is_refused for one in sent),
        "answers_lost_or_repeated": watch.replayed,
        "operations": dict(watch.done),
        "statuses": {str(status): count for status, count in sorted(watch.statuses.items())},
        "kills": sum(watch.kills.values()),
        "kills_of": dict(watch.kills),
        "retries": dict(watch.retries),
        "slowest_answer_seconds": round(watch.slowest, 2),
        "first_success_seconds": {part: _spread(times) for part, times in watch.first_success.items()},
        "stretches": {one.name: dict(one.answers) | {"slowest": round(one.slowest, 1)} for one in watch.stretches},
        "web_process_mebibytes": round(max((max(weights) for weights in watch.memory.values()), default=0)),
        "start_seconds": round(result.start_seconds, 1),
        "backlog_seconds": round(result.backlog_seconds, 1),
        "notes": watch.notes,
        "violations": watch.violation_count,
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"median": round(median(seconds), 2), "most": round(max(seconds), 2), "times": len(seconds)}


def table(figures: dict[str, Any]) -> Iterator[str]:
    for name, shown in figures.items():
        label = name.replace("_", " ")
        if isinstance(shown, dict):
            yield label
            yield from (f"    {key:32}{_flat(entry)}" for key, entry in shown.items())
        elif isinstance(shown, list):
            yield from (f"{label:36}{entry}" for entry in shown)
        else:
            yield f"{label:36}{shown}"


def _flat(entry: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in entry.items()) if isinstance(entry, dict) else str(entry)


def report(result: Result) -> str:
    """The table, the violations and, as the last line, the figures as JSON."""
    figures = of(result)
    said = [f"VIOLATION {sentence}" for sentence in result.violations]
    verdict = "RED" if figures["violations"] else "green: nothing lost, nothing doubled, nothing invented"
    return "\n".join(["", *table(figures), "", *said, verdict, json.dumps(figures)])
