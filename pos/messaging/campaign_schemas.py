"""The JSON of campaigns: their text, their segment, what they would do and what came of them."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.customers.models import LANGUAGES
from pos.http.schemas import Amount, Body, Flag, Instant, Page, Text, Whole
from pos.messaging.gateway import MOST_CHARACTERS
from pos.messaging.models import CAMPAIGN_STATUSES
from pos.messaging.placeholders import NAMES

_MOST_DAYS = 3660
_MOST_NAMED = 50


class Segment(Body):
    """Whom a campaign is for: all of it must hold of a customer. Empty: everybody with a phone number."""

    levels = fields.List(Text(least=1, most=30), validate=validate.Length(1, _MOST_NAMED))
    is_member = Flag()
    min_spent = Amount(metadata={"description": "minor units, all that was paid less what was refunded"})
    max_spent = Amount()
    seen_since = Instant(metadata={"description": "placed an order since then"})
    not_seen_since = Instant(metadata={"description": "no order since then, or none at all"})
    seen_within_days = Whole(least=1, most=_MOST_DAYS, metadata={"description": "before the campaign begins"})
    not_seen_for_days = Whole(least=1, most=_MOST_DAYS)
    tags = fields.List(
        Text(least=1, most=100), validate=validate.Length(1, _MOST_NAMED), metadata={"description": "any of them"}
    )
    bought_product_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(1, _MOST_NAMED),
        metadata={"description": "any of them, in an order that was not canceled"},
    )
    bought_category_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(1, _MOST_NAMED),
        metadata={
            "description": "something of any of them; of what lies in a category within it only if that is named too"
        },
    )
    language = fields.String(
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "who has not chosen one has the language of the store's policy"},
    )

    @validates_schema
    def _can_hold(self, segment: dict[str, Any], **_: Any) -> None:
        if segment.get("is_member") is False and "levels" in segment:
            raise ValidationError("Only members have a level.", "levels")
        if segment.get("min_spent", 0) > segment.get("max_spent", segment.get("min_spent", 0)):
            raise ValidationError("Nobody has spent less than the least.", "max_spent")


class CampaignChange(Body):
    name = Text(least=1, most=100)
    body = Text(
        least=1,
        most=MOST_CHARACTERS,
        metadata={
            "description": f"placeholders: {', '.join(f'{{{name}}}' for name in NAMES)}; {{name|friend}} says friend to who has no "
            "name. The store's name goes before it, the way out behind it"
        },
    )
    language = fields.String(validate=validate.OneOf(LANGUAGES), metadata={"description": "of what is added to it"})
    segment = fields.Nested(Segment)


class CampaignNew(CampaignChange):
    name = Text(least=1, most=100, required=True)
    body = Text(least=1, most=MOST_CHARACTERS, required=True)
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    segment = fields.Nested(Segment, load_default=dict)


class PreviewIn(Body):
    body = Text(least=1, most=MOST_CHARACTERS, required=True)
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    segment = fields.Nested(Segment, load_default=dict)
    at = Instant(allow_none=True, load_default=None, metadata={"description": "when it would begin; null: now"})


class StartIn(Body):
    at = Instant(load_default=None, allow_none=True, metadata={"description": "null: now"})


class CampaignBriefly(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    body = fields.String(required=True)
    language = fields.String(required=True)
    segment = fields.Nested(Segment, required=True)
    status = fields.String(required=True, validate=validate.OneOf(CAMPAIGN_STATUSES))
    scheduled_at = Instant(required=True, allow_none=True)
    started_at = Instant(required=True, allow_none=True)
    completed_at = Instant(required=True, allow_none=True, metadata={"description": "or canceled"})
    created_at = Instant(required=True)
    actor = fields.String(required=True)
    version = fields.Integer(required=True)


class Results(Body):
    """Of the texts that were written: those that wait, left, arrived, failed, or were suppressed, by reason."""

    written = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    sent = fields.Integer(
        required=True, metadata={"description": "handed to Twilio, or may have been; whatever came of it"}
    )
    delivered = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    suppressed = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    opted_out = fields.Integer(required=True, metadata={"description": "within seven days, of no later campaign"})
    came_back = fields.Integer(required=True, metadata={"description": "placed an order within seven days"})
    segments = fields.Integer(required=True)
    cost = fields.Integer(required=True, metadata={"description": "minor units, by the price of a segment"})


class CampaignOut(CampaignBriefly):
    is_written = fields.Boolean(required=True, metadata={"description": "there is a text for everybody in the segment"})
    results = fields.Nested(Results, required=True)


class CampaignList(Body):
    data = fields.List(fields.Nested(CampaignBriefly), required=True)
    next = fields.String(required=True, allow_none=True)


class CampaignPage(Page):
    status = fields.String(validate=validate.OneOf(CAMPAIGN_STATUSES))


class Sample(Body):
    customer_id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    body = fields.String(required=True)
    segments = fields.Integer(required=True)
    encoding = fields.String(required=True)


class PreviewOut(Body):
    customers = fields.Integer(required=True, metadata={"description": "in the segment"})
    would_be_written_to = fields.Integer(required=True)
    suppressed = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "who would not be, by reason"},
    )
    leave_at_once = fields.Integer(required=True)
    wait = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "for decent hours where the number is, or for room in a limit"},
    )
    last_leaves_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "over as many days as the policy's limits make of it; null: nothing leaves"},
    )
    encoding = fields.String(required=True, validate=validate.OneOf(("GSM-7", "UCS-2")))
    segments = fields.Integer(required=True, metadata={"description": "of all texts that would leave"})
    cost = fields.Integer(required=True, metadata={"description": "minor units"})
    warnings = fields.List(fields.String(), required=True)
    samples = fields.List(fields.Nested(Sample), required=True)


def as_kept(fields_: dict[str, Any]) -> dict[str, Any]:
    """A campaign's fields as they are kept: in the segment, what JSON has no type for as text."""
    segment = {"segment": Segment().dump(fields_["segment"])} if "segment" in fields_ else {}
    return fields_ | segment
