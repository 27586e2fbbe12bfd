"""The JSON of texts, conversations and of what a store has decided about them."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.customers.models import LANGUAGES
from pos.customers.schemas import phone
from pos.http.schemas import Body, Flag, Instant, Page, Pattern, Text, Whole
from pos.messaging.gateway import MOST_CHARACTERS
from pos.messaging.models import DIRECTIONS, MESSAGE_PURPOSES, MESSAGE_STATUSES
from pos.phone import is_region

_CLOCK = Pattern(r"^(0[89]|1[0-9]|20):[0-5][0-9]$|^21:00$", error="Write a time from 08:00 to 21:00.")
_PRICE = Pattern(
    r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$", error='Write the price of a segment in quotes, e.g. "0.0083".'
)
_REGION = Pattern(r"^[A-Z]{2}(-[A-Z]{2})?$", error="Name a country, e.g. FR, or a state of the US, e.g. US-TX.")
_MOST = 1_000_000


class MessageOut(Body):
    id = fields.UUID(required=True)
    direction = fields.String(required=True, validate=validate.OneOf(DIRECTIONS))
    customer_id = fields.UUID(required=True, allow_none=True)
    conversation_id = fields.UUID(required=True, allow_none=True)
    campaign_id = fields.UUID(required=True, allow_none=True)
    order_id = fields.UUID(required=True, allow_none=True)
    in_reply_to_id = fields.UUID(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True, metadata={"description": "null: of somebody who was erased"})
    body = fields.String(required=True, allow_none=True, metadata={"description": "null until it is about to leave"})
    purpose = fields.String(required=True, validate=validate.OneOf(MESSAGE_PURPOSES))
    template = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    intent = fields.String(
        required=True, allow_none=True, metadata={"description": "what a text that came in asked for"}
    )
    status = fields.String(required=True, validate=validate.OneOf(MESSAGE_STATUSES))
    reason = fields.String(required=True, allow_none=True, metadata={"description": "why it did not leave, or not yet"})
    permit = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "by which consent and wording, hours and limits it left, or what forbade it"},
    )
    error_code = fields.Integer(required=True, allow_none=True, metadata={"description": "Twilio's"})
    error = fields.String(required=True, allow_none=True, metadata={"description": "what it means"})
    segments = fields.Integer(required=True, allow_none=True)
    cost = fields.Integer(
        required=True, allow_none=True, metadata={"description": "minor units, by the price of a segment"}
    )
    attempts = fields.Integer(required=True)
    not_before = Instant(required=True)
    not_after = Instant(required=True, allow_none=True)
    sending_at = Instant(required=True, allow_none=True)
    sent_at = Instant(required=True, allow_none=True)
    settled_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    actor = fields.String(required=True)


class MessageList(Body):
    data = fields.List(fields.Nested(MessageOut), required=True)
    next = fields.String(required=True, allow_none=True)


class MessagePage(Page):
    direction = fields.String(validate=validate.OneOf(DIRECTIONS))
    purpose = fields.String(validate=validate.OneOf(MESSAGE_PURPOSES))
    status = fields.String(validate=validate.OneOf(MESSAGE_STATUSES))
    customer_id = fields.UUID()
    conversation_id = fields.UUID()
    campaign_id = fields.UUID()
    order_id = fields.UUID()


class MessageNew(Body):
    """To a customer, by id or by phone."""

    customer_id = fields.UUID()
    phone = phone()
    body = Text(least=1, most=MOST_CHARACTERS, required=True)
    purpose = fields.String(
        load_default="transactional",
        validate=validate.OneOf(("transactional", "marketing")),
        metadata={"description": "marketing needs the customer's consent and decent hours"},
    )

    @validates_schema
    def _one_addressee(self, data: dict[str, Any], **_: Any) -> None:
        if ("customer_id" in data) == ("phone" in data):
            raise ValidationError("Say to whom: customer_id or phone.", "customer_id")


class ReplyNew(Body):
    body = Text(least=1, most=MOST_CHARACTERS, required=True)


class TextPreviewIn(Body):
    body = Text(least=1, most=MOST_CHARACTERS, required=True)
    purpose = fields.String(
        load_default="reply",
        validate=validate.OneOf(("reply", "transactional", "marketing", "campaign")),
        metadata={
            "description": "marketing gets the store's name and the way out; campaign as well, and an example in place of each placeholder"
        },
    )
    language = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "of what is added to it; null: the policy's"},
    )


class TextPreviewOut(Body):
    body = fields.String(
        required=True, metadata={"description": "as it leaves, with plain signs in place of dear ones"}
    )
    encoding = fields.String(required=True, validate=validate.OneOf(("GSM-7", "UCS-2")))
    characters = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    cost = fields.Integer(required=True, metadata={"description": "minor units, by the price of a segment"})
    dear_signs = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "with them a segment holds 70 characters in place of 160"},
    )
    excess = fields.Integer(required=True, metadata={"description": "so many characters are too many"})


class ConversationOut(Body):
    id = fields.UUID(required=True)
    channel = fields.String(required=True)
    customer_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True, metadata={"description": "null: of somebody who was erased"})
    last_body = fields.String(required=True, allow_none=True)
    started_at = Instant(required=True)
    last_message_at = Instant(required=True)
    waiting_since = Instant(
        required=True, allow_none=True, metadata={"description": "a text waits for a person since then"}
    )


class ConversationList(Body):
    data = fields.List(fields.Nested(ConversationOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ConversationPage(Page):
    is_waiting = fields.Boolean(metadata={"description": "true: those that wait for a person"})


class RegionHours(Body):
    """What differs from the built-in hours of the region, or from the default's."""

    start = fields.String(validate=_CLOCK)
    end = fields.String(validate=_CLOCK)
    weekend = fields.List(fields.String(validate=_CLOCK), validate=validate.Length(equal=2), allow_none=True)
    sunday_start = fields.String(validate=_CLOCK)
    sunday = Flag(metadata={"description": "false: not on Sundays"})


class PolicyChange(Body):
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    receipts = Flag(metadata={"description": "text a receipt when an order is paid"})
    ready = Flag(metadata={"description": "text that an order is ready"})
    confirmed_opt_in = Flag(metadata={"description": "a yes to marketing counts only when the customer replies YES"})
    contact = Text(most=100, allow_none=True, metadata={"description": "said in the answer to HELP"})
    quiet_start = fields.String(
        validate=_CLOCK, metadata={"description": "marketing leaves from then on, where the number is"}
    )
    quiet_end = fields.String(validate=_CLOCK)
    regions = fields.Dict(
        keys=fields.String(validate=_REGION), values=fields.Nested(RegionHours), validate=validate.Length(max=100)
    )
    countries = fields.List(
        fields.String(), validate=validate.Length(max=60), metadata={"description": "ISO 3166; empty: the store's"}
    )
    per_number_hour = Whole(least=1, most=1000)
    per_number_day = Whole(least=1, most=1000)
    marketing_per_number_day = Whole(least=0, most=100)
    marketing_per_number_month = Whole(least=0, most=1000)
    new_numbers_per_block_hour = Whole(least=1, most=10_000)
    segments_day = Whole(least=0, most=_MOST, metadata={"description": "what a day may cost at most"})
    marketing_share_percent = Whole(least=0, most=100)
    segment_price = fields.String(validate=_PRICE)

    @validates_schema
    def _sensible(self, data: dict[str, Any], **_: Any) -> None:
        unknown = [country for country in data.get("countries", []) if not is_region(country)]
        if unknown:
            raise ValidationError(f"{unknown[0][:20]} is no country (ISO 3166).", "countries")


class PolicyOut(PolicyChange):
    number = fields.String(
        allow_none=True, metadata={"description": "what texts are sent from; null: nothing can be sent"}
    )
    webhooks = fields.Dict(metadata={"description": "the addresses to enter at Twilio"})
    paused_until = Instant(allow_none=True)


class TemplateOut(Body):
    name = fields.String(required=True)
    language = fields.String(required=True)
    body = fields.String(required=True, metadata={"description": "with figures of an example"})
    encoding = fields.String(required=True)
    characters = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    cost = fields.Integer(required=True)


class TemplateList(Body):
    data = fields.List(fields.Nested(TemplateOut), required=True)


class TemplatePage(Body):
    language = fields.String(validate=validate.OneOf(LANGUAGES))
