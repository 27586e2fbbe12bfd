"""The JSON of the web shop's connection, of runs, and of what could not be taken in."""

from marshmallow import fields, validate

from pos.catalog.models import KINDS
from pos.http.schemas import Body, Flag, Instant, Page, Text
from pos.woocommerce.models import RESOURCES, STATUSES, SYNC_TYPES


class ConnectionIn(Body):
    url = Text(
        least=8, most=300, required=True, metadata={"description": "the shop's address, e.g. https://shop.example.com"}
    )
    consumer_key = Text(least=1, most=200, metadata={"description": "may be left out while the host stays"})
    consumer_secret = Text(least=1, most=200)
    location_id = fields.UUID(
        metadata={"description": "where web orders stand in the books; default: the first location"}
    )
    product_kind = fields.String(
        validate=validate.OneOf(KINDS), metadata={"description": "of products that are new here"}
    )


class ConnectionOut(Body):
    url = fields.String(required=True)
    key_ending = fields.String(required=True)
    wc_version = fields.String(required=True, allow_none=True)
    location_id = fields.UUID(required=True)
    product_kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    connected_at = Instant(required=True)
    last_sync_at = Instant(required=True, allow_none=True)
    webhook_url = fields.String(required=True, metadata={"description": "where the shop's webhooks are to be sent"})
    has_webhook_secret = fields.Boolean(required=True)


class WebhookSecret(Body):
    webhook_url = fields.String(required=True)
    webhook_secret = fields.String(required=True, metadata={"description": "shown once"})


class SyncIn(Body):
    type = fields.String(
        validate=validate.OneOf(SYNC_TYPES),
        load_default="incremental",
        metadata={
            "description": "full: all there is; incremental: what has changed; drift: the last months' orders compared"
        },
    )
    repair = Flag(load_default=True, metadata={"description": "false: only say what differs"})


class SyncLogOut(Body):
    id = fields.UUID(required=True)
    sync_type = fields.String(required=True, validate=validate.OneOf(SYNC_TYPES))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    is_repairing = fields.Boolean(required=True)
    records_synced = fields.Integer(required=True)
    records_changed = fields.Integer(required=True)
    started_at = Instant(required=True)
    completed_at = Instant(required=True, allow_none=True)
    error_message = fields.String(required=True, allow_none=True)
    retry_count = fields.Integer(required=True)
    next_retry_at = Instant(required=True, allow_none=True)
    progress = fields.Dict(required=True, metadata={"description": "the resource that is read, its offset and total"})


class SyncLogWhole(SyncLogOut):
    report = fields.Dict(required=True, metadata={"description": "what differed: figures, totals, and the first rows"})


class SyncLogPage(Page):
    status = fields.String(validate=validate.OneOf(STATUSES))
    type = fields.String(validate=validate.OneOf(SYNC_TYPES))


class SyncLogList(Body):
    data = fields.List(fields.Nested(SyncLogOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ProblemPage(Page):
    kind = fields.String(validate=validate.OneOf(RESOURCES))
    is_open = fields.Boolean(metadata={"description": "true: those that are not settled"})


class Problem(Body):
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(RESOURCES))
    wc_id = fields.Integer(required=True)
    reason = fields.String(required=True)
    detail = fields.Dict(required=True)
    is_left_out = fields.Boolean(required=True)
    resolved_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class ProblemList(Body):
    data = fields.List(fields.Nested(Problem), required=True)
    next = fields.String(required=True, allow_none=True)
