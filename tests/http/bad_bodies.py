"""The bad bodies of test_bad_bodies.py: a table of what clients and attackers send, and what a generator makes of the
schemas: each field of each body with values of wrong types and sizes, unknown names at each level, and what an answer
shows posted back (catalogue D1, D4, D18).
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields, validate

from pos.catalog import schemas as catalog
from pos.checkout import schemas as checkout
from pos.customers import schemas as customers
from pos.http.schemas import Flag, Instant, Text, Whole
from pos.staff import schemas as staff
from pos.stores import schemas as stores

PHONE, EMAIL = "(415) 555-0187", "ada@example.com"
SOME_ID = "0190a0b0-0000-7000-8000-0000000000ff"
LIMIT = 256 * 1024
Path = tuple[str | int, ...]

# --- what is asked, and what a good body for it is --------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """An operation, the schema of its body, and a body that the schema takes."""

    method: str
    path: str
    schema: type[Schema]
    good: dict[str, Any]
    answer: type[Schema] | None = None
    as_: str = "owner"

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


ORDER = Target(
    "POST",
    "/orders",
    checkout.OrderIn,
    {
        "phone": PHONE,
        "name": "Ada",
        "items": [{"sku": "IPA", "quantity": 2, "note": "one later"}, {"sku": "TEE-BLK-M", "quantity": 1}],
        "tip": 200,
        "note": "table 4",
        "payment": {"method": "cash", "tendered": 5000},
    },
    checkout.OrderOut,
    as_="register",
)
PAYMENT = Target(
    "POST", "/orders/{order_id}/payments", checkout.PaymentIn, {"method": "cash"}, checkout.PaidOut, as_="register"
)
CANCEL = Target("POST", "/orders/{order_id}/cancel", checkout.CancelIn, {"reason": "spilt"}, as_="register")
FULFILLMENT = Target(
    "POST",
    "/orders/{order_id}/fulfillment",
    checkout.FulfillmentIn,
    {"status": "prepared"},
    as_="register",
)
PRODUCT = Target(
    "POST",
    "/products",
    catalog.ProductNew,
    {"name": "Stout", "sku": "STOUT", "kind": "food", "price": 700, "tax_class": "standard"},
    catalog.ProductOut,
)
PRODUCT_CHANGE = Target("PATCH", "/products/{product_id}", catalog.ProductChange, {"price": 700}, catalog.ProductOut)
CATEGORY = Target("POST", "/categories", catalog.CategoryNew, {"name": "Cans"}, catalog.CategoryOut)
CUSTOMER = Target("PATCH", "/customers/{customer_id}", customers.CustomerChange, {"name": "Ada"}, customers.CustomerOut)
LOOKUP = Target("POST", "/customers/lookup", customers.PhoneQuery, {"phone": PHONE}, as_="register")
CONSENT = Target(
    "POST",
    "/customers/{customer_id}/consents",
    customers.ConsentNew,
    {"purpose": "marketing", "granted": True},
    customers.ConsentOut,
    as_="register",
)
USER = Target("POST", "/users", staff.UserNew, {"name": "Grace", "role": "cashier"}, staff.UserOut)
USER_CHANGE = Target("PATCH", "/users/{user_id}", staff.UserChange, {"name": "Grace"}, staff.UserOut)
LOCATION = Target(
    "POST",
    "/locations",
    stores.LocationNew,
    {"name": "Truck", "timezone": "Europe/Berlin", "tax_rates": {"standard": "0.19"}},
    stores.LocationOut,
)
REGISTER = Target(
    "POST", "/registers", stores.RegisterNew, {"name": "Till", "location_id": SOME_ID}, stores.RegisterOut
)
REGISTER_CHANGE = Target(
    "PATCH", "/registers/{register_id}", stores.RegisterChange, {"name": "Till"}, stores.RegisterOut
)
SIGN_IN = Target(
    "POST", "/register/sign-in", staff.PinSignIn, {"user_id": SOME_ID, "pin": "4711"}, as_="register"
)  # fmt: skip
SESSION = Target(
    "POST", "/session", staff.PasswordSignIn, {"email": "owner@hops.example", "password": "guess"}, as_="nobody"
)
ENROLMENT = Target("POST", "/register/enrol", stores.Enrolment, {"store": "hops", "code": "ABCDEFGH"}, as_="nobody")
TARGETS = (
    ORDER, PAYMENT, CANCEL, FULFILLMENT, PRODUCT, PRODUCT_CHANGE, CATEGORY, CUSTOMER, LOOKUP, CONSENT, USER,
    USER_CHANGE, LOCATION, REGISTER, REGISTER_CHANGE, SIGN_IN, SESSION, ENROLMENT,
)  # fmt: skip


@dataclass(frozen=True)
class Bad:
    """A request that is to be refused with this status, for this place of the body if it is said."""

    target: Target
    what: str
    body: Any
    status: int = 422
    pointer: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    as_: str | None = None

    @property
    def name(self) -> str:
        return f"{self.target.name}: {self.what}"

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


# --- what cannot be read ----------------------------------------------------------------------------------------

GOOD = json.dumps(ORDER.good).encode()


def _inside(value: str) -> bytes:
    """The good order with a note, and this JSON text as its value."""
    return GOOD.replace(b'"table 4"', value.encode())


def _quantity(value: str) -> bytes:
    return GOOD.replace(b'"quantity": 2', f'"quantity": {value}'.encode())


UNREADABLE: dict[str, bytes] = {
    "no UTF-8": GOOD.replace(b"Ada", b"\xff"),
    "latin-1": GOOD.replace(b"Ada", "Bärbel".encode("latin-1")),
    "overlong UTF-8": GOOD.replace(b"Ada", b"\xc0\xaf"),
    "surrogate in UTF-8": GOOD.replace(b"Ada", b"\xed\xa0\x80"),
    "cut character": GOOD.replace(b"Ada", b"\xe2\x82"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16-LE": GOOD.decode().encode("utf-16-le"),
    "UTF-16-BE": GOOD.decode().encode("utf-16-be"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "UTF-8 with byte order mark": b"\xef\xbb\xbf" + GOOD,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "blanks": b" \r\n\t ",
    "form": b"phone=4155550187&items=IPA",
    "XML": b"<order><phone>4155550187</phone></order>",
    "two bodies": GOOD + GOOD,
    "something after it": GOOD + b"\x00",
    "single quotes": GOOD.replace(b'"', b"'"),
    "trailing comma": GOOD[:-1] + b",}",
    "comment": GOOD + b" // Ada",
    "Python": b"{'phone': None, 'walk_in': True}",
    **{f"cut after {size} bytes": GOOD[:size] for size in (1, 2, 10, 40, len(GOOD) // 2, len(GOOD) - 2, len(GOOD) - 1)},
    **{f"quantity {value}": _quantity(value) for value in (
        "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "+1", "01", "0x1", "1.", ".5", "1_000", "--1", "1e", "two", "'1'",
        "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" + "0" * 18, "9" * 5_000, "9" * 100_000,
        "1" + "0" * 400 + ".0",
    )},
    "NaN in an unknown name": GOOD[:-1] + b', "x": NaN}',
    "Infinity deep inside": GOOD[:-1] + b', "x": [[[{"y": [Infinity]}]]]}',
    "phone twice": GOOD[:-1] + b', "phone": "+14155550199"}',
    "phone twice, the same": GOOD[:-1] + b', "phone": "(415) 555-0187"}',
    "phone twice by an escape": GOOD[:-1] + b', "ph\\u006fne": "+14155550199"}',
    "items twice": GOOD[:-1] + b', "items": []}',
    "quantity twice in an item": GOOD.replace(b'"quantity": 2', b'"quantity": 2, "quantity": 1'),
    "method twice in the payment": GOOD.replace(b'"method": "cash"', b'"method": "cash", "method": "card"'),
    "unknown name twice": GOOD[:-1] + b', "x": 1, "x": 2}',
    "twice, four levels down": GOOD[:-1] + b', "x": [{"y": [{"z": 1, "z": 1}]}]}',
    "raw NUL": _inside('"a\x00b"'),
    "raw newline": _inside('"a\nb"'),
    "NUL in a value": _inside(r'"a\u0000b"'),
    "NUL in a key": GOOD[:-1] + rb', "na\u0000me": "Ada"}',
    "NUL in an item's key": GOOD.replace(b'"quantity": 2', rb'"quantity": 2, "\u0000": 1'),
    "NUL in the phone": GOOD.replace(b"(415) 555-0187", rb"4155550187\u0000"),
    "high surrogate alone": _inside(r'"\ud83c"'),
    "low surrogate alone": _inside(r'"\udf7a"'),
    "surrogates in the wrong order": _inside(r'"\udf7a\ud83c"'),
    "surrogate in a key": GOOD[:-1] + rb', "\ud800": 1}',
    **{f"{depth} levels of arrays": _inside("[" * depth + "1" + "]" * depth) for depth in (21, 1_000, 60_000)},
    **{f"{depth} levels of objects": _inside('{"a":' * depth + "1" + "}" * depth) for depth in (21, 1_000, 40_000)},
    "21 levels around the whole": b"[" * 20 + GOOD + b"]" * 20,
    "60,000 arrays alone": b"[" * 60_000 + b"]" * 60_000,
    "60,000 brackets that open": b"[" * 60_000,
    "40,000 objects that open": b'{"a":' * 40_000,
    "200,000 brackets that open": b"[" * 200_000,
}  # fmt: skip
ELSEWHERE_UNREADABLE = {
    "no UTF-8": b'{"x": "\xff"}',
    "cut": b'{"x": ',
    "NaN": b'{"x": NaN}',
    "twice": b'{"x": 1, "x": 1}',
    "NUL": b'{"x": "\\u0000"}',
    "surrogate": b'{"x": "\\ud800"}',
    "deep": b'{"x": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
}
NOT_OBJECTS = {
    "array": [],
    "array of it": [ORDER.good],
    "text": "order",
    "number": 1,
    "fraction": 1.5,
    "true": True,
    "null": None,
}
# RFC 8259 §11 gives JSON one media type; a body that says something else is not guessed at.
MEDIA_TYPES = (
    "", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/octet-stream", "application/jsonp",
    "application/xml", "multipart/form-data; boundary=x", "application/jsonx", "json", "*/*",
)  # fmt: skip
BAD_KEYS = {
    "empty": "",
    "256 characters": "k" * 256,
    "10,000 characters": "k" * 10_000,
    "a tab": "a\tb",
    "an escape": "a\x1bb",
    "DEL": "a\x7fb",
    "latin-1": "clé",
    "latin-1 no-break space": "a\u00a0b",
}


def unreadable_cases() -> Iterator[Bad]:
    for what, raw in UNREADABLE.items():
        yield Bad(ORDER, what, raw, 400)
    for target in TARGETS[1:]:
        for what, raw in ELSEWHERE_UNREADABLE.items():
            yield Bad(target, what, raw, 400)
    for target in TARGETS:
        yield Bad(target, "too large", b'{"note": "' + b"x" * LIMIT + b'"}', 413)
        yield Bad(target, "plain text", json.dumps(target.good).encode(), 415, headers={"Content-Type": "text/plain"})
    yield Bad(ORDER, "one byte too large", GOOD + b" " * (LIMIT + 1 - len(GOOD)), 413)
    for media_type in MEDIA_TYPES:
        yield Bad(ORDER, f"declared as {media_type!r}", GOOD, 415, headers={"Content-Type": media_type})
    for target in (ORDER, PAYMENT):
        for what, key in BAD_KEYS.items():
            yield Bad(target, f"Idempotency-Key: {what}", target.good, 400, headers={"Idempotency-Key": key})


# --- what the schemas refuse: generated from them ---------------------------------------------------------------

NOT_NUMBERS = ("1", 1.0, 0.5, True, [], {})
NOT_TEXTS = (1, 1.5, True, [], {})
# The first kind that fits a field decides, so the narrower ones stand first.
WRONG: tuple[tuple[type[fields.Field], tuple[Any, ...]], ...] = (
    (Whole, NOT_NUMBERS),
    (Flag, (0, 1, "true", "yes", "", [], {})),
    (Instant, (
        "", "soon", "2026-11-21", "2026-11-21T18:04:05", "2026-02-30T00:00:00Z", "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z", 1763748245, True, [], {},
    )),
    (fields.Date, ("", "soon", "2026-02-30", "21.11.1990", "1990-11-21T00:00:00Z", 19901121, True, [], {})),
    (fields.UUID, ("", SOME_ID[:-1], SOME_ID + "0", "' OR 1=1", 1, [], {})),
    (fields.Nested, ("", "x", 1, True, [], [{}])),
    (fields.List, ("", "x", 1, True, {})),
    (fields.Dict, ("", "x", 1, True, [], [{}])),
    (fields.String, NOT_TEXTS),
)  # fmt: skip


def schema_cases() -> Iterator[Bad]:
    for target in TARGETS:
        for path, checked in _fields_of(target.schema()):
            for value in [*_wrong_values(checked)]:
                body = _with(target.good, path, value)
                what = f"{_pointer(path)} is {ascii(value)[:40]}"
                yield Bad(target, what, body, pointer=_pointer(path[:2] if path[0] == "opening_hours" else path))
        for name, checked in target.schema().fields.items():
            if checked.required:
                body = {other: value for other, value in target.good.items() if other != name}
                yield Bad(target, f"without {name}", body, pointer=f"/{name}")


def unknown_name_cases() -> Iterator[Bad]:
    """Names that no schema has, and those that only answers have (mass assignment), at each level."""
    for target in TARGETS:
        for path, schema in _objects_of(target.schema(), target.answer() if target.answer else None):
            for name, value in schema.items():
                whole = (*path, name)
                body = _with(target.good, whole, value)
                yield Bad(target, f"{_pointer(whole)} is not for clients", body, pointer=_pointer(whole))


def _fields_of(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, fields.Field]]:
    """Each field at each level; a list is entered at its first element, a dictionary at one name."""
    for name, found in schema.fields.items():
        yield from _field_and_inner(found, (*path, name))


def _field_and_inner(found: fields.Field, path: Path) -> Iterator[tuple[Path, fields.Field]]:
    yield path, found
    if isinstance(found, fields.List):
        yield from _field_and_inner(found.inner, (*path, 0))
    elif isinstance(found, fields.Nested):
        yield from _fields_of(found.schema, path)
    elif isinstance(found, fields.Dict) and found.value_field:
        yield from _field_and_inner(found.value_field, (*path, "mon" if path[-1] == "opening_hours" else "standard"))


def _wrong_values(found: fields.Field) -> Iterator[Any]:
    yield from next(values for kind, values in WRONG if isinstance(found, kind))
    if not found.allow_none:
        yield None
    if isinstance(found, Text):
        yield from ("\x1b[31m", "\u202e")
    for validator in found.validators:
        if isinstance(validator, validate.Range):
            yield from (validator.min - 1, validator.max + 1, -(10**17), 2**53)
        if isinstance(validator, validate.Length) and isinstance(found, fields.String):
            yield from ["x" * ((validator.max or 0) + 1)] + ["", "   "][: 1 + isinstance(found, Text)] * bool(
                validator.min
            )
        if isinstance(validator, validate.OneOf):
            yield from ("no such", "", str(next(iter(validator.choices))).upper())
    if isinstance(found, fields.List) and found.validators:
        limits = [validator for validator in found.validators if isinstance(validator, validate.Length)]
        yield from ([{}] * ((limit.max or limit.equal or 0) + 1) for limit in limits)


def _objects_of(schema: Schema, answer: Schema | None, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The objects that a body is made of, each with names that it must not have and values for them."""
    shown = answer.fields if answer else {}
    foreign = {name: _plausible(found) for name, found in shown.items() if name not in schema.fields}
    always = {
        "store_id": SOME_ID,
        "is_admin": True,
        "points_balance": 1_000_000,
        "__proto__": {},
        "json": {},
        "surprise~/": 1,
        "": 1,
    }
    yield path, {name: value for name, value in (always | foreign).items() if name not in schema.fields}
    for name, found in schema.fields.items():
        one = found.inner if isinstance(found, fields.List) else found
        if isinstance(one, fields.Nested):
            inner = shown.get({"items": "lines"}.get(name, name))
            inner = inner.inner if isinstance(inner, fields.List) else inner
            below = (*path, name, 0) if isinstance(found, fields.List) else (*path, name)
            yield from _objects_of(one.schema, inner.schema if isinstance(inner, fields.Nested) else None, below)


def _plausible(found: fields.Field) -> Any:
    """A value that the database would take, had it been let through."""
    kinds: tuple[tuple[type[fields.Field], Any], ...] = (
        (fields.Boolean, True), (fields.Integer, 1), (fields.UUID, SOME_ID), (fields.AwareDateTime, "2026-11-21T18:04:05Z"),
        (fields.List, []), (fields.Nested, {}), (fields.Dict, {}), (fields.String, "owner"),
    )  # fmt: skip
    return next((value for kind, value in kinds if isinstance(found, kind)), True)


def _with(good: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy of the body with this value at this path; what leads there is made."""
    body: Any = deepcopy(dict(good))
    inner = body
    for step, following in itertools.pairwise(path):
        made: Any = [] if following == 0 else {}
        if isinstance(inner, list):
            inner += [made] * (not inner)
        else:
            inner.setdefault(step, made)
        inner = inner[step]
    if isinstance(inner, list):
        inner[:1] = [value]
    else:
        inner[path[-1]] = value
    return body  # type: ignore[no-any-return]


def _pointer(path: Path) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


# --- what rules refuse ------------------------------------------------------------------------------------------


def _order(**changes: Any) -> dict[str, Any]:
    """The good order with these fields; None leaves one out."""
    return {name: value for name, value in (ORDER.good | changes).items() if value is not None}


def _item(**item: Any) -> dict[str, Any]:
    return _order(items=[item])


def _product(**changes: Any) -> dict[str, Any]:
    return PRODUCT.good | changes


def _location(**changes: Any) -> dict[str, Any]:
    return LOCATION.good | changes


RULES: tuple[Bad, ...] = (
    Bad(ORDER, "no body", b""),
    Bad(ORDER, "empty object", {}, pointer="/items"),
    *(Bad(ORDER, f"quantity {value}", _quantity(value), pointer="/items/0/quantity") for value in (
        "0", "-0", "-1", "10001", "2147483648", "1000000000000", "999999999999999999", "-999999999999999999", "0.5", "1.0",
        "1e0", "1e308", "1e-400", "true", "null", '"1"', '"1000"', "[1]",
    )),
    *(Bad(ORDER, f"{name} {value}", _order(**{name: value}), pointer=f"/{name}") for name, value in (
        ("tip", -1), ("tip", 10**12 + 1), ("tip", 0.1), ("expected_total", -1), ("expected_total", "4638"),
    )),
    *(Bad(ORDER, f"{name} {value}", _order(payment={"method": "cash", name: value}), pointer=f"/payment/{name}") for name, value in (
        ("amount", 0), ("amount", -100), ("amount", 10**12 + 1), ("amount", "100"), ("tendered", -1), ("tendered", 50.0),
    )),
    Bad(ORDER, "a tip of 10^12", _order(tip=10**12, payment=None)),
    Bad(ORDER, "no lines", _order(items=[]), pointer="/items"),
    Bad(ORDER, "201 lines", _order(items=[{"sku": "IPA", "quantity": 1}] * 201), pointer="/items"),
    Bad(ORDER, "2,000 lines", _order(items=[{"sku": "IPA", "quantity": 1}] * 2_000), pointer="/items"),
    Bad(ORDER, "an item that is null", _order(items=[None]), pointer="/items/0"),
    Bad(ORDER, "an item within an item", _order(items=[[{"sku": "IPA", "quantity": 1}]]), pointer="/items/0"),
    Bad(ORDER, "an unknown SKU", _item(sku="NONE", quantity=1), pointer="/items/0"),
    Bad(ORDER, "an unknown SKU as third item", _order(items=[*ORDER.good["items"], {"sku": "NONE", "quantity": 1}]), pointer="/items/2"),
    Bad(ORDER, "a SKU in other letters", _item(sku="ipa", quantity=1), pointer="/items/0"),
    Bad(ORDER, "SQL as SKU", _item(sku="' OR '1'='1", quantity=1), pointer="/items/0"),
    Bad(ORDER, "a pattern as SKU", _item(sku="%", quantity=1), pointer="/items/0"),
    Bad(ORDER, "an unknown product", _item(product_id=SOME_ID, quantity=1), pointer="/items/0"),
    Bad(ORDER, "SKU and product", _item(sku="IPA", product_id=SOME_ID, quantity=1), pointer="/items/0"),
    Bad(ORDER, "neither SKU nor product", _item(quantity=1), pointer="/items/0"),
    Bad(ORDER, "a price of one's own", _item(sku="IPA", quantity=1, unit_price=1)),
    Bad(ORDER, "a discount of one's own", _item(sku="IPA", quantity=1, discount=800), pointer="/items/0/discount"),
    Bad(ORDER, "more than is in stock", _item(sku="TEE-BLK-M", quantity=41)),
    Bad(ORDER, "more than is in stock, over two lines", _order(items=[{"sku": "TEE-BLK-M", "quantity": 21}] * 2)),
    Bad(ORDER, "phone and walk-in", _order(walk_in=True), pointer="/phone"),
    Bad(ORDER, "neither phone nor walk-in", _order(phone=None), pointer="/phone"),
    Bad(ORDER, "no phone, and walk_in false", _order(phone=None, walk_in=False), pointer="/phone"),
    *(Bad(ORDER, f"phone {ascii(phone)[:30]}", _order(phone=phone), pointer="/phone") for phone in (
        "", "   ", "911", "12345", "555-0187", "415 555 013", "415 555 01871", "0", "+", "n/a", "ada@example.com", "📱",
        "1-800-FLOWERS", "415 555 0187 ext 5", "4155550187#5", "900-234-5678", "+999 123456789", "4" * 41, "\u202e2310555514",
        "+1" + "4" * 30, "' OR 1=1 --", "<script>",
    )),
    *(Bad(ORDER, f"placed at {at}", _order(placed_at=at), pointer="/placed_at") for at in (
        "2026-11-21T18:04:05", "2026-11-21", "yesterday", "1763748245", "2199-12-31T23:59:59Z", "2199-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1999-12-31T23:59:59+00:00", "2026-11-21T18:04:05+99:99",
    )),
    Bad(ORDER, "a location that is not there", _order(location_id=SOME_ID), pointer="/location_id", as_="owner"),
    Bad(ORDER, "an API key without a location", _order(), pointer="/location_id", as_="owner"),
    Bad(ORDER, "a walk-in without a register", {"walk_in": True, "items": ORDER.good["items"], "location_id": "{location_id}"}, as_="owner"),
    Bad(ORDER, "a payment by Stripe", _order(payment={"method": "stripe"}), pointer="/payment/method"),
    Bad(ORDER, "a payment without a method", _order(payment={"amount": 100}), pointer="/payment/method"),
    Bad(ORDER, "a payment of more than is due", _order(payment={"method": "card", "amount": 10**9})),
    Bad(ORDER, "too little cash", _order(payment={"method": "cash", "tendered": 1})),
    Bad(ORDER, "change for a card", _order(payment={"method": "card", "tendered": 5000})),
    Bad(ORDER, "an unknown wording", _order(marketing_consent=True, wording_version="1999-de"), pointer="/wording_version"),
    Bad(ORDER, "consent of a walk-in", _order(phone=None, walk_in=True, marketing_consent=True)),
    Bad(PAYMENT, "no body", b"", pointer="/method"),
    Bad(PAYMENT, "too little cash", {"method": "cash", "tendered": 1}),
    Bad(PAYMENT, "change for a card", {"method": "card", "tendered": 5000}),
    Bad(PAYMENT, "more than is due", {"method": "card", "amount": 10**9}),
    Bad(PAYMENT, "a tip of 10^12", {"method": "cash", "tip": 10**12}),
    Bad(CANCEL, "no reason", {"refund": True}, pointer="/reason"),
    Bad(FULFILLMENT, "an end by hand", {"status": "canceled"}, pointer="/status"),
    *(Bad(PRODUCT, f"sku {sku!a}", _product(sku=sku), pointer="/sku") for sku in (
        "", " ", "-IPA", "HOUSE IPA", "IPA/1", "IPA\n", "\nIPA", "ÌPA", "🍺", "x" * 65, "IPA;DROP",
    )),
    *(Bad(PRODUCT, f"image {ascii(url)[:40]}", _product(image_url=url), pointer="/image_url") for url in (
        "javascript:alert(1)", "data:text/html,x", "//example.com/a.png", "example.com/a.png", "https://", "https://a b", "ftp://example.com/a",
        "https://example.com/a.png\n", "https://" + "x" * 600,
    )),
    Bad(PRODUCT, "an unknown tax class", _product(tax_class="luxury"), pointer="/tax_class"),
    Bad(PRODUCT, "an unknown category", _product(category_id=SOME_ID), pointer="/category_id"),
    Bad(PRODUCT, "a kind of one's own", _product(kind="mixed"), pointer="/kind"),
    Bad(PRODUCT, "less than nothing in stock", _product(stock_quantity=-1), pointer="/stock_quantity"),
    Bad(PRODUCT_CHANGE, "an unknown tax class", {"tax_class": "luxury"}, pointer="/tax_class"),
    Bad(PRODUCT_CHANGE, "an unknown category", {"category_id": SOME_ID}, pointer="/category_id"),
    Bad(CATEGORY, "a parent that is not there", {"name": "Cans", "parent_id": SOME_ID}, pointer="/parent_id"),
    *(Bad(CUSTOMER, f"e-mail {ascii(email)[:40]}", {"email": email}, pointer="/email") for email in (
        "", "ada", "ada@", "@example.com", "ada@example", "a da@example.com", "ada@exam ple.com", "ada@@example.com",
        "ada@example.com\n", "ada@example.com, bob@example.com", "x" * 250 + "@example.com",
    )),
    *(Bad(CUSTOMER, f"born {day}", {"profile": {"date_of_birth": day}}, pointer="/profile/date_of_birth") for day in (
        "2200-01-01", "1899-12-31", "0001-01-01", "9999-12-31",
    )),
    Bad(CUSTOMER, "51 tags", {"profile": {"tags": ["x"] * 51}}, pointer="/profile/tags"),
    Bad(CUSTOMER, "a blank tag", {"profile": {"tags": ["x", " "]}}, pointer="/profile/tags/1"),
    Bad(CUSTOMER, "51 preferences", {"profile": {"preferences": {str(n): "x" for n in range(51)}}}, pointer="/profile/preferences"),
    Bad(CUSTOMER, "another phone", {"phone": "+14155550199"}, pointer="/phone"),
    *(Bad(LOOKUP, f"phone {phone}", {"phone": phone}, pointer="/phone") for phone in ("911", "555-0187", "FLOWERS", "900-234-5678")),
    Bad(CONSENT, "an unknown wording", CONSENT.good | {"wording_version": "1999-de"}, pointer="/wording_version"),
    Bad(CONSENT, "a source of one's own", CONSENT.good | {"source": "keyword"}, pointer="/source"),
    Bad(CONSENT, "evidence of one's own", CONSENT.good | {"evidence": {}}, pointer="/evidence"),
    *(Bad(USER, f"pin {pin!a}", USER.good | {"pin": pin}, pointer="/pin") for pin in (
        "", "471", "471147114", "abcd", "４７１１", "47 11", "4711\n", "-4711", "+471", "4.711",
    )),
    Bad(USER, "a short password", USER.good | {"email": EMAIL, "password": "x" * 11}, pointer="/password"),
    Bad(USER, "a long password", USER.good | {"email": EMAIL, "password": "x" * 129}, pointer="/password"),
    Bad(USER, "an owner without e-mail", {"name": "Grace", "role": "owner"}, pointer="/email"),
    Bad(USER, "a manager with null as e-mail", {"name": "Grace", "role": "manager", "email": None}, pointer="/email"),
    Bad(USER_CHANGE, "a password of one's own", {"password": "x" * 20}, pointer="/password"),
    Bad(USER_CHANGE, "a manager without e-mail", {"role": "manager"}, pointer="/email"),
    Bad(SIGN_IN, "pin with a newline", SIGN_IN.good | {"pin": "4711\n"}, pointer="/pin"),
    *(Bad(LOCATION, f"time zone {zone}", _location(timezone=zone), pointer="/timezone") for zone in (
        "Mars/Olympus", "UTC+1", "../../etc/passwd", "europe/berlin", "PST",
    )),
    Bad(LOCATION, "no tax rates", _location(tax_rates={}), pointer="/tax_rates"),
    Bad(LOCATION, "21 tax rates", _location(tax_rates={f"t{n}": "0" for n in range(21)}), pointer="/tax_rates"),
    *(Bad(LOCATION, f"rate {rate!a}", _location(tax_rates={"standard": rate}), pointer="/tax_rates/standard") for rate in (
        "", "8.25%", "-0.1", "1.1", "1e-2", "0,19", ".19", "0.0000001", "NaN", "Infinity", "0.19\n", 0.19, 1,
    )),
    *(Bad(LOCATION, f"tax class {name!a}", _location(tax_rates={name: "0.1"}), pointer="/tax_rates") for name in (
        "", "Standard", "two words", "1st", "x" * 31, "standard\n", "<b>",
    )),
    *(Bad(LOCATION, f"hours {json.dumps(hours)[:50]}", _location(opening_hours=hours), pointer="/opening_hours") for hours in (
        {"monday": [["09:00", "17:00"]]}, {"mon": ["09:00", "17:00"]}, {"mon": [["09:00"]]}, {"mon": [["9:00", "17:00"]]},
        {"mon": [["09:00", "25:00"]]}, {"mon": [["09:00", "17:00", "18:00"]]}, {"mon": [["09:00", "17:00\n"]]},
        {"mon": [["09:00", "17:00"]] * 5}, {"mon": None}, {"": []},
    )),
    Bad(REGISTER, "a location that is not there", {"name": "Till", "location_id": SOME_ID}, pointer="/location_id"),
    Bad(REGISTER_CHANGE, "a location that is not there", {"location_id": SOME_ID}, pointer="/location_id"),
    Bad(REGISTER_CHANGE, "a register that comes back", {"revoked": False}, pointer="/revoked"),
    Bad(ENROLMENT, "a code that is wrong", {"store": "hops", "code": "AAAAAAAA"}),
)  # fmt: skip


def _all_cases() -> list[Bad]:
    shaped = [Bad(target, what, body) for target in TARGETS for what, body in NOT_OBJECTS.items()]
    cases = [*unreadable_cases(), *shaped, *schema_cases(), *unknown_name_cases(), *RULES]
    return list({case.name: case for case in cases}.values())


CASES = _all_cases()
