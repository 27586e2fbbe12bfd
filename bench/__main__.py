"""`make bench`: orders over HTTP beside pgbench running the same statements, in one run; a table and JSON."""

import argparse
from typing import Any

from bench import clients, guests, measure, members, report, shop
from bench.guests import Guests
from pos import postgres

WARM_UP = 3
# What is measured in a round, each for so many seconds.
MEASURED = len(measure.REQUESTS) + 8
# An order can be paid once, so payments are measured by their number: about what a machine does in a second.
LIMIT_RATE, PAID_RATE = 1500, 500
# Who pays by link, and the statements beside them.
WAITING = {"paid by link": guests.strangers, "paid by a member": guests.regulars}
LIMITS = {"paid by link": "limit_paid.sql", "paid by a member": "limit_points.sql"}


def main() -> None:
    """Limit, rounds of everything in turn, limit again: wall figures count if the limit has not moved by more than 15 %."""
    asked = _asked()
    runs: list[dict[str, Any]] = []
    with shop.home() as home, postgres.running(home) as server:
        print("Making the shop …", flush=True)
        made, stored = shop.make(server), 0
        members.join(server, made)
        waiting = {name: seats(server, made) for name, seats in WAITING.items()}
        for wanted in asked.stored:
            shop.grow(server, made, stored=stored, until=wanted)
            members.earn(server, made, stored=stored, until=wanted)
            stored = wanted
            for each in waiting.values():
                each.seat(_paid(WARM_UP) + asked.rounds * _paid(asked.seconds))
            runs.append(_run(server, made, waiting, wanted, seconds=asked.seconds, rounds=asked.rounds))
    report.finish(runs)


def _run(
    server: postgres.Server, made: shop.Shop, waiting: dict[str, Guests], stored: int, *, seconds: float, rounds: int
) -> dict[str, Any]:
    with measure.web(server, made) as machine:
        print(f"Warming up, then {rounds} rounds of {MEASURED * seconds:g} s …", flush=True)
        _round(machine, made, waiting, WARM_UP)
        before = measure.limit(server, made, seconds)
        measured = [_round(machine, made, waiting, seconds) for _ in range(rounds)]
        pss_mib = machine.memory_mib()
        after = measure.limit(server, made, seconds)
    rows = {"limit before": before, **report.medians(measured), "limit after": after}
    found = report.figures(measured, before, after, pss_mib)
    report.show(stored, rows, found)
    return {"stored": stored, "rows": rows, "figures": found}


def _round(
    machine: measure.Machine, made: shop.Shop, waiting: dict[str, Guests], seconds: float
) -> dict[str, measure.Figures]:
    rows = {"limit": measure.limit(machine.server, made, seconds)}
    for name, request in measure.REQUESTS.items():
        rows[name] = measure.over_http(machine, clients.lasting(seconds, lambda request=request: request(made)))
    rows["limit of member by phone"] = measure.limit_member(machine.server, made, seconds)
    rows["limit of points by text"] = measure.limit_text(machine.server, made, seconds)
    texts = clients.lasting(seconds, lambda: measure.points_by_text(made))
    rows["points by text"] = measure.over_http(machine, texts, b"<Message")
    for name, guests_waiting in waiting.items():
        count = _events(LIMIT_RATE, seconds)
        rows[f"limit of {name}"] = measure.limit_paid(machine.server, made, guests_waiting, count, LIMITS[name])
        rows[name] = measure.paid(machine, guests_waiting, _events(PAID_RATE, seconds))
    print("  " + ", ".join(f"{name} {row['per_second']:.0f}/s" for name, row in rows.items()), flush=True)
    return rows


def _paid(seconds: float) -> int:
    """How many orders are paid in a round."""
    return _events(LIMIT_RATE, seconds) + _events(PAID_RATE, seconds)


def _events(rate: int, seconds: float) -> int:
    """Events for about so long, an equal share for each client."""
    return round(rate * seconds / clients.CLIENTS) * clients.CLIENTS


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    sizes = {"type": lambda text: sorted({int(size) for size in text.split(",")})}
    parser.add_argument("--stored", default=[10_000, 1_000_000], help="orders stored, e.g. 10000,1000000", **sizes)
    parser.add_argument("--seconds", type=float, default=6, help="how long each measurement takes")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured in turn")
    parser.add_argument("--short", action="store_true", help="10,000 stored orders, three rounds of 3 s: five minutes")
    asked = parser.parse_args()
    if asked.short:
        asked.stored, asked.seconds, asked.rounds = [10_000], 3, 3
    return asked


if __name__ == "__main__":
    main()
