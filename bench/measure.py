"""What is measured: the limit by pgbench, the product over HTTP, and what both cost in CPU."""

import json
import random
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from bench import clients, guests, members, processor, shop
from bench.guests import Guests
from bench.shop import Shop
from pos import postgres
from pos.messaging import gateway as twilio
from pos.payments import facts
from soak.product import free_port

HERE = Path(__file__).parent
INBOUND = "/webhooks/twilio/inbound"
Figures = dict[str, float]


@dataclass(frozen=True)
class Machine:
    """The processes whose CPU is counted."""

    server: postgres.Server
    made: Shop
    port: int
    web: int

    def cpu(self) -> tuple[float, float]:
        """Seconds of the web server and of PostgreSQL so far."""
        return processor.seconds(processor.family(self.web)), processor.seconds(
            processor.family(postmaster(self.server))
        )

    def memory_mib(self) -> float:
        """The proportional set size of the largest web worker."""
        return max(processor.memory_mib(pid) for pid in processor.family(self.web) - {self.web})


def limit(server: postgres.Server, made: Shop, seconds: float) -> Figures:
    """The nine statements of limit_order.sql."""
    known = {"store": made.store_id, "location": made.location_id, "customers": shop.CUSTOMERS}
    return _pgbench(server, "limit_order.sql", known, "-T", str(round(seconds)))


def limit_member(server: postgres.Server, made: Shop, seconds: float) -> Figures:
    """The statement of limit_member.sql."""
    return _pgbench(server, "limit_member.sql", _known_members(made), "-T", str(round(seconds)))


def limit_text(server: postgres.Server, made: Shop, seconds: float) -> Figures:
    """The statements of limit_text.sql."""
    known = _known_members(made) | {"number": shop.SMS_NUMBER}
    return _pgbench(server, "limit_text.sql", known, "-T", str(round(seconds)))


def _known_members(made: Shop) -> dict[str, Any]:
    last = members.FIRST + members.MEMBERS - 1
    return {"store": made.store_id, "area": members.AREA, "first": members.FIRST, "last": last}


def limit_paid(server: postgres.Server, made: Shop, waiting: Guests, count: int, script: str) -> Figures:
    """The statements of limit_paid.sql or limit_points.sql for so many orders, an equal share for each client."""
    each = count // clients.CLIENTS
    payload = orjson.dumps(facts.without_payer(orjson.loads(guests.EVENT)["data"]["object"])).decode()
    known = {"store": made.store_id, "payload": payload, "first": waiting.take(count).start - 1, "each": each, "n": 0}
    return _pgbench(server, script, known, "-t", str(each))


def limit_delivery(server: postgres.Server, made: Shop, count: int) -> Figures:
    """The statements of limit_delivery.sql for so many texts, an equal share for each client."""
    known = {"store": made.store_id, "number": shop.SMS_NUMBER}
    return _pgbench(server, "limit_delivery.sql", known, "-t", str(count // clients.CLIENTS))


def _pgbench(server: postgres.Server, script: str, known: Mapping[str, Any], *until: str) -> Figures:
    """Statements by pgbench, as a superuser: no row security, no validation."""
    command = [
        str(server.bin_dir / "pgbench"), "-n", "-M", "prepared", "-c", str(clients.CLIENTS), "-j", "2", *until,
        *(word for name, value in known.items() for word in ("-D", f"{name}={value}")),
        "-f", str(HERE / script), server.url("postgres", shop.DATABASE),
    ]  # fmt: skip
    family = processor.family(postmaster(server))
    before = processor.seconds(family)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"pgbench failed: {done.stderr}")
    used = processor.seconds(processor.family(postmaster(server))) - before
    said = done.stdout.splitlines()
    count = next(int(line.split()[-1].split("/")[0]) for line in said if "actually processed" in line)
    rate = next(float(line.split()[2]) for line in said if line.startswith("tps"))
    return {"per_second": rate, "postgres_ms": used / count * 1000, "app_ms": 0.0}


def over_http(machine: Machine, requests: Iterator[bytes], answer: bytes = b"") -> Figures:
    """What one request costs the web server and PostgreSQL, and how long sixteen clients wait for it."""
    before, began = machine.cpu(), time.monotonic()
    answered = clients.run(machine.port, requests, answer)
    took = time.monotonic() - began
    app, database = (after - first for after, first in zip(machine.cpu(), before, strict=True))
    return {
        "per_second": answered.count / took,
        "app_ms": app / answered.count * 1000,
        "postgres_ms": database / answered.count * 1000,
        "p50_ms": answered.percentile_ms(50),
        "p99_ms": answered.percentile_ms(99),
    }


@contextmanager
def web(server: postgres.Server, made: Shop) -> Iterator[Machine]:
    """The product's own web server, two workers, on a free port."""
    port = free_port()
    program = str(Path(sys.executable).parent / "gunicorn")
    environ = made.environ | {"PORT": str(port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": "2"}
    command = [program, "--config", "gunicorn.conf.py", "wsgi:app"]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Machine(server, made, port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def order(made: Shop) -> bytes:
    """Three lines for one of the known customers, one time in twenty for somebody new."""
    return _order(made, _somebody(shop.AREA, int(shop.CUSTOMERS * 1.05)))


def order_in_cash(made: Shop) -> bytes:
    """Three lines for one of the known customers, paid in the same moment."""
    return _order(made, _somebody(shop.AREA, shop.CUSTOMERS), payment={"method": "cash"})


def order_of_member(made: Shop) -> bytes:
    """The same of a member, who earns points by it."""
    return _order(made, _member(), payment={"method": "cash"})


def lookup(made: Shop) -> bytes:
    return _lookup(made, "customers", _somebody(shop.AREA, shop.CUSTOMERS))


def member(made: Shop) -> bytes:
    return _lookup(made, "members", _member())


def member_with(entries: int, made: Shop) -> bytes:
    """One of those who are compared: always the same, so that all is at hand."""
    return _lookup(made, "members", f"{members.COMPARED_AREA}{entries:07d}")


def points_by_text(made: Shop) -> bytes:
    """POINTS from a member's phone, signed as Twilio signs it; the answer is TwiML."""
    form = {
        "ToCountry": "US",
        "SmsMessageSid": (sid := f"SM{uuid.uuid4().hex}"),
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": "POINTS",
        "FromCountry": "US",
        "To": shop.SMS_NUMBER,
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": made.environ["TWILIO_ACCOUNT_SID"],
        "From": _member(),
        "ApiVersion": "2010-04-01",
    }
    url = f"{made.environ['PUBLIC_BASE_URL']}{INBOUND}"
    signed = twilio.signature(made.environ["TWILIO_AUTH_TOKEN"], url, form)
    headers = {"Content-Type": "application/x-www-form-urlencoded", twilio.SIGNATURE_HEADER: signed}
    return clients.message("POST", INBOUND, headers, urlencode(form).encode())


def empty(_: Shop) -> bytes:
    """The cheapest answer of the same server: no database, no token."""
    return clients.message("GET", "/healthz", {})


def paid(machine: Machine, waiting: Guests, count: int) -> Figures:
    """So many events of Stripe's that tell of a payment; each must come into the books."""
    # Signed beforehand, so that the load does not share the machine with what it measures.
    return over_http(machine, iter(list(waiting.events(count))), b'{"outcome":"applied"}')


REQUESTS = {
    "order": order,
    "order in cash": order_in_cash,
    "order of a member": order_of_member,
    "customer by phone": lookup,
    "empty answer": empty,
    "member by phone": member,
    **{f"member of {entries:,}": partial(member_with, entries) for entries in members.COMPARED},
}


def _order(made: Shop, phone: str, **more: Any) -> bytes:
    skus = (random.randint(1, 20), random.randint(21, 40), random.randint(41, 60))  # noqa: S311
    body = {"phone": phone, "items": [{"sku": f"P{sku}", "quantity": 1} for sku in skus], **more}
    headers = _headers(made) | {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
    return clients.message("POST", "/api/v1/orders", headers, json.dumps(body).encode())


def _lookup(made: Shop, what: str, phone: str) -> bytes:
    return clients.message("GET", f"/api/v1/{what}?phone={quote(phone)}", _headers(made))


def _somebody(area: str, people: int) -> str:
    return f"{area}{random.randint(1, people):07d}"  # noqa: S311 - load, not secrets


def _member() -> str:
    return f"{members.AREA}{random.randint(members.FIRST, members.FIRST + members.MEMBERS - 1)}"  # noqa: S311


def _headers(made: Shop) -> dict[str, str]:
    return {"Authorization": f"Bearer {made.token}"}


def postmaster(server: postgres.Server) -> int:
    """The first process of a database server; all others of it are below."""
    return int((server.data_dir / "postmaster.pid").read_text().splitlines()[0])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web server did not start")
