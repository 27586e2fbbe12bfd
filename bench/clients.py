"""Sixteen tablets on kept connections, each asking again as soon as it is answered; one thread, so that the load itself
takes little of the machine that is measured."""

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

CLIENTS = 16
_END_OF_HEAD = b"\r\n\r\n"


@dataclass
class Answered:
    """The seconds that each answer took."""

    seconds: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.seconds)

    def percentile_ms(self, percent: int) -> float:
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) * percent // 100, len(ranked) - 1)] * 1000


class _Tablet:
    """A client on a kept connection. A web process ends itself after so many requests, and its connections with it: as tablets
    do, it then asks the same again on a new one."""

    def __init__(self, port: int, selector: selectors.BaseSelector, answer: bytes) -> None:
        self._port, self._selector, self._answer = port, selector, answer
        self._request = b""
        self._connect()

    def ask(self, request: bytes) -> None:
        self._request, self._received, self.began = request, b"", time.perf_counter()
        self._send()

    def rest(self) -> None:
        """Has nothing to ask any more: a connection that ends now is nobody's loss, and nothing is asked again."""
        self._request = b""

    def hear(self) -> bool:
        """Takes what has come; says whether the answer is complete. Ends the run if it is no success."""
        try:
            came = self._connection.recv(65536)
        except ConnectionError:
            came = b""
        if not came:
            self.hang_up()
            self._connect()
            if self._request:
                self._send()
            return False
        self._received += came
        head, found, body = self._received.partition(_END_OF_HEAD)
        if not found or len(body) < _length(head):
            return False
        if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")) or self._answer not in body:
            raise SystemExit(f"the server answered {self._received[:600]!r}")
        return True

    def hang_up(self) -> None:
        self._selector.unregister(self._connection)
        self._connection.close()

    def _connect(self) -> None:
        self._connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._selector.register(self._connection, selectors.EVENT_READ, self)

    def _send(self) -> None:
        # Of a connection that has just ended the answer says so.
        with suppress(ConnectionError):
            self._connection.sendall(self._request)


def lasting(seconds: float, request: Callable[[], bytes]) -> Iterator[bytes]:
    """Requests for so long, from the first on."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield request()


def run(port: int, requests: Iterator[bytes], answer: bytes = b"") -> Answered:
    """Asks until nothing more is to be asked; every answer must be a success that holds `answer`."""
    answered, waiting = Answered(), 0
    with selectors.DefaultSelector() as selector:
        tablets = [_Tablet(port, selector, answer) for _ in range(CLIENTS)]
        for tablet, request in zip(tablets, requests, strict=False):
            tablet.ask(request)
            waiting += 1
        while waiting:
            for key, _ in selector.select(30):
                if not key.data.hear():
                    continue
                answered.seconds.append(time.perf_counter() - key.data.began)
                if request := next(requests, b""):
                    key.data.ask(request)
                else:
                    key.data.rest()
                    waiting -= 1
        for tablet in tablets:
            tablet.hang_up()
    return answered


def message(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """An HTTP request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
