"""A tablet: it keeps the key of a request until the request is answered, and repeats it until then."""

import json
import random
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from soak.watch import BOUND_SECONDS, Watch

API = "/api/v1"
# A patient try waits a little longer than the bound, to see by how much it is missed.
_PATIENCE_SECONDS = BOUND_SECONDS + 10
# After the run nobody kills anything: who is not answered within that time has found a fault.
LAST_PATIENCE_SECONDS = 90.0
_HANGS_UP, _IS_SWITCHED_OFF = 0.06, 0.01
WORTH_A_RETRY = frozenset({503})


class SwitchedOff(Exception):
    """The tablet went away before it was answered; nobody knows whether the request was carried out."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any
    tries: int

    @property
    def is_replay(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"


class Tablet:
    """One client with a connection of its own, that does one thing after the other."""

    def __init__(self, number: int, seed: int, port: int, tokens: Mapping[str, str], watch: Watch) -> None:
        self.chance = random.Random(f"{seed}/{number}")  # noqa: S311 - load, not secrets
        self.watch, self._port, self._tokens = watch, port, tokens
        self._line: HTTPConnection | None = None
        self.gives_up_at: float | None = None

    def new_key(self) -> str:
        """From the seed, so that a run with the same seed sends the same keys."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any, key: str | None = None, **options: Any) -> Answer:
        return self.ask("POST", path, body, {"Idempotency-Key": key} if key else {}, **options)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        as_: str = "register",
    ) -> Answer:
        """Sends until it is answered with something that is final. Raises SwitchedOff."""
        sent = {"Authorization": f"Bearer {self._tokens[as_]}", "Content-Type": "application/json", **(headers or {})}
        return self._until_final(method, API + path, None if body is None else json.dumps(body), sent)

    def browse(self, method: str, path: str, body: Any = None) -> Answer:
        """A guest's browser, or a program: a form if it is a dictionary, JSON if it is a list. Raises SwitchedOff."""
        if isinstance(body, dict):
            return self._until_final(
                method, path, urlencode(body), {"Content-Type": "application/x-www-form-urlencoded"}
            )
        return self._until_final(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})

    @staticmethod
    def rest(seconds: float) -> None:
        time.sleep(seconds)

    def _until_final(self, method: str, path: str, text: str | None, sent: Mapping[str, str]) -> Answer:
        tries = 0
        while True:
            tries += 1
            answer = self._try(method, path, text, sent, tries)
            if answer and answer.status not in WORTH_A_RETRY:
                return answer
            self._go_on_or_leave(method, path)

    def _go_on_or_leave(self, method: str, path: str) -> None:
        if self.gives_up_at is not None and time.monotonic() > self.gives_up_at:
            self.watch.violation(f"{method} {path} is not answered {LAST_PATIENCE_SECONDS:.0f} s after the last fault")
            raise SwitchedOff
        if self.gives_up_at is None and self.chance.random() < _IS_SWITCHED_OFF:
            self.watch.abandoned += 1
            raise SwitchedOff
        time.sleep(self.chance.uniform(0.05, 0.4))

    def _try(self, method: str, path: str, text: str | None, headers: Mapping[str, str], tries: int) -> Answer | None:
        """One try: the answer, or None when there was none."""
        is_patient = self.chance.random() >= _HANGS_UP
        began_at = time.monotonic()
        try:
            line = self._connected(_PATIENCE_SECONDS if is_patient else self.chance.uniform(0.002, 0.06))
            line.request(method, path, text, dict(headers))
            response = line.getresponse()
            said = response.read()
        except (OSError, HTTPException) as error:
            self.close()
            self.watch.unanswered(method, _cause(error, is_patient), began_at, is_patient=is_patient)
            return None
        self.watch.answered(method, response.status, began_at)
        return self._checked(Answer(response.status, response.headers, _read(said), tries), method)  # type: ignore[arg-type]

    def _connected(self, patience: float) -> HTTPConnection:
        if self._line is None:
            self._line = HTTPConnection("127.0.0.1", self._port)
        self._line.timeout = patience
        if self._line.sock is None:
            self._line.connect()
        self._line.sock.settimeout(patience)
        return self._line

    def close(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.close()
        self._line = None

    def _checked(self, answer: Answer, method: str) -> Answer:
        """What no answer may ever be, whatever was asked and whatever is broken."""
        if answer.status >= 500 and answer.status != 503:
            self.watch.violation(f"a {method} was answered {answer.status}: {answer.body}")
        if answer.status == 503:
            self.watch.retries["503"] += 1
            if "Retry-After" not in answer.headers:
                self.watch.violation(f"a {method} was answered 503 without Retry-After")
        self.watch.replayed += answer.is_replay
        return answer


def _read(said: bytes) -> Any:
    try:
        return json.loads(said)
    except ValueError:
        return said.decode(errors="replace")


def _cause(error: Exception, is_patient: bool) -> str:
    if isinstance(error, TimeoutError):
        return "no answer" if is_patient else "hung up"
    return "refused" if isinstance(error, ConnectionRefusedError) else "broken connection"
