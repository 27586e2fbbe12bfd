"""The life of a message and of a campaign: tables of what may follow what."""

from collections.abc import Mapping

from pos.errors import Conflict

# A message only moves forward: what Twilio tells may come late, twice and in any order. `unknown` may still turn out either way.
# (`failed` without Twilio's word, since nothing was found there, gives way to what Twilio tells after all: flows.py.)
MESSAGE_BEFORE: Mapping[str, tuple[str, ...]] = {
    "sending": ("queued", "held"),
    "held": ("queued", "held"),
    "suppressed": ("queued", "held"),
    "expired": ("queued", "held", "sending", "unknown"),
    "queued": ("sending", "unknown"),
    "unknown": ("sending",),
    "sent": ("sending", "unknown"),
    "delivered": ("sending", "unknown", "sent"),
    "undelivered": ("sending", "unknown", "sent"),
    "failed": ("sending", "unknown", "sent"),
}
# Twilio's words for it (docs: outbound message status).
TOLD = {
    "accepted": "sent", "scheduled": "sent", "queued": "sent", "sending": "sent", "sent": "sent",
    "delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "failed", "canceled": "failed",
}  # fmt: skip

CAMPAIGN_MOVES: Mapping[tuple[str, str], str] = {
    ("draft", "start"): "sending",
    ("draft", "schedule"): "scheduled",
    ("scheduled", "start"): "sending",
    ("scheduled", "schedule"): "scheduled",
    ("scheduled", "cancel"): "canceled",
    ("scheduled", "pause"): "paused",
    ("draft", "cancel"): "canceled",
    ("sending", "pause"): "paused",
    ("sending", "cancel"): "canceled",
    ("sending", "complete"): "completed",
    ("paused", "resume"): "sending",
    ("paused", "wait"): "scheduled",
    ("paused", "cancel"): "canceled",
}


class WrongCampaignState(Conflict):
    title = "Not in this state"
    advice = "The campaign is {state}, so it cannot be {event}."


_DONE = {
    "start": "started", "schedule": "scheduled", "cancel": "canceled", "pause": "paused", "resume": "resumed",
    "complete": "completed", "wait": "resumed",
}  # fmt: skip


def move_campaign(state: str, event: str) -> str:
    """The campaign's next state. Raises WrongCampaignState."""
    if (state, event) not in CAMPAIGN_MOVES:
        raise WrongCampaignState(state=state, event=_DONE[event])
    return CAMPAIGN_MOVES[state, event]


def require_changeable(state: str) -> None:
    """Once a campaign has begun, its words and its segment stay. Raises WrongCampaignState."""
    if state not in ("draft", "scheduled"):
        raise WrongCampaignState(state=state, event="changed")
