"""flask commands as processes of their own: how long they take, what they cost, what memory they have, and what PostgreSQL was busy with."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any

from bench import measure, processor, shop
from pos import postgres

_EVERY_SECONDS = 0.05
_MIB = 1024
_SHOWN = 12
_BUSY = """
    SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 150) FROM pg_stat_activity
     WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Ran:
    """What came of a process. `code` is its exit code, of one that was killed −9; `memory` are seconds since its start and resident MiB."""

    code: int = 0
    said: str = ""
    seconds: float = 0.0
    app_seconds: float = 0.0
    postgres_seconds: float = 0.0
    memory: list[tuple[float, float]] = field(default_factory=list)
    statements: Counter[str] = field(default_factory=Counter)

    def peak_mib(self, part: float = 1.0) -> float:
        """The most memory until this part of its time was over."""
        return max((mib for at, mib in self.memory if at <= self.seconds * part), default=0.0)

    @property
    def was_killed(self) -> bool:
        return self.code == -SIGKILL

    def shown(self) -> str:
        """For people: what it took."""
        return (
            f"{self.seconds:.1f} s, CPU {self.app_seconds:.1f} s + PostgreSQL {self.postgres_seconds:.1f} s, "
            f"memory {self.peak_mib(0.1):.0f}, {self.peak_mib(0.5):.0f}, {self.peak_mib():.0f} MiB at most until 10, 50, 100 % of its time"
        )

    def busiest(self) -> Iterator[str]:
        """The statements that PostgreSQL was seen with most often, with their share of the time."""
        for statement, times in self.statements.most_common(_SHOWN):
            yield f"{times * _EVERY_SECONDS / self.seconds:6.1%}  {statement}"


@dataclass(frozen=True)
class Commands:
    """How commands are started: against a database of this server, in these settings. `is_watched`: with a look at its statements."""

    server: postgres.Server
    environ: Mapping[str, str]
    database: str = shop.DATABASE
    is_watched: bool = False

    def run(self, *words: str, kill_after: float | None = None, **changed: str) -> Ran:
        """Runs one to its end, or kills it (−9) after so many seconds. `changed` are settings for it alone."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        family = processor.family(measure.postmaster(self.server))
        before = processor.seconds(family)
        ran, began = Ran(), time.monotonic()
        with tempfile.TemporaryFile("w+") as said, self._watched(ran):
            process = subprocess.Popen(command, env={**self.environ, **changed}, stdout=said, stderr=subprocess.STDOUT)
            _accompany(process, ran, began, kill_after)
            said.seek(0)
            ran.said = said.read()
        ran.postgres_seconds = processor.seconds(processor.family(measure.postmaster(self.server))) - before
        return ran

    def must(self, *words: str, **changed: str) -> Ran:
        """The same; ends the run with what it said if its exit code is not 0."""
        ran = self.run(*words, **changed)
        if ran.code:
            busy = "\n".join(ran.busiest())
            raise SystemExit(
                f"flask {' '.join(words)} ended with {ran.code} after {ran.seconds:.1f} s:\n{ran.said}\n{busy}"
            )
        return ran

    @contextmanager
    def _watched(self, ran: Ran) -> Iterator[None]:
        if not self.is_watched:
            yield
            return
        is_over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ran, is_over))
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()

    def _watch(self, ran: Ran, is_over: threading.Event) -> None:
        with shop.superuser(self.server, self.database) as cursor:
            while not is_over.wait(_EVERY_SECONDS):
                cursor.execute(_BUSY)
                ran.statements.update(statement for (statement,) in cursor.fetchall())


def _accompany(process: "subprocess.Popen[str]", ran: Ran, began: float, kill_after: float | None) -> None:
    """Waits for its end. The kernel's own account of a process is given once, to whoever waits for it: so not by `wait()`."""
    status = Path(f"/proc/{process.pid}/status")
    gone, code, usage = os.wait4(process.pid, os.WNOHANG)
    while not gone:
        ran.memory += [(time.monotonic() - began, mib) for mib in _resident_mib(status)]
        time.sleep(_EVERY_SECONDS)
        if kill_after is not None and time.monotonic() - began >= kill_after:
            # Not `send_signal`: it looks first whether the process has ended.
            os.kill(process.pid, SIGKILL)
        gone, code, usage = os.wait4(process.pid, os.WNOHANG)
    ran.code = process.returncode = os.waitstatus_to_exitcode(code)
    ran.seconds = time.monotonic() - began
    ran.app_seconds = usage.ru_utime + usage.ru_stime


def _resident_mib(status: Path) -> Iterator[float]:
    for line in status.read_text().splitlines():
        if line.startswith("VmRSS:"):
            yield int(line.split()[1]) / _MIB


def show(ran: Ran, what: str, **rates: Any) -> None:
    """Prints what a command took, its rates, and what PostgreSQL was seen with."""
    said = "".join(f", {count / ran.seconds:,.0f} {name}/s" for name, count in rates.items() if count)
    print(f"{what}: {ran.shown()}{said}", flush=True)
    for line in ran.busiest():
        print(f"    {line}", flush=True)
