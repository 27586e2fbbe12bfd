"""The JSON of audits and jobs."""

from marshmallow import fields

from pos.http.schemas import Body, Instant


class Found(Body):
    proof = fields.String(required=True)
    rule = fields.String(required=True)
    row = fields.Dict(required=True, metadata={"description": "which row it is, and the figures that do not hold"})


class AuditOut(Body):
    id = fields.UUID(required=True)
    created_at = Instant(required=True)
    actor = fields.String(required=True)
    rule_count = fields.Integer(required=True)
    violation_count = fields.Integer(required=True)
    violations = fields.List(fields.Nested(Found), required=True, metadata={"description": "the first 200"})


class AuditList(Body):
    data = fields.List(fields.Nested(AuditOut), required=True)
    next = fields.String(required=True, allow_none=True)


class JobOut(Body):
    id = fields.Integer(required=True)
    task = fields.String(required=True)
    status = fields.String(required=True, metadata={"description": "todo, doing or failed; what is done is not kept"})
    attempts = fields.Integer(required=True)
    scheduled_at = Instant(required=True, allow_none=True)
    enqueued_at = Instant(required=True, allow_none=True)
    changed_at = Instant(required=True, allow_none=True)


class JobList(Body):
    data = fields.List(fields.Nested(JobOut), required=True)


class UnderWay(Body):
    task = fields.String(required=True, metadata={"description": "the job that the worker does now"})
