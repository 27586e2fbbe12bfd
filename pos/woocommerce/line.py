"""The connection of one call: to an address that was judged before, and cut off when its time is over, or when more comes than may."""

import io
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPResponse
from threading import Lock, Thread, Timer
from types import TracebackType
from typing import Any, Self, TypeVar

from urllib3.connection import HTTPConnection, HTTPSConnection

from pos.woocommerce.address import Address
from pos.woocommerce.failures import TooLarge

Found = TypeVar("Found")
Dial = Callable[[], socket.socket]


class Deadline:
    """So many seconds for a whole call.

    A time limit on each read is none: who sends a byte each second keeps within it for ever. So the connection is shut down when the time is over,
    from aside, whatever it is at: a handshake, headers, the body. In a web process the thread is gevent's.
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._timer: Timer | None = None
        self._held: socket.socket | None = None
        self._lock = Lock()
        self.is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
        with self._lock:
            if self._held:
                self._held.close()

    def left(self) -> float:
        """Seconds, more than none. Raises TimeoutError."""
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            self.is_over = True
            raise TimeoutError
        return seconds

    def hold(self, connected: socket.socket) -> None:
        """Shuts this connection down when the time is over. TLS makes another object of the socket, so this keeps a copy of its own."""
        self._held = connected.dup()
        self._timer = Timer(self.left(), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def within(self, call: Callable[[], Found]) -> Found:
        """What a call gives or raises that knows no time limit and cannot be stopped, as the system's resolver; it is left behind when the time is
        over. Raises TimeoutError."""
        found: list[Found] = []
        raised: list[Exception] = []

        def run() -> None:
            try:
                found.append(call())
            except Exception as error:
                raised.append(error)

        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join(self.left())
        if raised:
            raise raised[0]
        if not found:
            self.is_over = True
            raise TimeoutError
        return found[0]

    def _cut(self) -> None:
        # Whoever closes the copy meanwhile would leave its number to somebody else's connection.
        with self._lock, suppress(OSError):
            self.is_over = True
            if self._held:
                self._held.shutdown(socket.SHUT_RDWR)


def connected(ips: list[str], port: int, deadline: Deadline, attempt_seconds: float) -> socket.socket:
    """A connection to the first of the addresses that takes it. Raises OSError, the last one's."""
    for place, ip in enumerate(ips, 1):
        try:
            return _attempt(ip, port, deadline, attempt_seconds)
        except OSError:
            if place == len(ips) or deadline.is_over:
                raise
    raise OSError("no address")


def _attempt(ip: str, port: int, deadline: Deadline, seconds: float) -> socket.socket:
    line = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.settimeout(min(seconds, deadline.left()))
        line.connect((ip, port))
        deadline.hold(line)
    except OSError:
        line.close()
        raise
    return line


def speaking(
    address: Address, dial: Dial, tls: Callable[[], ssl.SSLContext], *, seconds: float, most_bytes: int
) -> HTTPConnection:
    """HTTP to the host by its name, which the certificate must bear, over the connection that `dial` makes; the name is not looked up again. Neither
    redirects nor the environment's proxies are followed at this level of urllib3. Who sends more than so many bytes in all gets TooLarge."""
    made: _Plain | _Secure
    if address.scheme == "http":
        made = _Plain(address.host, address.port, timeout=seconds)
    else:
        made = _Secure(address.host, address.port, timeout=seconds, ssl_context=tls(), server_hostname=address.host)
    made.dial = dial
    # What http.client makes of the socket, which is no part of its types.
    made.__dict__["response_class"] = lambda line, **options: _Measured(line, most_bytes, **options)
    return made


class _Plain(HTTPConnection):
    dial: Dial

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _Secure(HTTPSConnection):
    dial: Dial

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _Measured(HTTPResponse):
    """An answer of so many bytes at most, with its headers. http.client takes any number of preliminary answers; and a chunk of a negative length it
    reads to the end of the connection, all at once."""

    fp: io.BufferedReader

    def __init__(self, line: socket.socket, most_bytes: int, **options: Any) -> None:
        super().__init__(line, **options)
        self.fp = io.BufferedReader(_Meter(self.fp.detach(), most_bytes))


class _Meter(io.RawIOBase):
    def __init__(self, read_from: io.RawIOBase, most_bytes: int) -> None:
        self._read_from, self._left = read_from, most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        count = self._read_from.readinto(into)
        self._left -= count or 0
        if self._left < 0:
            raise TooLarge("too-large")
        return count

    def close(self) -> None:
        self._read_from.close()
        super().close()
