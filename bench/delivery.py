"""`python -m bench.delivery`: how many texts one worker hands over in a second, beside plain statements, and the memory that it takes.

Twilio is the built-in stand-in, in the worker's own process and in the same database, so that no network is measured: what it does
itself is in the figures of the worker.
"""

import argparse
import json
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from bench import clients, measure, members, processor, shop
from bench.measure import Figures
from bench.shop import Shop
from pos import postgres

_WRITE = """
    INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, actor)
    SELECT c.store_id, gen_random_uuid(), 'out', c.id, c.phone, 'Your jacket is still here. We keep it behind the bar until Sunday.',
           'transactional', 'by_hand', 'queued', 'bench'
      FROM customers c WHERE c.store_id = %s AND c.phone LIKE %s ORDER BY c.phone LIMIT %s
"""
_SENT = """
    SELECT count(*) FILTER (WHERE status = 'sent'), extract(epoch FROM max(sent_at) - min(sending_at))::float FROM messages
     WHERE store_id = %s
"""
_CLEAR = "TRUNCATE messages CASCADE"


def main() -> None:
    """The plain statements, the worker, and the plain statements once more."""
    count = _asked().texts // clients.CLIENTS * clients.CLIENTS
    with shop.home() as home, postgres.running(home) as server:
        print("Making the shop …", flush=True)
        # In development, without keys, the stand-ins answer.
        made = shop.make(server, APP_ENV="development", TWILIO_ACCOUNT_SID="", STRIPE_SECRET_KEY="")
        members.join(server, made)
        rows = {"limit before": _limit(server, made, count), "worker": _worker(server, made, count)}
        rows["limit after"] = _limit(server, made, count)
    _report(rows)


def _limit(server: postgres.Server, made: Shop, count: int) -> Figures:
    _write(server, made, count)
    return measure.limit_delivery(server, made, count)


def _worker(server: postgres.Server, made: Shop, count: int) -> Figures:
    """`flask messages deliver` does in a process of its own what the worker's job does."""
    _write(server, made, count)
    database = processor.family(measure.postmaster(server))
    before = processor.seconds(database)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "messages", "deliver", "--store", "bench"]
    process = subprocess.Popen(command, env=made.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used, pss_mib = 0.0, 0.0
    while process.poll() is None:
        used = max(used, processor.seconds({process.pid}))
        with suppress(OSError):
            pss_mib = max(pss_mib, processor.memory_mib(process.pid))
        time.sleep(0.1)
    sent, seconds = _sent(server, made)
    if process.returncode or sent != count:
        raise SystemExit(f"{sent} of {count} texts left; flask messages deliver says why")
    after = processor.seconds(processor.family(measure.postmaster(server)))
    return {
        "per_second": sent / seconds,
        "app_ms": used / sent * 1000,
        "postgres_ms": (after - before) / sent * 1000,
        "pss_mib": pss_mib,
    }


def _write(server: postgres.Server, made: Shop, count: int) -> None:
    with shop.superuser(server) as cursor:
        cursor.execute("SET app.allow_drop = on")
        cursor.execute(_CLEAR)
        cursor.execute(_WRITE, (made.store_id, f"{members.AREA}%", count))
        cursor.execute("VACUUM ANALYZE messages, message_counts")


def _sent(server: postgres.Server, made: Shop) -> tuple[int, float]:
    with shop.superuser(server) as cursor:
        cursor.execute(_SENT, (made.store_id,))
        sent, seconds = cursor.fetchone()
        return sent, seconds


def _report(rows: dict[str, Figures]) -> None:
    columns = ("per_second", "app_ms", "postgres_ms", "pss_mib")
    print(f"\n{'':15}" + "".join(f"{column:>14}" for column in columns))
    for name, row in rows.items():
        print(f"{name:15}" + "".join(f"{row[column]:14.2f}" if column in row else f"{'':14}" for column in columns))
    worker, first, last = rows["worker"], rows["limit before"], rows["limit after"]
    limit_ms = (first["postgres_ms"] + last["postgres_ms"]) / 2
    found: dict[str, Any] = {
        "texts_per_second": worker["per_second"],
        "delivery_cpu_ratio": limit_ms / (worker["app_ms"] + worker["postgres_ms"]),
        "delivery_pss_mib": worker["pss_mib"],
        "limit_drift": abs(first["per_second"] - last["per_second"]) / max(first["per_second"], last["per_second"]),
    }
    print(json.dumps({"rows": rows, "figures": found}))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.delivery", description=__doc__)
    parser.add_argument("--texts", type=int, default=8000, help="texts that are handed over, 20,000 at most")
    return parser.parse_args()


if __name__ == "__main__":
    main()
