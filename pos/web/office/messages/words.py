"""What became of a text, and by what right it left or did not, in words: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos.messaging import codes
from pos.messaging.models import WAITING
from pos.web.office.writing import Writing

# Why a text does not leave, or not yet: the reasons of permits (docs/messaging.md).
REASONS = {
    "too_late": "its time was over",
    "moved": "the order is another customer's by now",
    "erased": "the customer was erased",
    "number_lost": "the number is not theirs any more",
    "nothing_due": "nothing was due any more",
    "not_ready": "the order was not ready any more",
    "canceled": "the order was canceled",
    "merged": "the customer is one with another now",
    "paid_back": "the money went back",
    "campaign_canceled": "the campaign was canceled",
    "fact_missing": "the text names something that is not known of them",
    "no_sender": "the store has no number to text from",
    "opted_out": "they refused all texts",
    "no_consent": "no consent to marketing",
    "number_unusable": "no text reaches this number",
    "country": "the store does not text this country",
    "quiet_hours": "quiet hours",
    "limit_number_hour": "as many texts to this number as an hour takes",
    "limit_number_day": "as many texts to this number as a day takes",
    "limit_store_day": "the day's budget is used up",
    "limit_marketing_day": "they had a marketing text that day",
    "limit_marketing_month": "they had as many marketing texts as a month takes",
    "limit_block_hour": "many first texts to neighbouring numbers",
}
# What a text is, by its template; what is not named here the store said by itself.
KINDS = {
    "receipt": "Receipt",
    "payment_link": "Link to pay",
    "order_ready": "Order ready",
    "confirm_opt_in": "Question about marketing",
    "campaign": "Campaign",
    "by_hand": "By hand",
}
_ANSWER = "Answered by itself"
_STATES = {
    "queued": ("waits to leave", "warn"),
    "held": ("held until {until}", "warn"),
    "sending": ("is leaving now", ""),
    "unknown": ("may have left: Twilio did not answer, so it is looked for", "warn"),
    "sent": ("sent", "good"),
    "delivered": ("delivered", "good"),
    "undelivered": ("not delivered", "bad"),
    "failed": ("failed", "bad"),
    "suppressed": ("not sent", "bad"),
    "expired": ("not sent, too late", "bad"),
    "received": ("received", ""),
}


@dataclass(frozen=True)
class State:
    """What became of a text, and how it looks (good, warn, bad or nothing)."""

    words: str
    look: str


def reason(name: str | None) -> str:
    """A permit's reason, or a failure, which is in words already."""
    return REASONS.get(name or "", name or "")


def state(text: Mapping[str, Any], say: Writing) -> State:
    """What became of a text, with the reason if it has one: held until 8:00 AM: quiet hours."""
    said, look = _STATES[text["status"]]
    said = said.format(until=say.moment(text["not_before"]))
    why = _why(text)
    return State(f"{said}: {why}" if why else said, look)


def kind(text: Mapping[str, Any]) -> str:
    """What a text of the store's is."""
    return KINDS.get(text["template"] or "", _ANSWER)


def unwritten(text: Mapping[str, Any]) -> str:
    """Why there are no words of a text."""
    if text["status"] in WAITING:
        return "Its words are filled in when it leaves."
    has_left = text["status"] not in ("suppressed", "expired")
    return "Its words were erased." if has_left else "Its words are not kept."


def right(text: Mapping[str, Any], say: Writing) -> str:
    """By which answer of the customer a text left; nothing for what did not, or not yet."""
    permit = text["permit"] or {}
    if text["sending_at"] is None or permit.get("reason"):
        return ""
    consent = permit.get("consent")
    if text["purpose"] == "marketing":
        return (
            f"their yes to marketing of {say.moment(consent['at'])}, wording {consent['wording_version']}"
            if consent
            else ""
        )
    answer = permit.get("sms")
    return (
        f"their yes to texts of {say.moment(answer['at'])}"
        if answer and answer["granted"]
        else "they never refused texts"
    )


def _why(text: Mapping[str, Any]) -> str:
    if text["error_code"]:
        return codes.advice(text["error_code"]).rstrip(".")
    permit = text["permit"] or {}
    if text["status"] in ("held", "suppressed", "expired", "failed"):
        return reason(permit.get("reason") or permit.get("failure")).rstrip(".")
    return ""
