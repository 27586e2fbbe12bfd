"""How gunicorn serves the app, and how long it waits for slow clients. docs/operating.md has the reasons and figures."""

import os
import shutil
from pathlib import Path

from dotenv import dotenv_values

# The settings as pos/config.py sees them, which cannot be imported here: gevent has yet to patch what it imports.
_settings = {name: value.strip() for name, value in (dotenv_values(".env") | os.environ).items() if value}


def _count(name, default):
    value = _settings.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 256):
        raise SystemExit(f"TapPass cannot start: {name} is {value!r}; write a number from 1 to 256.")
    return int(value)


# gunicorn ends itself, and does not try again, when a worker leaves with this code.
APP_LOAD_ERROR = 4
_data_dir = Path(_settings.get("POS_DATA_DIR") or "var")
_measurements = _data_dir / f"metrics-{os.getpid()}"
# prometheus_client reads this when it is imported, which is after this file.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_measurements.absolute()))

_default_host = "0.0.0.0" if _settings.get("APP_ENV") == "production" else "127.0.0.1"  # noqa: S104 - a container's
bind = f"{_settings.get('HOST') or _default_host}:{_settings.get('PORT') or '8000'}"
# Both or neither, as pos/config.py sees to: https for tablets on the shop's own network (docs/tablets.md).
certfile, keyfile = _settings.get("TLS_CERTIFICATE"), _settings.get("TLS_KEY")
worker_class = "gevent"
workers = _count("WEB_CONCURRENCY", 2)
# Below the 1,024 files that a process may usually have open.
worker_connections = 800
# Kept open for that long between requests, and so long may a request's line and headers be under way (pos/serving.py
# limits bodies and answers).
keepalive = 10
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
timeout = 30
graceful_timeout = 15
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
    from pos import connections, serving

    serving.prepare()
    try:
        connections.require_safe(worker.wsgi.config["SETTINGS"], connections.WEB)
    except connections.UnsafeLogin as error:
        worker.log.error("TapPass cannot start: %s", error)
        raise SystemExit(APP_LOAD_ERROR) from None


def pre_request(_worker, request):
    from pos import serving

    serving.be_patient_with(request)


def child_exit(_server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server):
    shutil.rmtree(_measurements, ignore_errors=True)
