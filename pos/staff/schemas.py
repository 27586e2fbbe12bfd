"""The JSON of people and of signing in."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from pos.http.access import ROLES
from pos.http.schemas import Body, Email, Flag, Instant, Pattern, Text


def _pin(**options: object) -> fields.String:
    error = "A PIN has 4 to 8 digits."
    return fields.String(validate=Pattern(r"^[0-9]{4,8}$", error=error), load_only=True, **options)  # type: ignore[arg-type]


def _code(**options: Any) -> fields.String:
    return fields.String(validate=Pattern(r"^[0-9]{6}$", error="A code has 6 digits."), load_only=True, **options)


class UserChange(Body):
    name = Text(least=1, most=100)
    role = fields.String(validate=validate.OneOf(ROLES))
    pin = _pin()
    is_active = Flag()
    email = Email()
    password = fields.String(validate=validate.Length(12, 128), load_only=True)

    @validates_schema
    def _password_with_email(self, change: dict[str, Any], **_: Any) -> None:
        if "password" in change and "email" not in change:
            raise ValidationError("A password comes with an e-mail address.", "password")


class UserNew(Body):
    name = Text(least=1, most=100, required=True)
    role = fields.String(validate=validate.OneOf(ROLES), required=True)
    email = Email(allow_none=True)
    password = fields.String(validate=validate.Length(12, 128), load_only=True)
    pin = _pin()


class UserOut(Body):
    id = fields.UUID(attribute="user_id", required=True)
    name = fields.String(required=True)
    role = fields.String(validate=validate.OneOf(ROLES), required=True)
    email = fields.String(required=True, allow_none=True)
    is_active = fields.Boolean(required=True)
    has_pin = fields.Function(lambda membership: membership.pin_hash is not None, metadata={"type": "boolean"})
    version = fields.Integer(required=True)


class UserList(Body):
    data = fields.List(fields.Nested(UserOut), required=True)
    next = fields.String(required=True, allow_none=True)


class PinSignIn(Body):
    user_id = fields.UUID(required=True)
    pin = _pin(required=True)


class SignedInAtRegister(Body):
    user_token = fields.String(required=True)
    user_id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})


class Approved(Body):
    approval_token = fields.String(required=True)
    user_id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    expires_in = fields.Integer(required=True)


class PasswordSignIn(Body):
    email = Email(required=True)
    password = fields.String(required=True, validate=validate.Length(1, 128), load_only=True)
    store = Text(least=1, most=60, metadata={"description": "The slug; needed by who works in several stores."})
    code = _code(metadata={"description": "Of the authenticator app; needed by who has switched it on."})


class SignedInToOffice(Body):
    user_id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    csrf_token = fields.String(required=True, metadata={"description": "Send it as X-CSRFToken with every change."})


class Place(Body):
    id = fields.UUID(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    currency = fields.String(required=True)
    country = fields.String(required=True)
    timezone = fields.String(required=True)
    prices_include_tax = fields.Boolean(required=True)


class CallerOut(Body):
    store = fields.Nested(Place, required=True)
    role = fields.String(required=True)
    register_id = fields.UUID(required=True, allow_none=True)
    location_id = fields.UUID(required=True, allow_none=True)
    user_id = fields.UUID(required=True, allow_none=True)
    user_name = fields.String(required=True, allow_none=True)


class PasswordChange(Body):
    current = fields.String(required=True, validate=validate.Length(1, 128), load_only=True)
    new = fields.String(required=True, validate=validate.Length(12, 128), load_only=True)


class PasswordProof(Body):
    password = fields.String(required=True, validate=validate.Length(1, 128), load_only=True)


class CodeProof(Body):
    code = _code(required=True)


class BothProofs(Body):
    password = fields.String(required=True, validate=validate.Length(1, 128), load_only=True)
    code = _code(required=True)


class SecondFactorOut(Body):
    is_on = fields.Boolean(required=True)
    confirmed_at = Instant(required=True, allow_none=True)


class SecondFactorBegun(Body):
    secret = fields.String(required=True, metadata={"description": "for who types it; shown this once"})
    address = fields.String(required=True, metadata={"description": "otpauth://…, to be shown as a QR code"})
    qr = fields.String(required=True, metadata={"description": "the address as a QR code: an image as data:"})


class PasswordMade(Body):
    password = fields.String(required=True)


class SessionOut(Body):
    id = fields.UUID(required=True)
    device = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
    last_seen_at = Instant(required=True, allow_none=True)
    expires_at = Instant(required=True)
    is_current = fields.Boolean(required=True)


class SessionList(Body):
    data = fields.List(fields.Nested(SessionOut), required=True)
    next = fields.String(required=True, allow_none=True)
