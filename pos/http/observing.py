"""What happens can be seen: a request id on every answer, one log line and one measurement per request."""

import logging
import os
import re
import sys
import time
from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from pos import ids

REQUESTS = Counter("tappass_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("tappass_request_seconds", "Time to answer", ["method", "route"])
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SECRET = re.compile(r"(?<![\w-])\+?[1-9]\d{7,14}(?![\w-])|[\w.+-]+@[\w-]+\.[\w.]+|tp[rso]_[\w-]+|Bearer \S+")

# Anybody can make up methods; each would be a series of its own.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

_STEPS: list[Any] = []

log = structlog.get_logger()


def configure_logging(*, as_json: bool) -> None:
    """One line per event on stderr: JSON in production, readable on a terminal; phones, mails, tokens cut out."""
    as_line = structlog.processors.JSONRenderer(lambda event, **_: orjson.dumps(event, default=str).decode())
    renderer = as_line if as_json else structlog.dev.ConsoleRenderer(colors=False)
    # The same list each time: a module's logger, which is made once, follows what was configured last.
    _STEPS[:] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        renderer,
    ]
    structlog.configure(
        processors=_STEPS,
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _RedactingFormatter(logging.Formatter):
    """What libraries log by mistake passes the same filter, stacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRET.sub("[redacted]", super().format(record))


def redact(_logger: Any, _method: str, event: Any) -> Any:
    """Takes phones, e-mail addresses and tokens out of every text of a log line."""
    return {key: _SECRET.sub("[redacted]", value) if isinstance(value, str) and key not in _SAFE else value
            for key, value in event.items()}  # fmt: skip


_SAFE = frozenset({"timestamp", "request_id", "store_id", "event", "level", "route"})


def configure_sentry(dsn: str | None) -> None:
    """Reports bugs if SENTRY_DSN is set: without bodies, cookies, headers or local variables. Only then its library is
    loaded, which takes 8 MiB in each process."""
    if dsn:
        import sentry_sdk

        sentry_sdk.init(
            dsn,
            max_request_body_size="never",
            include_local_variables=False,
            # Else each call to another house would carry ids and the release of ours in its headers.
            trace_propagation_targets=[],
            max_breadcrumbs=0,
            before_send=without_personal_data,
        )


def report(error: BaseException) -> None:
    """Reports a bug, if anybody wants to hear of it."""
    if "sentry_sdk" in sys.modules:
        sys.modules["sentry_sdk"].capture_exception(error)


def without_personal_data(event: Any, _hint: Any) -> Any:
    """What a report keeps of the request is its method; texts pass the filter of the log."""
    event["request"] = {"method": event.get("request", {}).get("method")}
    for entry in event.get("exception", {}).get("values", ()):
        # PostgreSQL repeats the row in DETAIL, behind the first line.
        entry["value"] = _SECRET.sub("[redacted]", str(entry.get("value", "")).partition("\n")[0])
    return event


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def metrics_text(collectors: Sequence[Any]) -> bytes:
    """All processes' measurements in Prometheus' text format, and what the features' collectors add."""
    extra = CollectorRegistry()
    for collector in collectors:
        extra.register(collector)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY) + generate_latest(extra)
    multiprocess.MultiProcessCollector(extra)
    return generate_latest(extra)


def _begin() -> None:
    asked = request.headers.get("X-Request-Id", "")
    g.request_id = asked if _REQUEST_ID.fullmatch(asked) else str(ids.uuid7())
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    # A before_request of another part may have answered before ours ran.
    request_id, started = g.get("request_id") or str(ids.uuid7()), g.get("started") or time.perf_counter()
    seconds = time.perf_counter() - started
    route = request.url_rule.rule if request.url_rule else "unknown"
    response.headers["X-Request-Id"] = request_id
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(method, route).observe(seconds)
    who = g.get("caller")
    log.info(
        "request",
        method=method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        request_id=request_id,
        **({"store_id": str(who.store.id), "actor": who.actor} if who else {}),
    )
    return response
