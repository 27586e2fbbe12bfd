"""What is done to the product: kills, stalls, a full disk, wrong clocks. Each fault is undone before its function returns."""

import os
import random
import shlex
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from soak.product import Product, children, is_ready, until
from soak.volume import Volume
from soak.watch import Watch

# How often each part is killed, as a share of all kills. A web process and a backend are what hangs most often.
SHARES = {"web process": 38, "backend": 22, "postgres": 14, "worker": 14, "web": 12}
_LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
_RETURN_SECONDS = 60


@dataclass
class Target:
    """What the faults are done to, and with."""

    product: Product
    watch: Watch
    chance: random.Random
    volume: Volume | None
    clock: "Clock | None"


Fault = Callable[[Target], None]


def kill(target: Target, part: str) -> None:
    """kill -9 for one process of a part; waits for one that lives, since the part may just be coming back."""
    until(partial(target.product.kill, part, target.chance), _RETURN_SECONDS, what=f"a living {part}")
    target.watch.killed(part)


def stall_backends(target: Target, seconds: float) -> None:
    """All connections that there are hang, and go on later where they were; new ones can be made."""
    until(lambda: len(target.product.backends()) > 2, _RETURN_SECONDS, what="backends of PostgreSQL")
    with target.watch.stretch(f"{seconds:.0f} s of stopped backends"), stopped(target.product.backends()):
        time.sleep(seconds)


def stall_postgres(target: Target, seconds: float) -> None:
    """All of PostgreSQL hangs: nothing answers, and nothing can be connected to."""
    until(lambda: is_ready(target.product.port), _RETURN_SECONDS, what="/readyz answering 200")
    postmasters = target.product.postmasters()
    # The parent first, so that it does not see its children stop.
    found = [*postmasters, *(child for postmaster in postmasters for child in children(postmaster))]
    with target.watch.stretch(f"{seconds:.0f} s of stopped PostgreSQL"), stopped(found):
        time.sleep(seconds)


@contextmanager
def stopped(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Who has ended meanwhile needs no waking."""
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def fill_disk(target: Target, seconds: float) -> None:
    """The volume with all of the product's data is filled to the last byte, kept so, and freed.

    Reads must go on and writes be answered 503, unless PostgreSQL had to end because it could not write its log:
    then it must be back soon after there is space again. Which of the two it was is noted.
    """
    if target.volume is None:
        return
    until(lambda: is_ready(target.product.port), _RETURN_SECONDS, what="/readyz answering 200")
    watch, before = target.watch, _panics(target.product)
    with watch.stretch(f"{seconds:.0f} s of full disk") as stretch:
        try:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                target.volume.fill()
                time.sleep(0.1)
        finally:
            target.volume.free()
    panics = _panics(target.product) - before
    watch.note(f"full disk: PostgreSQL had to end {panics} times, since it could not write its log")
    if not stretch.answers["write 503"]:
        watch.violation("the full disk was not felt by any write")
    if not panics and not stretch.answers["read 200"]:
        watch.violation("no read was answered while the disk was full")


def _panics(product: Product) -> int:
    return product.server.log_path.read_text(errors="replace").count("PANIC")


class Clock:
    """The web processes' clock. They look at it when they are started, so a change ends with the kill of `web`."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._library, self._script = library, folder / "clock.sh"
        self.right()

    def right(self) -> None:
        self._script.write_text("")

    def shift(self, seconds: int) -> None:
        known = {"LD_PRELOAD": str(self._library), "FAKETIME": f"{seconds:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        known["PYTHONPATH"] = str(Path(__file__).parent / "clocked")
        self._script.write_text("".join(f"export {name}={shlex.quote(text)}\n" for name, text in known.items()))

    def started_by(self, command: str) -> str:
        """A line of a Procfile that starts this command with the clock of the moment."""
        return f"sh -c {shlex.quote(f'. {self._script}; exec {command}')}"


def find_libfaketime() -> Path | None:
    """In the place of Debian's package, or where TAPPASS_SOAK_FAKETIME says."""
    told = os.environ.get("TAPPASS_SOAK_FAKETIME")
    if told:
        return Path(told)
    found = [path for pattern in _LIBRARIES for path in Path("/").glob(pattern.removeprefix("/"))]
    return found[0] if found else None


def skew_clock(target: Target, seconds: int) -> None:
    """From now on the web lives in another time than the database and the worker; 0 sets it right."""
    if target.clock is None:
        return
    if seconds:
        target.clock.shift(seconds)
    else:
        target.clock.right()
    kill(target, "web")
