"""JSON of the web shop: its connection, and what is read from it."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from pos import clock
from pos.db import find, rows_of, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer
from pos.http.etag import etag
from pos.http.paging import page
from pos.jobs import enqueue
from pos.woocommerce import actions, connecting, schemas
from pos.woocommerce.models import SyncLog, SyncProblem, WebShop

blueprint = Blueprint("web_shop", __name__, description="The web shop: its connection, and what is read from it")


@blueprint.route("/sync/woocommerce")
@allow("manager")
@blueprint.response(200, schemas.ConnectionOut)
def read_connection() -> Response:
    """The store's web shop; 404 if none is connected"""
    with transaction(caller().store.id):
        return _shown(actions.shop())


@blueprint.route("/sync/woocommerce", methods=["PUT"])
@allow("owner")
@blueprint.arguments(schemas.ConnectionIn)
@blueprint.response(200, schemas.ConnectionOut)
def connect(body: dict[str, Any]) -> Response:
    """Connect the store to its web shop; it is tried at once, and kept only if it works"""
    who = caller()
    connecting.require_address(body["url"])
    with transaction(who.store.id):
        access = connecting.access(body)
        known = connecting.known_orders(access)
    facts = connecting.tried(access, who.store.currency, known)
    chosen = {name: body.get(name) for name in ("location_id", "product_kind")}
    with transaction(who.store.id, actor=who.actor):
        return _shown(actions.connect(access, facts._asdict(), clock.now(), **chosen))


@blueprint.route("/sync/woocommerce", methods=["DELETE"])
@allow("owner")
@blueprint.response(204)
def disconnect() -> None:
    """Forget the connection and its keys; what came from the shop stays"""
    with transaction(caller().store.id, actor=caller().actor):
        actions.part(actions.shop(lock=True))


@blueprint.route("/sync/woocommerce/webhook-secret", methods=["POST"])
@allow("owner")
@blueprint.response(201, schemas.WebhookSecret)
def renew_webhook_secret() -> Response:
    """Make a new secret for the shop's webhooks, shown once; the one before ends at once"""
    with transaction(caller().store.id, actor=caller().actor):
        secret = actions.renew_webhook_secret(actions.shop(lock=True))
    return answer({"webhook_url": webhook_url(), "webhook_secret": secret}, 201)


@blueprint.route("/sync/woocommerce", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.SyncIn)
@blueprint.response(202, schemas.SyncLogWhole)
def begin_sync(body: dict[str, Any]) -> Response:
    """Read from the web shop; one run at a time, in the background"""
    with transaction(caller().store.id, actor=caller().actor):
        log = actions.begin(body["type"], clock.now(), is_repairing=body["repair"])
        enqueue("woocommerce.run", store_id=log.store_id, log_id=log.id)
        return answer(schemas.SyncLogWhole().dump(log), 202)


@blueprint.route("/sync/logs")
@allow("manager")
@blueprint.arguments(schemas.SyncLogPage, location="query")
@blueprint.response(200, schemas.SyncLogList)
def list_sync_logs(wanted: dict[str, Any]) -> Response:
    """The runs, the latest first, with how far the one at work is"""
    status, sync_type = wanted.pop("status", None), wanted.pop("type", None)
    with transaction(caller().store.id):
        asked = rows_of(SyncLog)
        asked = asked.where(SyncLog.status == status) if status else asked
        asked = asked.where(SyncLog.sync_type == sync_type) if sync_type else asked
        return answer(schemas.SyncLogList().dump(page(asked, SyncLog, **wanted)))


@blueprint.route("/sync/logs/<uuid:log_id>")
@allow("manager")
@blueprint.response(200, schemas.SyncLogWhole)
def read_sync_log(log_id: UUID) -> Response:
    """One run, with its report"""
    with transaction(caller().store.id):
        return answer(schemas.SyncLogWhole().dump(find(SyncLog, log_id)))


@blueprint.route("/sync/problems")
@allow("manager")
@blueprint.arguments(schemas.ProblemPage, location="query")
@blueprint.response(200, schemas.ProblemList)
def list_sync_problems(wanted: dict[str, Any]) -> Response:
    """What of the shop could not be taken in, or only with a remark"""
    kind, is_open = wanted.pop("kind", None), wanted.pop("is_open", None)
    with transaction(caller().store.id):
        asked = rows_of(SyncProblem)
        asked = asked.where(SyncProblem.kind == kind) if kind else asked
        if is_open is not None:
            asked = asked.where(SyncProblem.resolved_at.is_(None) if is_open else SyncProblem.resolved_at.is_not(None))
        return answer(schemas.ProblemList().dump(page(asked, SyncProblem, **wanted)))


@blueprint.route("/sync/problems/<uuid:problem_id>/resolve", methods=["POST"])
@allow("manager")
@blueprint.response(200, schemas.Problem)
def resolve_sync_problem(problem_id: UUID) -> Response:
    """Settle a problem by hand; it comes up again only if a later run meets it again"""
    with transaction(caller().store.id, actor=caller().actor):
        problem = find(SyncProblem, problem_id, lock=True)
        actions.resolve(problem, clock.now())
        return answer(schemas.Problem().dump(problem))


def webhook_url() -> str:
    """Where the shop's webhooks are to be sent."""
    return f"{current_app.config['PUBLIC_BASE_URL']}/webhooks/woocommerce/{caller().store.slug}"


def _shown(row: WebShop) -> Response:
    beside = {"webhook_url": webhook_url(), "has_webhook_secret": row.webhook_secret_encrypted is not None}
    names = ("url", "key_ending", "wc_version", "location_id", "product_kind", "connected_at", "last_sync_at")
    shown = {name: getattr(row, name) for name in names} | beside
    return answer(schemas.ConnectionOut().dump(shown), 200, etag(row.version))
