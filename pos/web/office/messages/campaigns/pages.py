"""Campaigns: all of them, one with what it would do and what came of it, and the form in which it is written. Owners act, managers read."""

from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from flask import Response, request

from pos import clock
from pos.customers.models import LANGUAGES
from pos.db import find, transaction
from pos.errors import ShopError
from pos.http.access import allow, caller
from pos.loyalty.queries import current_rules
from pos.messaging import placeholders, preview, results
from pos.messaging.lifecycle import require_changeable
from pos.messaging.models import Campaign
from pos.web.office import tables
from pos.web.office.frame import area, shown, writing
from pos.web.office.messages import queries as texts
from pos.web.office.messages import words as why
from pos.web.office.messages.campaigns import queries, words
from pos.web.office.messages.campaigns.lists import CAMPAIGNS
from pos.web.words import NAMES

_NEW: dict[str, Any] = {"name": "", "body": "", "language": "en", "segment": {}, "status": "draft"}

blueprint = area("campaigns", __name__)


@blueprint.get("/messages/campaigns")
@allow("manager")
def index() -> str:
    """All campaigns, newest first."""
    asked = tables.Asked.of(CAMPAIGNS, request.args)
    with transaction(caller().store.id):
        found, standing = tables.found(CAMPAIGNS, asked, writing()), texts.standing()
    return shown("messages/campaigns/index.html", found=found, standing=standing, words=why)


@blueprint.get("/messages/campaigns/new")
@allow("owner")
def new() -> str:
    """An empty form."""
    with transaction(caller().store.id):
        choices = _choices()
    return shown("messages/campaigns/edit.html", campaign=_NEW, **choices)


@blueprint.get("/messages/campaigns/<uuid:campaign_id>")
@allow("manager")
def one(campaign_id: UUID) -> str:
    """One campaign with what came of it until now."""
    with transaction(caller().store.id):
        campaign = results.campaign(campaign_id)
        progress, named = queries.progress(campaign_id), queries.names(campaign["segment"])
        standing = texts.standing()
    return shown(
        "messages/campaigns/one.html",
        campaign=campaign,
        progress=progress,
        segment=words.segment(campaign["segment"], writing(), named),
        acts=words.acts(campaign["status"]),
        language=NAMES[campaign["language"]],
        standing=standing,
        words=why,
    )


@blueprint.get("/messages/campaigns/<uuid:campaign_id>/progress")
@allow("manager")
def progress(campaign_id: UUID) -> Response | str:
    """How far it is, for the page that looks again; when its state is another than the page's (`status`), the page is loaded anew."""
    with transaction(caller().store.id):
        found = queries.progress(campaign_id)
    if request.args.get("status", found["status"]) != found["status"]:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return shown("messages/campaigns/progress.html", progress=found)


@blueprint.get("/messages/campaigns/<uuid:campaign_id>/edit")
@allow("owner")
def edit(campaign_id: UUID) -> str:
    """The form with what is kept, as long as it has not begun. Raises WrongCampaignState."""
    with transaction(caller().store.id):
        campaign = find(Campaign, campaign_id)
        require_changeable(campaign.status)
        kept, choices = results.briefly(campaign), _choices()
    return shown("messages/campaigns/edit.html", campaign=kept, **choices)


@blueprint.get("/messages/campaigns/<uuid:campaign_id>/preview")
@allow("manager")
def foresee(campaign_id: UUID) -> str:
    """What it would do if it began now, or when it is scheduled; and with that the way to send it."""
    with transaction(caller().store.id):
        campaign, now = find(Campaign, campaign_id), clock.now()
        begins = max(now, campaign.scheduled_at or now)
        kept = results.briefly(campaign)
        foreseen, refusal = _foreseen(campaign, begins)
    return shown(
        "messages/campaigns/preview.html", campaign=kept, begins=begins, foreseen=foreseen, refusal=refusal, words=why
    )


def _foreseen(campaign: Campaign, begins: Any) -> tuple[dict[str, Any] | None, ShopError | None]:
    """What it would come to, or why it cannot be sent as it is."""
    try:
        return preview.preview(campaign.body, campaign.language, campaign.segment, begins), None
    except ShopError as refusal:
        return None, refusal


def _choices() -> dict[str, Any]:
    """What the form offers to choose from."""
    return {
        "levels": [level.name for level in current_rules(caller().store.currency).levels],
        "goods": [(category, list(found)) for category, found in groupby(queries.goods(), key=itemgetter("category"))],
        "languages": [(code, NAMES[code]) for code in LANGUAGES],
        "names": [name for name in placeholders.NAMES if name != "store"],
    }
