"""The JSON of attention items."""

from marshmallow import fields, validate

from pos.attention.models import KINDS
from pos.attention.sealed import opened
from pos.http.schemas import Body, Instant, Page, Text


class AttentionItemOut(Body):
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    subject = fields.String(required=True, metadata={"description": "table:id of the row that it is about"})
    detail = fields.Function(opened, metadata={"type": "object"})
    resolution = fields.String(required=True, allow_none=True)
    resolved_at = Instant(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)


class AttentionItemList(Body):
    data = fields.List(fields.Nested(AttentionItemOut), required=True)
    next = fields.String(required=True, allow_none=True)


class AttentionPage(Page):
    kind = fields.String(validate=validate.OneOf(KINDS))
    subject = fields.String(validate=validate.Length(1, 300))
    is_open = fields.Boolean(metadata={"description": "true: still to be settled"})


class ResolutionIn(Body):
    resolution = Text(most=500, allow_none=True)
