"""Bytes to a printer in the same network: the raw port, 9100 with nearly all makes."""

import socket
import time
from contextlib import suppress

RAW_PORT = 9100
PATIENCE_SECONDS = 5.0
# Printers close their side once they have taken all, or never; some tell their state first.
_LINGER_SECONDS = 1.0


class PrinterAway(OSError):
    """The printer does not answer, or stopped taking what is sent. What came of it is on its paper."""


def send(host: str, port: int, sent: bytes, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Hands the bytes over, within twice the patience. Raises PrinterAway. That it was printed nobody can tell: the raw port has no answer."""
    try:
        with socket.create_connection((host, port), timeout=patience_seconds) as printer:
            # The time-out is for all of it, however slowly it is taken.
            printer.sendall(sent)
            printer.shutdown(socket.SHUT_WR)
            _let_it_finish(printer)
    except OSError as error:
        raise PrinterAway(_reason(error)) from error


def _let_it_finish(printer: socket.socket) -> None:
    """Who closes with something unread resets the connection, and the printer drops what it has not printed."""
    ends_at = time.monotonic() + _LINGER_SECONDS
    with suppress(OSError):
        while (left := ends_at - time.monotonic()) > 0:
            printer.settimeout(left)
            if not printer.recv(4096):
                return


def _reason(error: OSError) -> str:
    return "it does not answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
