"""What a run of some length and seed does to the product, and when: kills all the time, longer faults in between."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from soak import faults
from soak.faults import Fault

# A shorter run has no room for the longer faults.
LONG_SECONDS = 240


@dataclass(frozen=True)
class Plan:
    """`seconds_per_kill` is the mean pause before a kill; the wait for what is killed comes on top."""

    seconds: float = 600
    seed: int = 0
    plant: str | None = None
    tablets: int = 16
    seconds_per_kill: float = 3.2
    # The longest that a tablet rests between two things that it does.
    pause_seconds: float = 0.4

    @property
    def is_long(self) -> bool:
        return self.seconds >= LONG_SECONDS


def a_kill(chance: random.Random) -> tuple[str, Fault]:
    part = chance.choices(list(faults.SHARES), list(faults.SHARES.values()))[0]
    return f"kill {part}", partial(faults.kill, part=part)


def longer_faults(plan: Plan) -> Iterator[tuple[float, str, Fault]]:
    """(second of the run from which it is due, its name, the fault), in this order."""
    if not plan.is_long:
        yield plan.seconds * 0.4, "stop backends", partial(faults.stall_backends, seconds=2)
        return
    percent = plan.seconds / 100
    yield 15 * percent, "stop PostgreSQL", partial(faults.stall_postgres, seconds=25)
    yield 28 * percent, "stop backends", partial(faults.stall_backends, seconds=8)
    yield 40 * percent, "fill the disk", partial(faults.fill_disk, seconds=20)
    yield 55 * percent, "clock + 10 min", partial(faults.skew_clock, seconds=600)
    yield 65 * percent, "clock - 10 min", partial(faults.skew_clock, seconds=-600)
    yield 75 * percent, "clock right", partial(faults.skew_clock, seconds=0)
    yield 85 * percent, "stop PostgreSQL", partial(faults.stall_postgres, seconds=4)
