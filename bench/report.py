"""The figures of a run as a table and as JSON."""

import json
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.measure import Figures

# Figure, sign, bound, what it says.
Goal = tuple[str, str, float, str]
COLUMNS = ("per_second", "app_ms", "postgres_ms", "p50_ms", "p99_ms")
# What the project holds itself to.
GOALS: tuple[Goal, ...] = (
    ("order_cpu_ratio", ">=", 0.25, "CPU of the limit / CPU of an order (app + PostgreSQL); aim 0.40"),
    ("order_wall_ratio", ">=", 0.20, "orders per second / the limit's, on a quiet machine"),
    (
        "cash_order_cpu_ratio",
        ">=",
        0.20,
        "CPU of the limit / CPU of an order paid in cash, with its payment and receipt",
    ),
    ("order_p99_to_p50", "<=", 4.0, "slowest of a hundred orders / the middle one"),
    ("paid_cpu_ratio", ">=", 0.25, "CPU of its limit / CPU of a payment by link (app + PostgreSQL); aim 0.40"),
    ("paid_wall_ratio", ">=", 0.20, "payments by link per second / their limit's, on a quiet machine"),
    ("lookup_to_empty_cpu", "<=", 5.0, "CPU of a customer by phone / of an empty answer; aim 3"),
    ("worker_pss_mib", "<=", 100.0, "memory of the largest web worker, MiB"),
    ("points_cpu_ratio", ">=", 0.25, "CPU of its limit / CPU of a payment by link that earns points; aim 0.40"),
    ("member_order_to_order", "<=", 1.3, "CPU of a member's order paid in cash / CPU of such an order of others"),
    ("member_cpu_ratio", ">=", 0.10, "CPU of its one statement / CPU of a member by phone"),
    ("member_10000_to_10", "<=", 1.2, "CPU of a member with 10,000 entries / of one with ten"),
    ("points_sms_cpu_ratio", ">=", 0.25, "CPU of its limit / CPU of POINTS by text, webhook to TwiML; aim 0.40"),
    ("points_sms_wall_ratio", ">=", 0.20, "POINTS by text per second / their limit's, on a quiet machine"),
    ("points_sms_p99_to_p50", "<=", 4.0, "slowest of a hundred answers to POINTS / the middle one"),
    (
        "limit_drift",
        "<=",
        0.15,
        "by how much the limit moved from before to after; beyond it wall figures do not count",
    ),
)


def medians(rounds: list[dict[str, Figures]]) -> dict[str, Figures]:
    """The middle of each figure over the rounds."""
    return {
        name: {column: median(each[name][column] for each in rounds) for column in rounds[0][name]}
        for name in rounds[0]
    }


def figures(rounds: list[dict[str, Figures]], before: Figures, after: Figures, pss_mib: float) -> Figures:
    """The ratios. Each is taken within its round, where both sides met the same machine, then the middle of them."""
    cost = [{name: row["app_ms"] + row["postgres_ms"] for name, row in each.items()} for each in rounds]
    first, last = before["per_second"], after["per_second"]
    return {
        "order_cpu_ratio": median(each["limit"] / each["order"] for each in cost),
        "order_wall_ratio": median(each["order"]["per_second"] / each["limit"]["per_second"] for each in rounds),
        "cash_order_cpu_ratio": median(each["limit"] / each["order in cash"] for each in cost),
        "order_p99_to_p50": median(each["order"]["p99_ms"] / each["order"]["p50_ms"] for each in rounds),
        "paid_cpu_ratio": median(each["limit of paid by link"] / each["paid by link"] for each in cost),
        "paid_wall_ratio": median(
            each["paid by link"]["per_second"] / each["limit of paid by link"]["per_second"] for each in rounds
        ),
        "lookup_to_empty_cpu": median(each["customer by phone"] / each["empty answer"] for each in cost),
        "points_cpu_ratio": median(each["limit of paid by a member"] / each["paid by a member"] for each in cost),
        "member_order_to_order": median(each["order of a member"] / each["order in cash"] for each in cost),
        "member_cpu_ratio": median(each["limit of member by phone"] / each["member by phone"] for each in cost),
        "member_10000_to_10": median(each["member of 10,000"] / each["member of 10"] for each in cost),
        "points_sms_cpu_ratio": median(each["limit of points by text"] / each["points by text"] for each in cost),
        "points_sms_wall_ratio": median(
            each["points by text"]["per_second"] / each["limit of points by text"]["per_second"] for each in rounds
        ),
        "points_sms_p99_to_p50": median(
            each["points by text"]["p99_ms"] / each["points by text"]["p50_ms"] for each in rounds
        ),
        "worker_pss_mib": pss_mib,
        "limit_drift": abs(first - last) / max(first, last),
    }


def show(stored: int, rows: dict[str, Figures], found: Figures) -> None:
    print(f"\n{stored:,} orders stored\n{'':25}" + "".join(f"{column:>14}" for column in COLUMNS))
    for name, row in rows.items():
        print(f"{name:25}" + "".join(f"{row[column]:14.2f}" if column in row else f"{'':14}" for column in COLUMNS))
    judge(found, GOALS)


def judge(found: Mapping[str, float], goals: Sequence[Goal]) -> None:
    """Prints each figure that has a goal, and whether it is met."""
    print()
    for name, sign, bound, meaning in goals:
        met = found[name] >= bound if sign == ">=" else found[name] <= bound
        print(f"{'ok  ' if met else 'MISS'} {name:25}{found[name]:8.2f}  {sign} {bound:g}  {meaning}")


def growth(runs: list[dict[str, Any]]) -> float | None:
    """The CPU of an order in the largest history against the smallest, each against its own limit."""
    if len(runs) < 2:
        return None
    small, large = runs[0]["figures"]["order_cpu_ratio"], runs[-1]["figures"]["order_cpu_ratio"]
    return float(small / large)


def finish(runs: list[dict[str, Any]]) -> None:
    grown = growth(runs)
    if grown is not None:
        plain = [sum(run["rows"]["order"][name] for name in ("app_ms", "postgres_ms")) for run in runs]
        print(
            f"\nCPU of an order, {runs[-1]['stored']:,} stored against {runs[0]['stored']:,}: "
            f"{plain[0]:.2f} → {plain[-1]:.2f} ms ({plain[-1] / plain[0] - 1:+.0%}); against the limit of each: {grown - 1:+.0%}"
        )
    print(json.dumps({"runs": runs, "growth": grown}))
