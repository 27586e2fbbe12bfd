"""`make soak`, or `python -m soak [--seconds 600] [--seed N] [--plant NAME]`: exit code 1 if anything is wrong."""

import argparse
import random
import signal
import sys
from types import FrameType

from soak import figures
from soak.plan import Plan
from soak.planted import PLANTS
from soak.run import run


def main() -> None:
    plan = _plan()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        result = run(plan, say=lambda sentence: print(sentence, flush=True))
    except KeyboardInterrupt:
        raise SystemExit("Interrupted; nothing was proven. What was started has been ended.") from None
    print(figures.report(result))
    sys.exit(1 if result.violations else 0)


def _plan() -> Plan:
    asked = argparse.ArgumentParser(prog="python -m soak", description="The whole product under load and faults.")
    asked.add_argument("--seconds", type=float, default=600, help="how long it is struck (default: 600)")
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="default: a new one")
    asked.add_argument("--plant", choices=PLANTS, help="put a bug into the web processes: the run must turn red")
    given = asked.parse_args()
    if not 5 <= given.seconds <= 24 * 3600:
        asked.error("--seconds is from 5 to 86400")
    return Plan(seconds=given.seconds, seed=given.seed, plant=given.plant)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
