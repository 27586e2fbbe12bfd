"""flask doctor: looks at everything that must be right, and says what to do about what is not."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg2
from flask import Flask
from sqlalchemy import text

from pos import clock, connections, guards, postgres, walls
from pos.analytics.questions import granting as questions
from pos.backup.metrics import LONGEST_AGE, age_of_last
from pos.checkout import stripe_checks
from pos.config import Settings
from pos.db import db, glance, transaction
from pos.http import health
from pos.legacy import standing as legacy
from pos.messaging import checks as twilio_checks
from pos.messaging import standing
from pos.statements import Statement
from pos.stores.queries import every_store_id, store_ids, stores_of_account
from pos.woocommerce import standing as web_shop

MINIMUM_SERVER = 15
# What Stripe is still asked for. All of it is done within a minute, unless Stripe or the worker is away.
_MONEY = Statement("""
    SELECT (SELECT count(*) FROM payment_links l
             WHERE l.store_id = :store AND l.status = 'creating' AND l.created_at < now() - interval '10 minutes'),
           (SELECT count(*) FROM refunds r
             WHERE r.store_id = :store AND r.status = 'pending' AND r.created_at < now() - interval '1 day'),
           (SELECT count(*) FROM provider_events e
             WHERE e.store_id = :store AND NOT EXISTS (
               SELECT FROM provider_event_outcomes c WHERE c.store_id = :store AND c.event_id = e.id))
""")
# Active stores without a number of their own, and those that an alarm has paused.
_NUMBERS = """
    SELECT count(*) FILTER (WHERE sms_number IS NULL), count(*) FILTER (WHERE sms_paused_until > now()) FROM stores WHERE is_active
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: fine, or with what to do."""

    subject: str
    is_fine: bool
    detail: str


def examine(app: Flask) -> Iterator[Finding]:
    """All findings, in the order in which one rests on the other; stops where the rest cannot be seen."""
    settings: Settings = app.config["SETTINGS"]
    yield _settings(settings)
    try:
        with closing(connections.connect(settings, connections.WEB)) as connection, connection.cursor() as cursor:
            yield _server(cursor)
            yield (mode := _mode(cursor))
    except postgres.PostgresUnavailable as error:
        yield Finding("database", False, str(error))
        return
    except psycopg2.OperationalError as error:
        yield Finding(
            "database",
            False,
            f"cannot connect: {str(error).splitlines()[0]}. Check DATABASE_URL, then that the server runs.",
        )
        return
    if mode.is_fine:
        found = (_looked(check, settings) for check in CHECKS)
        yield from (finding for finding in found if finding)


def _settings(settings: Settings) -> Finding:
    where = _embedded_place(settings) if settings.is_embedded else "DATABASE_URL"
    return Finding("settings", True, f"{settings.app_env}, {where}, {settings.public_base_url}")


def _embedded_place(settings: Settings) -> str:
    return f"embedded PostgreSQL in {postgres.server(settings.data_dir).data_dir}"


def _server(cursor: Any) -> Finding:
    version = cursor.connection.server_version // 10_000
    fine = version >= MINIMUM_SERVER
    advice = "" if fine else f"; TapPass needs PostgreSQL {MINIMUM_SERVER} or newer: upgrade the server"
    return Finding("server", fine, f"PostgreSQL {version}{advice}")


def _mode(cursor: Any) -> Finding:
    try:
        mode = connections.detect(cursor, connections.WEB)
    except connections.UnsafeLogin as error:
        return Finding("logins", False, str(error))
    return Finding("logins", True, f"mode {mode.letter}: {mode.explanation}")


def _migrations(_: Settings) -> Finding:
    needed, at = health.head(), health.migration()
    advice = "" if at == needed else f", this version needs {needed}: run `flask --app wsgi db upgrade`"
    return Finding("migrations", at == needed, f"at {at or 'none'}{advice}")


def _looked(check: Callable[[Settings], Finding | None], settings: Settings) -> Finding | None:
    """None where there is nothing to look at. A check that fails itself is a finding too: what it looks at is usually not there yet."""
    try:
        return check(settings)
    except Exception as error:
        return Finding(
            check.__name__.strip("_").replace("_", " "),
            False,
            f"cannot be seen ({type(error).__name__}); see the lines above",
        )


def _walls(_: Settings) -> Finding:
    with transaction(None):
        missing = walls.missing_walls(db.session.connection())
    advice = f"{'; '.join(missing)}: run `flask --app wsgi db upgrade`"
    return Finding(
        "row security", not missing, advice if missing else f"on and forced for {len(walls.store_tables())} tables"
    )


def _append_only(_: Settings) -> Finding:
    tables = [model.__tablename__ for model in walls.store_models() if model.privileges == ("INSERT",)]
    statement = "SELECT t FROM unnest(CAST(:tables AS text[])) t WHERE has_table_privilege(t, 'UPDATE') OR has_table_privilege(t, 'DELETE')"
    with transaction(None):
        writable = list(db.session.scalars(text(statement), {"tables": tables}))
    advice = f"the runtime may change {', '.join(writable)}: run `flask --app wsgi db upgrade` as the owner"
    return Finding("append-only", not writable, advice if writable else f"{', '.join(sorted(tables))}")


def _guards(settings: Settings) -> Finding:
    with closing(connections.connect(settings, connections.WEB)) as connection, connection.cursor() as cursor:
        stands, unguarded = guards.state(cursor)
    if stands and not unguarded:
        return Finding("guards", True, "event triggers refuse to drop or unguard the protected tables")
    if settings.is_embedded:
        return Finding("guards", False, "not up: run `flask --app wsgi db upgrade`")
    return Finding(
        "guards",
        True,
        "only privileges guard the protected tables: event triggers need a superuser, which this server does not lend",
    )


def _jobs(settings: Settings) -> Finding:
    statement = """
        SELECT count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'todo' AND scheduled_at IS NULL),
               (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute')
          FROM procrastinate_jobs
    """
    with closing(connections.connect(settings, connections.WORKER)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        failed, waiting, workers = cursor.fetchone()
    seen = f"{workers} worker(s), {waiting} job(s) waiting, {failed} failed"
    if failed:
        return Finding(
            "jobs", False, f"{seen}: the worker's log says why; `flask --app wsgi jobs retry` tries them again"
        )
    advice = "" if workers else ": start one with `flask --app wsgi jobs work` (`make run` does)"
    return Finding("jobs", bool(workers) or not waiting, seen + advice)


def _audits(_: Settings) -> Finding:
    statement = "SELECT count(*), count(audited_at), coalesce(sum(audit_violation_count), 0), min(audited_at) FROM stores WHERE is_active"
    with transaction(None):
        stores, audited, violations, oldest = db.session.execute(text(statement)).one()
    if violations:
        return Finding(
            "books", False, f"{violations} violation(s) in the last audit: run `flask --app wsgi audit` to see them"
        )
    seen = (
        f"last proven at {oldest:%Y-%m-%d %H:%M} UTC"
        if oldest
        else "not proven yet; the audit runs each night, or by `flask --app wsgi audit`"
    )
    return Finding("books", True, f"{stores} store(s), {audited} audited, {seen}")


def _backups(settings: Settings) -> Finding:
    if settings.backup_dir is None:
        return Finding("backups", True, "BACKUP_DIR is not set, so none is made each night (docs/backup.md)")
    age = age_of_last(settings)
    advice = "the worker makes one each night; make one now with `flask --app wsgi backup create`"
    if age is None:
        return Finding("backups", False, f"none in {settings.backup_dir}: {advice}")
    seen = f"the last one in {settings.backup_dir} is {age.total_seconds() / 3600:.1f} hours old"
    return Finding("backups", age <= LONGEST_AGE, seen if age <= LONGEST_AGE else f"{seen}: {advice}")


def _stripe(settings: Settings) -> Finding:
    """How Stripe is reached, and what has waited for it for too long. Events that wait are none of that: other business of
    the same account may bring them, and they are given up after three days."""
    with transaction(None):
        stores, unnamed = store_ids(), stores_of_account(None)
    links, refunds, events = map(sum, zip((0, 0, 0), *(_money_of(store) for store in stores), strict=True))
    seen = [stripe_checks.way(settings.stripe)]
    if settings.stripe and unnamed and len(stores) > 1:
        seen.append(
            f"{len(unnamed)} of {len(stores)} stores take no cards by link: `flask --app wsgi stores change` names their accounts"
        )
    if events:
        seen.append(f"{events} event(s) wait for their payment")
    if links:
        seen.append(f"{links} link(s) have not been made for over 10 minutes: the worker's log says why")
    if refunds:
        seen.append(
            f"{refunds} refund(s) have been pending for over a day: `flask --app wsgi payments reconcile`, then Stripe's dashboard"
        )
    return Finding("stripe", not links and not refunds, "; ".join(seen))


def _money_of(store_id: UUID) -> tuple[int, ...]:
    with glance(store_id):
        return _MONEY.rows()[0]


def _texts(settings: Settings) -> Finding:
    """How Twilio is reached, which stores cannot text or are paused, and what has waited for too long."""
    if settings.twilio is None:
        return Finding("texts", True, twilio_checks.way(None))
    with transaction(None):
        stores, (without, paused) = store_ids(), db.session.execute(text(_NUMBERS)).one()
    unclear, queued = map(sum, zip((0, 0), *(_late_texts(store) for store in stores), strict=True))
    shared = settings.twilio.service_sid or settings.twilio.from_number
    mend = {
        "Twilio posts to PUBLIC_BASE_URL, which has to begin with https": settings.is_production
        and not settings.public_base_url.startswith("https://"),
        f"{paused} store(s) are paused by an alarm: GET /attention-items says what to mend": paused,
        f"{unclear} text(s) have been unclear for over an hour: `flask --app wsgi messages deliver` looks for them": unclear,
        f"{queued} text(s) have been queued for over an hour: does the worker run, and does Twilio answer?": queued,
    }
    seen = [twilio_checks.way(settings.twilio)]
    if without and (len(stores) > 1 or shared is None):
        seen.append(
            f"{without} of {len(stores)} store(s) cannot text: `flask --app wsgi stores change SLUG --sms-number` names their numbers"
        )
    faults = [said for said, is_so in mend.items() if is_so]
    return Finding("texts", not faults, "; ".join(seen + faults))


def _screens(settings: Settings) -> Finding:
    """Browsers keep a page for later (a service worker) only where it came by https, or from the same machine."""
    where = urlsplit(settings.public_base_url)
    if where.scheme == "https":
        return Finding("screens", True, "tablets and guests by https; tablets work offline")
    if _is_loopback(where.hostname or ""):
        return Finding(
            "screens", True, "tablets on this machine alone, also offline; others need https (docs/tablets.md)"
        )
    return Finding(
        "screens",
        False,
        f"tablets will not work offline: browsers allow it by https only, and PUBLIC_BASE_URL is {settings.public_base_url}; "
        "docs/tablets.md says how to get https",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _legacy(_: Settings) -> Finding | None:
    """Logins of older systems, and moves of their tables that are not at their end; nothing of it where there are none."""
    with transaction(None):
        stores = every_store_id()
    seen, faults = [], []
    for store_id in stores:
        with glance(store_id):
            standing = legacy.standing(clock.now())
        seen += standing.seen
        faults += standing.faults
    return Finding("legacy", not faults, "; ".join(seen + faults)) if seen or faults else None


def _web_shop(_: Settings) -> Finding | None:
    """Web shops that are connected; nothing of it where there are none."""
    with transaction(None):
        stores = store_ids()
    seen, faults = [], []
    for store_id in stores:
        with glance(store_id):
            standing = web_shop.standing(clock.now())
        seen += standing.seen
        faults += standing.faults
    return Finding("web shop", not faults, "; ".join(seen + faults)) if seen or faults else None


def _questions(settings: Settings) -> Finding | None:
    """The logins of questions in SQL, and the walls around them; nothing of it where nobody has set them up."""
    standing = questions.standing(settings)
    found = standing.seen + standing.faults
    return Finding("questions", not standing.faults, "; ".join(found)) if found else None


def _late_texts(store_id: UUID) -> tuple[int, int]:
    with glance(store_id):
        return standing.late()


CHECKS = (
    _migrations,
    _walls,
    _append_only,
    _guards,
    _jobs,
    _audits,
    _backups,
    _stripe,
    _texts,
    _screens,
    _legacy,
    _web_shop,
    _questions,
)
