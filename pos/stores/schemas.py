"""The JSON of locations and registers."""

from marshmallow import fields, validate

from pos.http.schemas import Body, Flag, Instant, Mapping, Pattern, Rate, Text, Whole

_TAX_CLASS = Pattern(r"^[a-z][a-z0-9_-]{0,29}$", error="Name a tax class with a short lower-case word, e.g. standard.")
_SLUG = Pattern(
    r"^(?=.{2,40}$)[a-z0-9]+(-[a-z0-9]+)*$",
    error="Use 2 to 40 lower-case letters, digits and single dashes between them.",
)
_DAY = validate.OneOf(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
_CLOCK = Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", error="Write the time as 09:30.")


def _tax_rates(**options: object) -> Mapping:
    return Mapping(keys=fields.String(validate=_TAX_CLASS), values=Rate(), **options)  # type: ignore[arg-type]


def _opening_hours() -> Mapping:
    spans = fields.List(
        fields.List(fields.String(validate=_CLOCK), validate=validate.Length(equal=2)), validate=validate.Length(max=4)
    )
    return Mapping(keys=fields.String(validate=_DAY), values=spans)


class StoreNew(Body):
    """What `flask stores create` takes: a store and its first location."""

    name = Text(least=1, most=100, required=True)
    slug = fields.String(required=True, validate=_SLUG)
    currency = fields.String(required=True)
    country = fields.String(required=True)
    timezone = fields.String(required=True)
    prices_include_tax = Flag(required=True)
    location = Text(least=1, most=100, required=True)
    tax_rates = _tax_rates(required=True, validate=validate.Length(1, 20))


class StoreChange(Body):
    name = Text(least=1, most=100)
    payment_link_hours = Whole(least=1, most=720, metadata={"description": "how long a payment link lives"})
    cancels_unpaid_orders = Flag(
        metadata={"description": "with its link an order is canceled that waits for nothing else"}
    )
    kitchen_sees_unpaid = Flag(metadata={"description": "false: the kitchen sees no order on which nothing is paid"})
    kitchen_slow_minutes = Whole(least=1, most=239, metadata={"description": "after these a ticket is slow"})
    kitchen_late_minutes = Whole(least=2, most=240, metadata={"description": "after these it is late; more than slow"})


class StoreOut(Body):
    id = fields.UUID(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    currency = fields.String(required=True)
    country = fields.String(required=True)
    timezone = fields.String(required=True)
    prices_include_tax = fields.Boolean(required=True)
    stripe_account = fields.String(
        required=True, allow_none=True, metadata={"description": "set by whoever runs the server: flask stores change"}
    )
    sms_number = fields.String(
        required=True, allow_none=True, metadata={"description": "what texts are sent from; set by flask stores change"}
    )
    payment_link_hours = fields.Integer(required=True)
    cancels_unpaid_orders = fields.Boolean(required=True)
    kitchen_sees_unpaid = fields.Boolean(required=True)
    kitchen_slow_minutes = fields.Integer(required=True)
    kitchen_late_minutes = fields.Integer(required=True)
    version = fields.Integer(required=True)


class ApiKey(Body):
    api_key = fields.String(required=True)


class LocationChange(Body):
    name = Text(least=1, most=100)
    timezone = Text(least=1, most=60)
    address = Text(most=300, allow_none=True)
    opening_hours = _opening_hours()
    tax_rates = _tax_rates(validate=validate.Length(1, 20))


class LocationNew(LocationChange):
    name = Text(least=1, most=100, required=True)
    timezone = Text(least=1, most=60, required=True)
    tax_rates = _tax_rates(required=True, validate=validate.Length(1, 20))


class LocationOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    timezone = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    opening_hours = fields.Dict(required=True)
    tax_rates = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    version = fields.Integer(required=True)


class LocationList(Body):
    data = fields.List(fields.Nested(LocationOut), required=True)
    next = fields.String(required=True, allow_none=True)


class RegisterNew(Body):
    name = Text(least=1, most=100, required=True)
    location_id = fields.UUID(required=True)


class RegisterChange(Body):
    name = Text(least=1, most=100)
    location_id = fields.UUID()
    revoked = Flag(validate=validate.Equal(True, error="A revoked register cannot come back; create another one."))


class RegisterOut(Body):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    location_id = fields.UUID(required=True)
    is_enrolled = fields.Function(lambda register: register.token_hash is not None, metadata={"type": "boolean"})
    last_seen_at = Instant(required=True, allow_none=True)
    revoked_at = Instant(required=True, allow_none=True)
    version = fields.Integer(required=True)


class RegisterCreated(RegisterOut):
    enrolment_code = fields.String(required=True)
    enrolment_expires_at = Instant(required=True)
    enrolment_address = fields.String(required=True, metadata={"description": "opened on a tablet it enrols it"})
    enrolment_qr = fields.String(required=True, metadata={"description": "the address as a QR code: an image as data:"})


class RegisterList(Body):
    data = fields.List(fields.Nested(RegisterOut), required=True)
    next = fields.String(required=True, allow_none=True)


class Enrolment(Body):
    store = Text(least=1, most=60, required=True, metadata={"description": "The store's slug."})
    code = Text(least=1, most=40, required=True)


class Enrolled(Body):
    token = fields.String(required=True)
    register = fields.Nested(RegisterOut, required=True)
