"""The JSON of merges."""

from marshmallow import fields, validate

from pos.care import merging
from pos.customers.models import ORIGINS
from pos.http.schemas import Body, Instant, Mapping, nullable


class MergePreviewQuery(Body):
    duplicate_id = fields.UUID(required=True)


class CustomerMergeIn(Body):
    duplicate_id = fields.UUID(required=True)
    fields_ = Mapping(
        data_key="fields",
        keys=fields.String(validate=validate.OneOf(merging.SINGLE)),
        values=fields.String(validate=validate.OneOf(merging.SIDES)),
        metadata={"description": "whose value holds where both have another one; the kept one's, if nothing is said"},
    )


class MergedPersonOut(Body):
    id = fields.UUID(required=True)
    phone = fields.String(required=True, allow_none=True)
    origin = fields.String(required=True, validate=validate.OneOf(ORIGINS))
    name = fields.String(required=True, allow_none=True)
    order_count = fields.Integer(required=True)
    total_spent = fields.Integer(required=True)
    first_order_at = Instant(required=True, allow_none=True)
    last_order_at = Instant(required=True, allow_none=True)
    marketing_consent = fields.Boolean(required=True, allow_none=True)
    sms_consent = fields.Boolean(required=True, allow_none=True)
    member = fields.Dict(required=True, allow_none=True)
    merged_ids = fields.List(fields.UUID(), required=True)


class MergeConflictOut(Body):
    field = fields.String(required=True, validate=validate.OneOf(merging.SINGLE))
    kept = fields.String(required=True)
    duplicate = fields.String(required=True)
    default = fields.String(required=True, validate=validate.OneOf(merging.SIDES))


class MergeUnitedOut(Body):
    tags = fields.List(fields.String(), required=True)
    preferred_categories = fields.List(fields.String(), required=True)
    preferred_effects = fields.List(fields.String(), required=True)
    preferences = Mapping(required=True)
    notes = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)


class MergeMovesOut(Body):
    orders = fields.Integer(required=True)
    points = fields.Integer(required=True, metadata={"description": "what the duplicate's member has"})
    messages = fields.Integer(required=True, metadata={"description": "texts that wait to be sent"})
    joins = fields.Boolean(
        required=True, metadata={"description": "the kept one becomes a member, as the duplicate is"}
    )
    stricter_consents = fields.List(fields.String(), required=True)
    phones = fields.List(fields.String(), required=True)


class MergePreviewOut(Body):
    kept = fields.Nested(MergedPersonOut, required=True)
    duplicate = fields.Nested(MergedPersonOut, required=True)
    conflicts = fields.List(fields.Nested(MergeConflictOut), required=True)
    united = fields.Nested(MergeUnitedOut, required=True)
    moves = fields.Nested(MergeMovesOut, required=True)


class MergeMovedOut(Body):
    orders = fields.Integer(required=True)
    points = fields.Integer(required=True)
    messages = fields.Integer(required=True)
    fields_ = fields.List(
        fields.String(), required=True, data_key="fields", metadata={"description": "what changed for the kept one"}
    )
    stricter_consents = fields.List(fields.String(), required=True)
    has_joined = fields.Boolean(required=True)


class MergeStayedOut(Body):
    orders = fields.Integer(required=True, metadata={"description": "orders that had become another customer's"})
    points = fields.Integer(required=True, metadata={"description": "points that were spent or had expired"})
    fields_ = fields.List(
        fields.String(), required=True, data_key="fields", metadata={"description": "what was edited since"}
    )
    consents = fields.List(fields.String(), required=True, metadata={"description": "what was answered since"})
    has_joined = fields.Boolean(
        required=True, metadata={"description": "the kept one joined by it, and stays a member"}
    )


class MergeOut(Body):
    id = fields.UUID(required=True)
    kept_id = fields.UUID(required=True)
    duplicate_id = fields.UUID(required=True)
    actor = fields.String(required=True)
    created_at = Instant(required=True)
    moved = fields.Nested(MergeMovedOut, required=True)
    undone_at = Instant(required=True, allow_none=True)
    undone_by = fields.String(required=True, allow_none=True)
    stayed = nullable(MergeStayedOut)


class MergeList(Body):
    data = fields.List(fields.Nested(MergeOut), required=True)
    next = fields.String(required=True, allow_none=True)
