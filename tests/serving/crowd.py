"""Many slow clients in one thread: each sends the beginning of a request, and then a few bytes now and then."""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TRICKLE_SECONDS = 1.0


@dataclass(frozen=True)
class Slowness:
    """What such a client sends first, and what it goes on with."""

    beginning: bytes
    morsel: bytes


HEADERS = Slowness(b"GET /healthz HTTP/1.1\r\nHost: shop\r\n", b"X-Slow: 1\r\n")


def bodies(token: str) -> Slowness:
    """An order whose body does not come; only with a token does the server read on."""
    headers = (
        f"Host: shop\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n"
    )
    return Slowness(f"POST /api/v1/orders HTTP/1.1\r\n{headers}\r\n".encode(), b" ")


@dataclass
class Crowd:
    """Its clients: those that still hold their connection, and what the others were told before they lost it."""

    slowness: Slowness
    waiting: dict[socket.socket, bytes] = field(default_factory=dict)
    told: list[bytes] = field(default_factory=list)

    def arrive(self, address: tuple[str, int]) -> None:
        client = socket.create_connection(address, timeout=5)
        client.setblocking(False)
        client.send(self.slowness.beginning)
        self.waiting[client] = b""

    def listen(self, client: socket.socket) -> None:
        """Takes what it is told; nothing means that it has been cut off."""
        said = b""
        with suppress(OSError):
            said = client.recv(4096)
        self.waiting[client] += said
        if not said:
            self.told.append(self.waiting.pop(client))
            client.close()

    def trickle(self) -> None:
        for client in self.waiting:
            # Who has been cut off is noticed by listen().
            with suppress(OSError):
                client.send(self.slowness.morsel)


@contextmanager
def crowd_at(base_url: str, count: int, slowness: Slowness) -> Iterator[Crowd]:
    """The crowd, all of it connected, for as long as the block lasts."""
    where, crowd, over = urlsplit(base_url), Crowd(slowness), threading.Event()
    for _ in range(count):
        crowd.arrive((str(where.hostname), int(where.port or 80)))
    thread = threading.Thread(target=_keep_slow, args=(crowd, over))
    thread.start()
    try:
        yield crowd
    finally:
        over.set()
        thread.join()
        for client in crowd.waiting:
            client.close()


def _keep_slow(crowd: Crowd, over: threading.Event) -> None:
    trickle_at = time.monotonic()
    while not over.is_set() and crowd.waiting:
        if time.monotonic() >= trickle_at:
            crowd.trickle()
            trickle_at += TRICKLE_SECONDS
        with selectors.DefaultSelector() as selector:
            for client in crowd.waiting:
                selector.register(client, selectors.EVENT_READ)
            for key, _ in selector.select(timeout=0.2):
                crowd.listen(key.fileobj)  # type: ignore[arg-type]
