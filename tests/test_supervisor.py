"""The supervisor as a process of its own, with children that are plain shells."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos import postgres

ROOT = Path(__file__).parent.parent
# The package without its __init__: the modules under test need nothing of the shop, and to import all of it
# takes longer than to start PostgreSQL.
BARE = f"""
import sys, types
sys.modules["pos"] = types.ModuleType("pos")
sys.modules["pos"].__path__ = [{str(ROOT / "pos")!r}]
"""
PROGRAM = f"""{BARE}
import json, os, sys
from pathlib import Path
from pos.supervisor import supervise
home, processes = json.loads(sys.argv[1])
sys.exit(supervise(processes, env=dict(os.environ), server_home=Path(home) if home else None))
"""
# A child notes each of its lives in a file, with the grandchild that a careless end would leave behind.
CHILD = 'sleep 600 & echo "$$ $!" >> "$0"; wait'
# The worker ends when its server does, some seconds later; this one does so at once.
BEREAVED = 'echo "$$ $$" >> "$0"; server=$(head -n 1 {pid_file}); while kill -0 "$server"; do sleep 0.05; done'
STUBBORN = 'trap "" TERM; echo "$$ $$" >> "$0"; while :; do sleep 0.1; done'


@dataclass
class Running:
    folder: Path
    process: "subprocess.Popen[bytes]"

    def lives(self, name: str) -> list[list[int]]:
        """The pids of each life of a child and of its grandchild, oldest life first."""
        notes = self.folder / f"{name}.lives"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [[int(pid) for pid in line.split()] for line in lines]

    def survivors(self) -> list[int]:
        names = [path.stem for path in self.folder.glob("*.lives")]
        return [pid for name in names for life in self.lives(name) for pid in life if is_alive(pid)]

    def said(self) -> str:
        return (self.folder / "stderr").read_text()

    def ended_with(self) -> int:
        return self.process.wait(30)


def is_alive(pid: int) -> bool:
    """A zombie is dead: PID 1 of a container may be slow to reap it."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def postmaster_pid(server: postgres.Server) -> int:
    return int((server.data_dir / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Running]]:
    """Start a supervisor of children named like the files that they note their lives in."""
    all_started: list[Running] = []

    def started(home: Path | None = None, **programs: str) -> Running:
        shell = ["/bin/sh", "-c"]
        processes = {name: [*shell, program, str(folder / f"{name}.lives")] for name, program in programs.items()}
        all_started.append(Running(folder, supervisor(folder, home, processes)))
        return all_started[-1]

    yield started
    for running in all_started:
        running.process.kill()
        running.process.wait()
        for pid in running.survivors():
            os.kill(pid, signal.SIGKILL)


def supervisor(folder: Path, home: Path | None, processes: dict[str, list[str]]) -> "subprocess.Popen[bytes]":
    """What it says goes to a file: a pipe would stay open for as long as any child of its lives."""
    with (folder / "stderr").open("ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps([home and str(home), processes])],
            stderr=stderr,
            start_new_session=True,
        )


def test_ctrl_c_ends_every_process_and_then_the_server(start: Callable[..., Running], folder: Path) -> None:
    home = folder / "var"
    running = start(home, web=CHILD, worker=CHILD)
    until(lambda: running.lives("web") and running.lives("worker"))
    assert postgres.is_up(postgres.server(home))

    running.process.send_signal(signal.SIGINT)
    assert running.ended_with() == 0
    assert running.survivors() == []
    assert not postgres.is_up(postgres.server(home))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ending_signals_do_the_same(start: Callable[..., Running], number: signal.Signals) -> None:
    running = start(web=CHILD)
    until(lambda: running.lives("web"))
    running.process.send_signal(number)
    assert running.ended_with() == 0
    assert running.survivors() == []


def test_second_ctrl_c_kills_a_child_that_does_not_listen(start: Callable[..., Running]) -> None:
    running = start(web=STUBBORN, worker=CHILD)
    until(lambda: running.lives("web") and running.lives("worker"))
    asked_at = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    until(lambda: not is_alive(running.lives("worker")[0][0]))
    assert running.process.poll() is None

    until(lambda: running.process.send_signal(signal.SIGINT) or running.process.poll() is not None)
    assert time.monotonic() - asked_at < 10
    assert running.survivors() == []


def test_killed_child_comes_back_and_leaves_nothing(start: Callable[..., Running]) -> None:
    running = start(web=CHILD, worker=CHILD)
    until(lambda: running.lives("web") and running.lives("worker"))
    os.kill(running.lives("web")[0][0], signal.SIGKILL)
    until(lambda: len(running.lives("web")) == 2)
    assert not any(is_alive(pid) for pid in running.lives("web")[0])
    assert all(is_alive(pid) for pid in running.lives("web")[1])
    assert len(running.lives("worker")) == 1


def test_killed_server_comes_back_under_living_children(start: Callable[..., Running], folder: Path) -> None:
    home = folder / "var"
    running = start(home, web=CHILD)
    until(lambda: running.lives("web"))
    server = postgres.server(home)
    killed = postmaster_pid(server)
    os.kill(killed, signal.SIGKILL)

    # Up first: while it comes back there is no file to read.
    until(lambda: postgres.is_up(server) and postmaster_pid(server) != killed)
    assert len(running.lives("web")) == 1
    assert is_alive(running.lives("web")[0][0])
    running.process.send_signal(signal.SIGTERM)
    assert running.ended_with() == 0
    assert not postgres.is_up(server)


def test_child_that_dies_with_the_server_comes_back_each_time(start: Callable[..., Running], folder: Path) -> None:
    home = folder / "var"
    server = postgres.server(home)
    running = start(home, worker=BEREAVED.format(pid_file=server.data_dir / "postmaster.pid"))
    until(lambda: running.lives("worker"))
    for lives in range(2, 6):
        os.kill(postmaster_pid(server), signal.SIGKILL)
        until(lambda lives=lives: len(running.lives("worker")) == lives or running.process.poll() is not None)  # type: ignore[misc]
        assert running.process.poll() is None, running.said()


def test_child_that_always_dies_ends_everything_with_a_sentence(start: Callable[..., Running]) -> None:
    running = start(web='echo "$$ $$" >> "$0"; exit 7', worker=CHILD)
    until(lambda: running.process.poll() is not None)
    assert running.ended_with() == 1
    assert len(running.lives("web")) == 3
    assert running.survivors() == []
    assert "web ended 3 times within 10 seconds" in running.said()


def test_child_that_is_killed_comes_back_each_time(start: Callable[..., Running]) -> None:
    # Given a child that is killed from outside as soon as it lives, more often than it may end by itself
    running = start(web=CHILD)
    for lives in range(1, 6):
        until(lambda lives=lives: len(running.lives("web")) == lives or running.process.poll() is not None)  # type: ignore[misc]
        os.kill(running.lives("web")[-1][0], signal.SIGKILL)

    # Then it is not given up
    until(lambda: len(running.lives("web")) == 6 or running.process.poll() is not None)
    assert running.process.poll() is None, running.said()


def test_child_that_cannot_be_started_ends_everything_with_a_sentence(folder: Path) -> None:
    processes = {"worker": ["/bin/sleep", "600"], "web": ["/nowhere/at/all"]}
    assert supervisor(folder, None, processes).wait(15) == 1
    said = (folder / "stderr").read_text()
    assert "web cannot be started" in said
    assert "Traceback" not in said


def test_server_that_cannot_be_had_ends_it_with_a_sentence(start: Callable[..., Running], folder: Path) -> None:
    (folder / "taken").touch()
    running = start(folder / "taken", web=CHILD)
    assert running.ended_with() == 1
    assert "set POS_DATA_DIR" in running.said()
    assert running.lives("web") == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_killed_supervisor_takes_its_children_along(start: Callable[..., Running], folder: Path) -> None:
    home = folder / "var"
    running = start(home, web='echo "$$ $$" >> "$0"; exec sleep 600')
    until(lambda: running.lives("web"))
    running.process.kill()
    until(lambda: not is_alive(running.lives("web")[0][0]))

    left_alone = postmaster_pid(postgres.server(home))
    again = start(home, office=CHILD)
    until(lambda: again.lives("office"))
    assert postmaster_pid(postgres.server(home)) == left_alone
    again.process.send_signal(signal.SIGTERM)
    assert again.ended_with() == 0
    assert not postgres.is_up(postgres.server(home))
