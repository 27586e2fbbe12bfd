"""JSON of campaigns: drafts, what they would do, when they go, and what came of them. Owners act, managers look."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response

from pos import clock
from pos.db import find, rows_of, transaction
from pos.http import idempotency
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, idempotent, if_match
from pos.http.etag import etag, require_match
from pos.http.paging import page
from pos.messaging import campaign_schemas as schemas
from pos.messaging import campaigns, results
from pos.messaging.models import Campaign
from pos.messaging.preview import preview

blueprint = Blueprint("campaigns", __name__, description="One marketing text to a segment of the customers")


@blueprint.route("/campaigns")
@allow("manager")
@blueprint.arguments(schemas.CampaignPage, location="query")
@blueprint.response(200, schemas.CampaignList)
def list_campaigns(wanted: dict[str, Any]) -> Response:
    """Campaigns, newest first"""
    paging = {name: wanted.pop(name) for name in ("limit", "after") if name in wanted}
    with transaction(caller().store.id):
        found = page(rows_of(Campaign).filter_by(**wanted), Campaign, **paging)
        return answer(found | {"data": [results.briefly(campaign) for campaign in found["data"]]})


@blueprint.route("/campaigns", methods=["POST"])
@allow("owner")
@idempotent
@blueprint.arguments(schemas.CampaignNew)
@blueprint.response(201, schemas.CampaignOut)
def create_campaign(body: dict[str, Any]) -> Response:
    """Write a draft"""
    kept = schemas.as_kept(body)
    with transaction(caller().store.id, actor=caller().actor):
        claim = idempotency.claim("campaign", kept)
        if not claim.is_replay:
            campaigns.create(claim.resource_id, kept, clock.now())
        return _shown(claim.resource_id, 201, claim.headers)


@blueprint.route("/campaigns/preview", methods=["POST"])
@allow("owner")
@blueprint.arguments(schemas.PreviewIn)
@blueprint.response(200, schemas.PreviewOut)
def preview_draft(body: dict[str, Any]) -> Response:
    """Who would get a text, what it costs and how it reads, without saving anything"""
    at, kept = body.pop("at") or clock.now(), schemas.as_kept(body)
    with transaction(caller().store.id):
        return answer(preview(**kept, now=at))


@blueprint.route("/campaigns/<uuid:campaign_id>")
@allow("manager")
@blueprint.response(200, schemas.CampaignOut)
def read_campaign(campaign_id: UUID) -> Response:
    """One campaign, with what came of it until now"""
    with transaction(caller().store.id):
        return _shown(campaign_id)


@blueprint.route("/campaigns/<uuid:campaign_id>", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.CampaignChange)
@blueprint.response(200, schemas.CampaignOut)
def change_campaign(body: dict[str, Any], campaign_id: UUID) -> Response:
    """Change a campaign that has not begun"""

    def change(campaign: Campaign) -> None:
        require_match(campaign)
        campaigns.change(campaign, schemas.as_kept(body), clock.now())

    return _changed(campaign_id, change)


@blueprint.route("/campaigns/<uuid:campaign_id>/preview")
@allow("manager")
@blueprint.response(200, schemas.PreviewOut)
def preview_campaign(campaign_id: UUID) -> Response:
    """Who would get it, what it costs and how it reads, if it began now, or when it is scheduled"""
    with transaction(caller().store.id):
        campaign, now = find(Campaign, campaign_id), clock.now()
        begins = max(now, campaign.scheduled_at or now)
        return answer(preview(campaign.body, campaign.language, campaign.segment, begins))


@blueprint.route("/campaigns/<uuid:campaign_id>/start", methods=["POST"])
@allow("owner")
@blueprint.arguments(schemas.StartIn)
@blueprint.response(200, schemas.CampaignOut)
def start_campaign(body: dict[str, Any], campaign_id: UUID) -> Response:
    """Send it now, or at an instant"""
    at, now = body["at"], clock.now()
    if at is None:
        return _changed(campaign_id, lambda campaign: campaigns.start(campaign, now))
    return _changed(campaign_id, lambda campaign: campaigns.schedule(campaign, at, now))


@blueprint.route("/campaigns/<uuid:campaign_id>/pause", methods=["POST"])
@allow("owner")
@blueprint.response(200, schemas.CampaignOut)
def pause_campaign(campaign_id: UUID) -> Response:
    """Let nothing more of it leave until it is resumed"""
    return _changed(campaign_id, campaigns.pause)


@blueprint.route("/campaigns/<uuid:campaign_id>/resume", methods=["POST"])
@allow("owner")
@blueprint.response(200, schemas.CampaignOut)
def resume_campaign(campaign_id: UUID) -> Response:
    """Go on where it was"""
    return _changed(campaign_id, lambda campaign: campaigns.resume(campaign, clock.now()))


@blueprint.route("/campaigns/<uuid:campaign_id>/cancel", methods=["POST"])
@allow("owner")
@blueprint.response(200, schemas.CampaignOut)
def cancel_campaign(campaign_id: UUID) -> Response:
    """Let nothing more of it leave"""
    return _changed(campaign_id, lambda campaign: campaigns.cancel(campaign, clock.now()))


def _changed(campaign_id: UUID, change: Callable[[Campaign], None]) -> Response:
    with transaction(caller().store.id, actor=caller().actor) as session:
        change(find(Campaign, campaign_id, lock=True))
        session.flush()
        return _shown(campaign_id)


def _shown(campaign_id: UUID, status: int = 200, headers: Any = ()) -> Response:
    shown = results.campaign(campaign_id)
    return answer(shown, status, {**dict(headers), **etag(shown["version"])})
