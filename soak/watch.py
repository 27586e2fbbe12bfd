"""What all tablets and faults of a run report: figures, what must never happen, and when sales go through again."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# No answer may take longer. The product gives a statement 10 s, a lock 5 s, a new connection 5 s; a transaction is
# given up after 11 s when PostgreSQL does not say a word (pos/serving.py), and a connection may have to be waited for.
BOUND_SECONDS = 20.0
_KEPT = 200


@dataclass
class Stretch:
    """A time in which something was wrong, and what was answered to what was sent in it."""

    name: str
    began_at: float
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class Watch:
    """Shared by all threads of a run."""

    def __init__(self) -> None:
        self.began_at = time.monotonic()
        self.done: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.retries: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.abandoned = self.replayed = 0
        self.slowest = 0.0
        self.first_success: dict[str, list[float]] = {}
        self.stretches: list[Stretch] = []
        self.memory: dict[int, list[float]] = {}
        self.notes: list[str] = []
        self.violations: deque[str] = deque(maxlen=_KEPT)
        self.violation_count = 0
        self._lock = threading.Lock()
        self._open: list[Stretch] = []
        self._awaited: list[tuple[str, float]] = []

    def restart(self) -> None:
        """The seconds count from the first sale, not from the start of the product."""
        self.began_at = time.monotonic()

    def violation(self, sentence: str) -> None:
        with self._lock:
            self.violation_count += 1
            self.violations.append(f"{self.seconds():5.0f} s  {sentence}")

    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.began_at

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def answered(self, method: str, status: int, began_at: float) -> None:
        """One try that got an answer."""
        now = time.monotonic()
        with self._lock:
            self.statuses[status] += 1
            self.slowest = max(self.slowest, now - began_at)
            for stretch in self._open:
                if began_at >= stretch.began_at:
                    stretch.answers[f"{'read' if method == 'GET' else 'write'} {status}"] += 1
                    stretch.slowest = max(stretch.slowest, now - began_at)
            if status == 201:
                self._note_success(began_at, now)
        self._hold_to_the_bound(method, now - began_at)

    def unanswered(self, method: str, cause: str, began_at: float, *, is_patient: bool) -> None:
        """One try that got none: the connection broke, or the tablet hung up."""
        with self._lock:
            self.retries[cause] += 1
        if is_patient:
            self._hold_to_the_bound(method, time.monotonic() - began_at)

    def _hold_to_the_bound(self, method: str, seconds: float) -> None:
        if seconds > BOUND_SECONDS:
            self.violation(f"a {method} was not answered within {BOUND_SECONDS:.0f} s but after {seconds:.1f} s")

    def killed(self, part: str) -> None:
        with self._lock:
            self.kills[part] += 1
            self._awaited.append((part, time.monotonic()))

    def _note_success(self, began_at: float, now: float) -> None:
        """A sale that was sent after a kill and went through ends the wait for that kill."""
        for part, killed_at in [wait for wait in self._awaited if wait[1] <= began_at]:
            self._awaited.remove((part, killed_at))
            self.first_success.setdefault(part, []).append(now - killed_at)

    def is_waiting_for_a_sale(self) -> bool:
        """Whether none has gone through since something was killed."""
        return bool(self._awaited)

    @contextmanager
    def stretch(self, name: str) -> Iterator[Stretch]:
        """What is sent and answered meanwhile is counted apart; afterwards the first sale is waited for, as after a kill."""
        opened = Stretch(name, time.monotonic())
        with self._lock:
            self.stretches.append(opened)
            self._open.append(opened)
        try:
            yield opened
        finally:
            with self._lock:
                self._open.remove(opened)
                self._awaited.append((f"after {name}", time.monotonic()))

    def weigh(self, pid: int, mebibytes: float) -> None:
        self.memory.setdefault(pid, []).append(mebibytes)
