"""How gunicorn serves the app. docs/operating.md says what to put in front of it."""

import os
import shutil
from pathlib import Path


def _count(name, default):
    value = os.environ.get(name) or str(default)
    if not value.isdigit() or not 1 <= int(value) <= 256:
        raise SystemExit(f"TapPass cannot start: {name} is {value!r}; write a number from 1 to 256.")
    return int(value)


# gunicorn ends itself, and does not try again, when a worker leaves with this code.
APP_LOAD_ERROR = 4
_data_dir = Path(os.environ.get("POS_DATA_DIR", "var"))
_measurements = _data_dir / f"metrics-{os.getpid()}"
# prometheus_client reads this when it is imported, which is after this file.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_measurements.absolute()))

_default_host = "0.0.0.0" if os.environ.get("APP_ENV") == "production" else "127.0.0.1"  # noqa: S104 - a container's
bind = f"{os.environ.get('HOST') or _default_host}:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
workers = _count("WEB_CONCURRENCY", 2)
threads = _count("WEB_THREADS", 4)
timeout = 30
graceful_timeout = 15
keepalive = 10
max_requests = 20_000
max_requests_jitter = 2_000
# The server's own access log would hold paths and query strings, and with them phones; ours does not.
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True


def on_starting(_server):
    shutil.rmtree(_measurements, ignore_errors=True)
    _measurements.mkdir(parents=True)


def post_worker_init(worker):
    from pos import connections

    try:
        connections.require_safe(worker.wsgi.config["SETTINGS"], connections.WEB)
    except connections.UnsafeLogin as error:
        worker.log.error("TapPass cannot start: %s", error)
        raise SystemExit(APP_LOAD_ERROR) from None


def child_exit(_server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server):
    shutil.rmtree(_measurements, ignore_errors=True)
