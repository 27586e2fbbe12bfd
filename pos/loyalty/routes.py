"""JSON of members and their ledger, rewards and the programme. What touches orders is in checkout/member_routes.py."""

from typing import Any
from uuid import UUID

from flask import Response, request

from pos import clock
from pos.db import find, glance, rows_of, transaction
from pos.http import idempotency
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, idempotent, if_match
from pos.http.etag import StaleVersion, VersionRequired, etag, require_match
from pos.http.paging import page
from pos.http.schemas import Page
from pos.loyalty import accounts, actions, queries, schemas, tappass_ids
from pos.loyalty.models import Reward

blueprint = Blueprint("loyalty", __name__, description="TapPass members, their points, rewards and the programme")


@blueprint.route("/members/<member>")
@allow("cashier")
@blueprint.response(200, schemas.MemberOut)
def read_member(member: str) -> Response:
    """One member, by id or TapPass ID: points, level, what is needed for the next, what expires next"""
    member_id, tappass_id = read_key(member)
    with glance(caller().store.id):
        return answer(queries.by_id(member_id) if member_id else queries.by_tappass_id(str(tappass_id)))


@blueprint.route("/members/<member>/ledger")
@allow("cashier")
@blueprint.arguments(Page, location="query")
@blueprint.response(200, schemas.LedgerPage)
def read_ledger(paging: dict[str, Any], member: str) -> Response:
    """What happened to a member's points, newest first, each line in words"""
    with transaction(caller().store.id):
        member_id, _ = queries.identity(*read_key(member))
        return answer(queries.ledger(member_id, **paging))


@blueprint.route("/members/<member>/adjustments", methods=["POST"])
@allow("cashier")
@idempotent
@blueprint.arguments(schemas.AdjustmentIn)
@blueprint.response(201, schemas.MemberOut)
def adjust_points(body: dict[str, Any], member: str) -> Response:
    """Add or take points by hand, with the reason; a manager does it, or approves it by PIN"""
    who, key = caller(), read_key(member)
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("adjustment", body)
        member_id, _ = queries.identity(*key)
        if not claim.is_replay:
            authorised_by = who.authorise("manager")
            actions.adjust(accounts.opened(member_id, clock.now()), **body, authorised_by=authorised_by)
        return answer(queries.by_id(member_id), 201, claim.headers)


@blueprint.route("/rewards")
@allow("cashier")
@blueprint.arguments(schemas.RewardPage, location="query")
@blueprint.response(200, schemas.RewardList)
def list_rewards(wanted: dict[str, Any]) -> Any:
    """What points buy, newest first"""
    paging = {name: wanted.pop(name) for name in ("limit", "after") if name in wanted}
    with transaction(caller().store.id):
        return page(rows_of(Reward).filter_by(**wanted), Reward, **paging)


@blueprint.route("/rewards", methods=["POST"])
@allow("owner")
@blueprint.arguments(schemas.RewardNew)
@blueprint.response(201, schemas.RewardOut)
def create_reward(body: dict[str, Any]) -> Any:
    """Add a reward: an amount or a percentage off an order, or one piece of a product"""
    with transaction(caller().store.id, actor=caller().actor):
        reward = actions.create_reward(body)
        return reward, 201, etag(reward.version)


@blueprint.route("/rewards/<uuid:reward_id>")
@allow("cashier")
@blueprint.response(200, schemas.RewardOut)
def read_reward(reward_id: UUID) -> Any:
    """One reward"""
    with transaction(caller().store.id):
        reward = find(Reward, reward_id)
        return reward, 200, etag(reward.version)


@blueprint.route("/rewards/<uuid:reward_id>", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.RewardChange)
@blueprint.response(200, schemas.RewardOut)
def change_reward(body: dict[str, Any], reward_id: UUID) -> Any:
    """Rename, reprice or withdraw a reward; what was redeemed stays as it was"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        reward = find(Reward, reward_id, lock=True)
        require_match(reward)
        actions.change_reward(reward, body)
        session.flush()
        return reward, 200, etag(reward.version)


@blueprint.route("/loyalty/program")
@allow("cashier")
@blueprint.response(200, schemas.ProgramOut)
def read_program() -> Response:
    """The programme in force: where points come from, levels, promotions, expiry"""
    with glance(caller().store.id):
        program = queries.program(caller().store.currency)
    return answer(program, headers=etag(program["version"]))


@blueprint.route("/loyalty/program", methods=["PUT"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.ProgramIn)
@blueprint.response(200, schemas.ProgramOut)
def set_program(body: dict[str, Any]) -> Response:
    """Set the programme from now on, as a new version; what was earned before keeps the rules of its day"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        before = queries.program(who.store.currency)["version"]
        _require_seen(before)
        actions.set_program(schemas.as_kept(body["rules"]), before)
        program = queries.program(who.store.currency)
    return answer(program, headers=etag(program["version"]))


def read_key(text: str) -> tuple[UUID | None, str | None]:
    """A member's id or TapPass ID in a path. Raises MistypedTappassId."""
    try:
        return UUID(text), None
    except ValueError:
        return None, tappass_ids.read(text)


def _require_seen(version: int) -> None:
    """Raises VersionRequired, StaleVersion."""
    if not request.if_match:
        raise VersionRequired
    if not (request.if_match.star_tag or request.if_match.contains(str(version))):
        raise StaleVersion
