"""What `make run` leaves running: the embedded PostgreSQL and the processes that use it, ended together.

A child that dies comes back, and so does PostgreSQL, which the children live through. If this process itself
is killed, the kernel ends its children (Linux); PostgreSQL may outlive it, and the next start attaches to it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pos import postgres

_POLL_SECONDS = 0.1
_LOOK_AT_SERVER_SECONDS = 1.0
_GRACE_SECONDS = 20.0
_DYING_SECONDS = 2.0
_QUICK_DEATH_SECONDS = 10.0
_QUICK_DEATHS_ALLOWED = 3
_FIRST_PAUSE_SECONDS = 0.5
# `timeout` signals its child and then the group, so two signals this close together are one wish.
_SAME_WISH_SECONDS = 0.3
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec there is no loading of libraries.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class _GaveUp(RuntimeError):
    """A child cannot be kept running; the message is the sentence for the person at the terminal."""


@dataclass
class _Wish:
    """When the end was first asked for, and whether it was asked for twice."""

    asked_at: float | None = None
    impatient: bool = False

    def receive(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.asked_at is None:
            self.asked_at = now
        elif number == signal.SIGINT and not self.impatient and now - self.asked_at > _SAME_WISH_SECONDS:
            self.impatient = True
            raise SystemExit(130)


@dataclass
class _Child:
    """One process that is to run, and what is known of its lives so far."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_due_at: float = 0.0
    quick_deaths: int = 0

    def keep_running(self) -> None:
        if self.process and self.process.poll() is not None:
            self._bury(self.process)
        if self.process is None and time.monotonic() >= self.start_due_at:
            self._start()

    def _start(self) -> None:
        """In a process group of its own: Ctrl-C reaches only us, and the group can be killed whole."""
        parent = os.getpid()
        self.started_at = time.monotonic()
        try:
            self.process = subprocess.Popen(
                self.argv,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                process_group=0,
                preexec_fn=lambda: _die_with(parent),  # noqa: PLW1509 - this process has no threads
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _GaveUp(f"{self.name} cannot be started: {error}.") from error

    def _bury(self, dead: "subprocess.Popen[bytes]") -> None:
        """Clear away what it left of its group, which would keep its port, and set when it comes back.

        Who is killed did not end by a fault of its own, however often: by hand, or by the kernel for want of memory.
        """
        self.kill()
        now = time.monotonic()
        is_quick, was_killed = now - self.started_at < _QUICK_DEATH_SECONDS, dead.returncode == -signal.SIGKILL
        self.quick_deaths = (self.quick_deaths + (not was_killed)) if is_quick else 0
        if self.quick_deaths >= _QUICK_DEATHS_ALLOWED:
            raise _GaveUp(
                f"{self.name} ended {self.quick_deaths} times within {_QUICK_DEATH_SECONDS:.0f} seconds of "
                f"its start, last with exit code {dead.returncode}: its own words above say why."
            )
        pause = _FIRST_PAUSE_SECONDS * 2 ** max(self.quick_deaths - 1, 0) if is_quick else 0
        self.start_due_at = now + pause
        _say(f"{self.name} ended with exit code {dead.returncode} and is started again.")

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def terminate(self) -> None:
        if self.process:
            self.process.terminate()

    def kill(self) -> None:
        """The whole group, also when its first process has ended already."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._wait_for_the_rest(self.process.pid)
            self.process = None

    @staticmethod
    def _wait_for_the_rest(group: int) -> None:
        """A grandchild that is still dying holds the lock of the database's users, and the database would stay up."""
        deadline = time.monotonic() + _DYING_SECONDS
        while _is_alive(group) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS / 10)


def _is_alive(group: int) -> bool:
    """Whether a process of this group is more than a zombie, which holds nothing any more: it only waits for its new parent,
    and a container's first process may never look after it."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return sys.platform != "linux" or any(_belongs(stat, group) for stat in Path("/proc").glob("[0-9]*/stat"))


def _belongs(stat: Path, group: int) -> bool:
    """Whether the process of this file of proc(5) is of the group, and not dead in all of its threads."""
    try:
        fields = stat.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    state, its_group, threads = fields[0], int(fields[2]), int(fields[17])
    return its_group == group and (state != "Z" or threads > 1)


def supervise(
    processes: Mapping[str, list[str]],
    *,
    env: Mapping[str, str],
    server_home: Path | None,
    announce: Callable[[], bool] = lambda: True,
) -> int:
    """Keep the processes running until SIGINT, SIGTERM or SIGHUP; returns the exit code.

    `processes` maps a name to its argv, `env` is their whole environment, `server_home` is the POS_DATA_DIR
    of the embedded server or None. `announce` is asked in each round until it says that it is done. The code is 0
    after a signal, 1 with a sentence on stderr when PostgreSQL or a child cannot be kept running, and 130 after a
    second Ctrl-C.
    """
    children = [_Child(name, argv, env) for name, argv in processes.items()]
    with ExitStack() as stack:
        wish = stack.enter_context(_ending_signals())
        try:
            server = stack.enter_context(postgres.running(server_home)) if server_home else None
            stack.callback(_end, children, wish)
            _watch(children, server, wish, announce)
        except (_GaveUp, postgres.PostgresUnavailable) as error:
            _say(str(error))
            return 1
    return 0


def _watch(children: list[_Child], server: postgres.Server | None, wish: _Wish, announce: Callable[[], bool]) -> None:
    """The server comes first in each round: a child that died of its absence would only die again."""
    look_at_server_at = 0.0
    is_announced = False
    while wish.asked_at is None:
        overdue = time.monotonic() >= look_at_server_at
        if server and (overdue or not all(child.is_alive() for child in children)):
            if postgres.revive(server):
                _forgive(children)
            look_at_server_at = time.monotonic() + _LOOK_AT_SERVER_SECONDS
        for child in children:
            child.keep_running()
        is_announced = is_announced or announce()
        time.sleep(_POLL_SECONDS)


def _forgive(children: list[_Child]) -> None:
    """Who died because the server did is not to blame for it."""
    for child in children:
        child.quick_deaths = 0


def _end(children: list[_Child], wish: _Wish) -> None:
    """Ask, wait, kill. A second Ctrl-C arrives as SystemExit and ends the waiting."""
    try:
        for child in children:
            child.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while any(child.is_alive() for child in children) and time.monotonic() < deadline and not wish.impatient:
            time.sleep(_POLL_SECONDS)
    finally:
        for child in children:
            child.kill()


@contextmanager
def _ending_signals() -> Iterator[_Wish]:
    wish = _Wish()
    before = {number: signal.signal(number, wish.receive) for number in _ENDING_SIGNALS}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _die_with(parent: int) -> None:
    """Runs in the child before exec; the parent may have died before the kernel was asked to watch it."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
