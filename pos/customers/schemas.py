"""The JSON of customers and consents."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from pos import clock
from pos import phone as phone_numbers
from pos.customers.age import SOURCES as AGE_SOURCES
from pos.customers.models import CONSENT_SOURCES, LANGUAGES, ORIGINS, PURPOSES, Consent
from pos.http.schemas import Body, Email, Flag, Mapping, Text

_OLDEST_BIRTH = date(1900, 1, 1)
_WORDS = validate.Length(max=50)


def phone(**options: object) -> fields.String:
    """A number in any usual spelling; what it means depends on the store's country (pos/phone.py reads it)."""
    metadata = {"examples": ["(415) 555-0132"], "pattern": r"\S"}
    return fields.String(validate=validate.Length(1, phone_numbers.MOST), metadata=metadata, **options)  # type: ignore[arg-type]


def _has_been(day: date) -> None:
    if not _OLDEST_BIRTH <= day <= clock.now().date():
        raise ValidationError("Must be a day between 1900 and today.")


def _words() -> fields.List:
    return fields.List(Text(least=1, most=100), validate=_WORDS)


class ProfileChange(Body):
    first_name = Text(most=100, allow_none=True)
    last_name = Text(most=100, allow_none=True)
    date_of_birth = fields.Date(allow_none=True, validate=_has_been)
    address = Text(most=300, allow_none=True)
    city = Text(most=100, allow_none=True)
    state = Text(most=100, allow_none=True)
    postal_code = Text(most=20, allow_none=True)
    country = Text(most=100, allow_none=True)
    language = fields.String(allow_none=True, validate=validate.OneOf(LANGUAGES))
    customer_type = Text(most=50, allow_none=True)
    preferred_payment_method = Text(most=50, allow_none=True)
    experience_level = Text(most=50, allow_none=True)
    needs = Text(most=2000, allow_none=True)
    medical_conditions = Text(most=2000, allow_none=True)
    preferences = Mapping(keys=fields.String(validate=validate.Length(1, 100)), values=Text(most=500), validate=_WORDS)
    preferred_categories = _words()
    preferred_effects = _words()
    price_range = Text(most=50, allow_none=True)
    tags = _words()
    notes = Text(most=4000, allow_none=True)
    is_verified = Flag()


class ProfileOut(ProfileChange):
    age = fields.Integer(
        required=True, allow_none=True, metadata={"description": "in whole years, of today or as recorded"}
    )
    age_source = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(AGE_SOURCES),
        metadata={"description": "date_of_birth: of today; recorded: as it was on age_recorded_on"},
    )
    age_recorded = fields.Integer(required=True, allow_none=True)
    age_recorded_on = fields.Date(required=True, allow_none=True)
    phone_recorded = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the number as an older system had it: not usable, or somebody else's; never texted"},
    )
    preferences = Mapping(required=True)


class CustomerChange(Body):
    name = Text(most=200, allow_none=True)
    email = Email(allow_none=True)
    profile = fields.Nested(ProfileChange)


class CustomerOut(Body):
    id = fields.UUID(required=True)
    phone = fields.String(required=True, allow_none=True)
    origin = fields.String(required=True, validate=validate.OneOf(ORIGINS))
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    order_count = fields.Integer(required=True)
    total_spent = fields.Integer(required=True)
    first_order_at = fields.AwareDateTime(required=True, allow_none=True)
    last_order_at = fields.AwareDateTime(required=True, allow_none=True)
    marketing_consent = fields.Boolean(required=True, allow_none=True)
    sms_consent = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "false: no text at all; null: never asked, which forbids none"},
    )
    sms_unusable_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "since then no text reaches the number"}
    )
    erased_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "since then nothing personal is kept, and nothing can be added"},
    )
    merged_ids = fields.List(
        fields.UUID(),
        required=True,
        metadata={"description": "rows that are the same person: asked for, this one answers"},
    )
    is_silent = fields.Boolean(
        required=True, metadata={"description": "no order and no text for a year: the number may be somebody else's"}
    )
    has_hidden_balance = fields.Boolean(
        required=True,
        metadata={"description": "a cashier sees the points once a name or TapPass ID confirms who it is (…/claim)"},
    )
    profile = fields.Nested(ProfileOut, required=True)
    member = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "id, tappass_id, level and balance of a TapPass member"},
    )
    created_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True)


class PhoneQuery(Body):
    phone = phone(required=True)


class ConsentNew(Body):
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    granted = Flag(required=True)
    wording_version = Text(least=1, most=50)
    note = Text(most=500)


def _evidence(consent: Consent) -> dict[str, Any]:
    """With the note that stands beside it."""
    note = consent.remark.words if consent.remark else None
    return consent.evidence | ({"note": note} if note else {})


class ConsentOut(Body):
    id = fields.UUID(required=True)
    purpose = fields.String(required=True)
    granted = fields.Boolean(required=True)
    is_pending = fields.Boolean(
        required=True, metadata={"description": "a yes that counts when the customer replies YES"}
    )
    source = fields.String(required=True, validate=validate.OneOf(CONSENT_SOURCES))
    wording = fields.String(required=True)
    wording_version = fields.String(required=True)
    actor = fields.String(required=True)
    evidence = fields.Function(_evidence, metadata={"type": "object"})
    created_at = fields.AwareDateTime(required=True)


class ConsentList(Body):
    data = fields.List(fields.Nested(ConsentOut), required=True)
    next = fields.String(required=True, allow_none=True)
