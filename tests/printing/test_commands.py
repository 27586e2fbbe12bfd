"""flask printing send: a paper to a printer that takes it, to one that is away, and to one that takes nothing."""

import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from pos.printing import sending
from tests.client import Shop
from tests.printing.printer import printed
from tests.shifts.drawer import closed, opened

LOOPBACK = "127.0.0.1"
ENOUGH = 64 * 2**20


class Listener:
    """A printer's raw port."""

    def __init__(self) -> None:
        self.socket = socket.create_server((LOOPBACK, 0))
        self.port: int = self.socket.getsockname()[1]
        self.taken = b""

    def take(self) -> None:
        """All that one client sends, until it says that this was all."""
        client, _ = self.socket.accept()
        with client:
            while part := client.recv(4096):
                self.taken += part


@contextmanager
def listening(*, takes: bool = True) -> Iterator[Listener]:
    """A printer for one paper; one that does not take lets whoever calls it wait."""
    listener = Listener()
    with listener.socket:
        taking = Thread(target=listener.take if takes else lambda: None)
        taking.start()
        yield listener
        taking.join(timeout=10)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_receipt_reaches_the_printer_whole(runner: FlaskCliRunner, shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash"})

    with listening() as listener:
        done = runner.invoke(args=["printing", "send", "--to", f"{LOOPBACK}:{listener.port}", "--order", order["reference"].lower(),
                                   "--store", shop.slug, "--columns", "32", "--language", "es"])  # fmt: skip

    assert done.exit_code == 0, done.output
    assert f"Recibo {order['reference']} went to {LOOPBACK}:{listener.port}." in done.output
    paper = printed(listener.taken, 32)
    assert order["reference"] in paper.text
    assert (paper.cuts, paper.kicks) == (1, 1)


def test_copy_leaves_the_drawer_shut(runner: FlaskCliRunner, shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash"})

    with listening() as listener:
        runner.invoke(args=["printing", "send", "--to", f"{LOOPBACK}:{listener.port}", "--order", order["reference"], "--store", shop.slug,
                            "--copy"])  # fmt: skip

    assert printed(listener.taken, 48).kicks == 0


def test_ticket_and_report_reach_the_printer(runner: FlaskCliRunner, shop: Shop) -> None:
    order = shop.sell(payment={"method": "cash"})
    z = closed(shop, opened(shop), cash=20000)

    with listening() as kitchen:
        runner.invoke(args=["printing", "send", "--to", f"{LOOPBACK}:{kitchen.port}", "--order", order["reference"], "--as", "ticket",
                            "--store", shop.slug], catch_exceptions=False)  # fmt: skip
    with listening() as counter:
        runner.invoke(args=["printing", "send", "--to", f"{LOOPBACK}:{counter.port}", "--report", z["id"], "--store", shop.slug],
                      catch_exceptions=False)  # fmt: skip

    assert "1 × House IPA" in printed(kitchen.taken, 48).text
    assert z["digest"][:32] in printed(counter.taken, 48).text


@pytest.mark.parametrize("asked", [[], ["--order", "AAAAAA", "--report", str(uuid.uuid4())]])
def test_one_paper_is_asked_for(runner: FlaskCliRunner, asked: list[str]) -> None:
    done = runner.invoke(args=["printing", "send", "--to", "10.0.0.9", *asked])

    assert done.exit_code == 1
    assert "Say either --order REFERENCE or --report ID." in done.output


def test_printer_that_is_away_is_said_so(runner: FlaskCliRunner, shop: Shop) -> None:
    with listening(takes=False) as listener:
        port = listener.port

    done = runner.invoke(
        args=[
            "printing",
            "send",
            "--to",
            f"{LOOPBACK}:{port}",
            "--order",
            shop.sell()["reference"],
            "--store",
            shop.slug,
        ]
    )

    assert done.exit_code == 1
    assert f"The printer {LOOPBACK}:{port} does not take it: Connection refused." in done.output


def test_printer_that_takes_nothing_is_not_waited_for() -> None:
    began = time.monotonic()

    with listening(takes=False) as listener, pytest.raises(sending.PrinterAway, match="in time"):
        sending.send(LOOPBACK, listener.port, b"x" * ENOUGH, patience_seconds=0.2)

    assert time.monotonic() - began < 5


def test_printer_that_never_hangs_up_is_not_waited_for() -> None:
    began = time.monotonic()

    with listening(takes=False) as listener:
        sending.send(LOOPBACK, listener.port, b"x", patience_seconds=0.2)

    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "printer", ["", ":9100", "10.0.0.9:0", "10.0.0.9:99999", "10.0.0.9:nine", "::1", "http://10.0.0.9"]
)
def test_address_that_is_none_is_refused(runner: FlaskCliRunner, printer: str) -> None:
    done = runner.invoke(args=["printing", "send", "--to", printer, "--order", "AAAAAA"])

    assert done.exit_code == 2
    assert "is no address of a printer" in done.output


@pytest.mark.parametrize(
    ("order", "store", "said"),
    [
        ("AAAAAA", True, "No order of this store has the reference AAAAAA"),
        ("AAAAAA", False, "say whose paper it is: --store SLUG"),
    ],
)
def test_order_that_is_not_there_is_refused(
    runner: FlaskCliRunner, shop: Shop, order: str, store: bool, said: str
) -> None:
    of_store = ["--store", shop.slug] if store else []

    done = runner.invoke(args=["printing", "send", "--to", "[::1]:9", "--order", order, *of_store])

    assert done.exit_code == 1
    assert said in done.output
