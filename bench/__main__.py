"""`make bench`: orders over HTTP beside pgbench running the same statements, in one run; a table and JSON."""

import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench import processor, shop
from pos import postgres

SECONDS = 10
CLIENTS = 16
HERE = Path(__file__).parent


def main() -> None:
    """Limit, app, limit again: a run counts if the limit before and after agrees within 15 %."""
    home = Path(tempfile.mkdtemp(prefix="tappass-bench-"))
    home.chmod(0o755)
    with postgres.running(home) as server:
        print("Making the shop …", flush=True)
        made = shop.make(server)
        backend = int((server.data_dir / "postmaster.pid").read_text().splitlines()[0])
        print(f"Measuring for {4 * SECONDS} s with {CLIENTS} clients …", flush=True)
        rows = {"limit before": limit(server, made, backend)}
        with web(made) as (port, master):
            rows["order"] = over_http(port, master, backend, lambda: order(made))
            rows["customer by phone"] = over_http(port, master, backend, lambda: lookup(made))
            rows["empty answer"] = over_http(port, master, backend, lambda: ("GET", "/healthz", None, {}))
            pss = [processor.memory_mib(pid) for pid in processor.family(master) - {master}]
        rows["limit after"] = limit(server, made, backend)
    report(rows, pss)


def limit(server: postgres.Server, made: shop.Shop, backend: int) -> dict[str, float]:
    """The nine statements of limit_order.sql by pgbench, as a superuser: no row security, no validation."""
    command = [
        str(server.bin_dir / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS),
        "-D", f"store={made.store_id}", "-D", f"location={made.location_id}", "-D", f"customers={shop.CUSTOMERS}",
        "-f", str(HERE / "limit_order.sql"), server.url("postgres", shop.DATABASE),
    ]  # fmt: skip
    before = processor.seconds(processor.family(backend))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"pgbench failed: {done.stderr}")
    used = processor.seconds(processor.family(backend)) - before
    count = next(
        int(line.split()[-1].split("/")[0]) for line in done.stdout.splitlines() if "actually processed" in line
    )
    rate = next(float(line.split()[2]) for line in done.stdout.splitlines() if line.startswith("tps"))
    return {"per_second": rate, "postgres_ms": used / count * 1000, "app_ms": 0.0}


@contextmanager
def web(made: shop.Shop) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).parent / "gunicorn")
    environ = made.environ | {"PORT": str(port), "HOST": "127.0.0.1"}
    command = [program, "--config", "gunicorn.conf.py", "wsgi:app"]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def over_http(port: int, master: int, backend: int, ask: Callable[[], Any]) -> dict[str, float]:
    """Clients on kept connections, each asking again as soon as it is answered."""
    seconds: list[float] = []
    app, database = processor.family(master), processor.family(backend)
    before = processor.seconds(app), processor.seconds(database | processor.family(backend))
    deadline = time.monotonic() + SECONDS
    threads = [threading.Thread(target=_client, args=(port, deadline, ask, seconds)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = processor.seconds(app), processor.seconds(processor.family(backend))
    percentiles = quantiles(seconds, n=100)
    return {
        "per_second": len(seconds) / SECONDS,
        "app_ms": (after[0] - before[0]) / len(seconds) * 1000,
        "postgres_ms": (after[1] - before[1]) / len(seconds) * 1000,
        "p50_ms": percentiles[49] * 1000,
        "p99_ms": percentiles[98] * 1000,
    }


def order(made: shop.Shop) -> tuple[str, str, str, dict[str, str]]:
    """Three lines for one of the known customers, now and then for a new one."""
    number = random.randint(1, int(shop.CUSTOMERS * 1.05))  # noqa: S311 - load, not secrets
    skus = (random.randint(1, 20), random.randint(21, 40), random.randint(41, 60))  # noqa: S311
    body = {"phone": f"+1555{number:07d}", "items": [{"sku": f"P{sku}", "quantity": 1} for sku in skus]}
    return "POST", "/api/v1/orders", json.dumps(body), _headers(made) | {"Idempotency-Key": uuid.uuid4().hex}


def lookup(made: shop.Shop) -> tuple[str, str, None, dict[str, str]]:
    number = random.randint(1, shop.CUSTOMERS)  # noqa: S311
    return "GET", f"/api/v1/customers?phone=%2B1555{number:07d}", None, _headers(made)


def report(rows: dict[str, dict[str, float]], pss: list[float]) -> None:
    columns = ("per_second", "app_ms", "postgres_ms", "p50_ms", "p99_ms")
    print(f"\n{'':20}" + "".join(f"{column:>14}" for column in columns))
    for name, row in rows.items():
        print(f"{name:20}" + "".join(f"{row[column]:14.2f}" if column in row else f"{'':14}" for column in columns))
    first, last = rows["limit before"], rows["limit after"]
    drift = abs(first["per_second"] - last["per_second"]) / max(first["per_second"], last["per_second"])
    mean = {name: (first[name] + last[name]) / 2 for name in ("per_second", "postgres_ms")}
    cost = {name: row["app_ms"] + row["postgres_ms"] for name, row in rows.items()}
    figures = {
        "order_cpu_ratio": mean["postgres_ms"] / cost["order"],
        "order_wall_ratio": rows["order"]["per_second"] / mean["per_second"],
        "lookup_to_empty_cpu": cost["customer by phone"] / cost["empty answer"],
        "worker_pss_mib": max(pss),
        "limit_drift": drift,
    }
    print()
    for name, value in figures.items():
        print(f"{name:22}{value:8.2f}")
    print(
        ""
        if drift <= 0.15
        else "\nThe limit moved by more than 15 %: the machine is not quiet, the wall figures do not count."
    )
    print(json.dumps({"rows": rows, "figures": figures}))


def _headers(made: shop.Shop) -> dict[str, str]:
    return {"Authorization": f"Bearer {made.token}", "Content-Type": "application/json"}


def _client(port: int, deadline: float, ask: Callable[[], Any], seconds: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.monotonic() < deadline:
        method, path, body, headers = ask()
        started = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} was answered {answer.status}")
        seconds.append(time.perf_counter() - started)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web server did not start")


if __name__ == "__main__":
    main()
