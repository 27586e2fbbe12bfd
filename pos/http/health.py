"""Is it alive, can it work, how is it doing: /healthz, /readyz, /metrics."""

from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from sqlalchemy import text

from pos.db import db, transaction
from pos.errors import Unavailable
from pos.http.access import public
from pos.http.observing import metrics_text

blueprint = Blueprint("health", __name__)
MIGRATIONS = Path(__file__).parents[2] / "migrations"


class NotMigrated(Unavailable):
    title = "The database is not up to date"
    advice = "The database is at migration {at}, this version needs {needed}. Run `flask --app wsgi db upgrade`."


@blueprint.get("/healthz")
@public
def healthz() -> dict[str, str]:
    """The process answers; says nothing of the database, so that a broken one does not get us restarted."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@public
def readyz() -> dict[str, str]:
    """Requests can be served: the database answers and is at this version's migration. Else 503."""
    require_migrations()
    return {"status": "ready"}


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Counters and timings for Prometheus; no personal data, no names of stores."""
    return Response(metrics_text(current_app.extensions["collectors"]), mimetype="text/plain")


def require_migrations() -> None:
    """Raises NotMigrated unless the database is where the code expects it."""
    needed, at = head(), migration()
    if at != needed:
        raise NotMigrated(at=at or "none", needed=needed)


def head() -> str:
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def migration() -> str | None:
    with transaction(None):
        if not db.session.scalar(text("SELECT to_regclass('public.alembic_version') IS NOT NULL")):
            return None
        version: Any = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return str(version) if version else None
