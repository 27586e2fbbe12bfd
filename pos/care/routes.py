"""JSON of the care of customers."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import clock
from pos.care import actions, queries, schemas, undoing
from pos.db import transaction
from pos.http import idempotency
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, idempotent
from pos.http.schemas import Page

blueprint = Blueprint("care", __name__, description="The care of customers: two rows that are one person")


@blueprint.route("/customers/<uuid:customer_id>/merge-preview")
@allow("manager")
@blueprint.arguments(schemas.MergePreviewQuery, location="query")
@blueprint.response(200, schemas.MergePreviewOut)
def preview_merge(query: dict[str, Any], customer_id: UUID) -> Response:
    """What a merge would do: where the two differ, and what would move. Nothing is changed"""
    with transaction(caller().store.id):
        return answer(queries.preview(customer_id, query["duplicate_id"], clock.now()))


@blueprint.route("/customers/<uuid:customer_id>/merge", methods=["POST"])
@allow("manager")
@idempotent
@blueprint.arguments(schemas.CustomerMergeIn)
@blueprint.response(201, schemas.MergeOut)
def merge(body: dict[str, Any], customer_id: UUID) -> Response:
    """Make the duplicate one with this customer: orders, points, answers and number lead here from now on. It can be undone"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("merge", body)
        if not claim.is_replay:
            choices = body.get("fields_", {})
            actions.merge(customer_id, body["duplicate_id"], choices, clock.now(), merge_id=claim.resource_id)
        return answer(queries.merge(claim.resource_id), 201, claim.headers)


@blueprint.route("/customers/<uuid:customer_id>/merges")
@allow("manager")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.MergeList)
def list_merges(paging: dict[str, Any], customer_id: UUID) -> Response:
    """The merges of a person, newest first, also those that were undone"""
    with transaction(caller().store.id):
        return answer(queries.merges_of(customer_id, **paging))


@blueprint.route("/merges/<uuid:merge_id>")
@allow("manager")
@blueprint.response(200, schemas.MergeOut)
def read_merge(merge_id: UUID) -> Response:
    """One merge: what it moved, and what its undo left"""
    with transaction(caller().store.id):
        return answer(queries.merge(merge_id))


@blueprint.route("/merges/<uuid:merge_id>/undo", methods=["POST"])
@allow("manager")
@blueprint.response(200, schemas.MergeOut)
def undo_merge(merge_id: UUID) -> Response:
    """Make two rows of them again; what came since stays with the kept one"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        undoing.undo(merge_id, clock.now())
        return answer(queries.merge(merge_id))
