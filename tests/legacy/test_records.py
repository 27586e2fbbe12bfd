"""What a record may hold, what is made of it, and what is said of what it may not hold."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos.legacy.customer_info.records import Bought, Told, read
from tests.legacy import damage
from tests.legacy.telling import TODAY, customer, order, read_told, written

LONG_AGO = "12/31/1969"


def own(name: str, /, **fields: Any) -> Any:
    """One attribute of the customer that a record with these fields tells of."""
    told, faults = read_told(customer(**fields))
    assert told is not None, faults
    return getattr(told, name)


def bought(name: str, /, *, digits: int = 2, **fields: Any) -> Any:
    """One attribute of the order that a record with these fields tells of."""
    told, faults = read_told(customer(order(**fields)), digits=digits)
    assert faults == ()
    assert told is not None
    return getattr(told.orders[0], name)


# --- what is taken ---------------------------------------------------------------------------------------------


def test_read_takes_a_customer_whole() -> None:
    told, faults = read_told(customer(order(), favouriteColour="red"))

    assert faults == ()
    assert told is not None
    assert told == Told(
        id="1",
        first_name="Rosa",
        last_name="Diaz",
        age=35,
        email="Rosa@example.com",
        phone="415-555-0132",
        address="12 Pine St, Dockside",
        level="gold",
        orders=(
            Bought(
                id="29",
                product_id="8",
                quantity=2,
                total=70000,
                placed_on=date(2023, 2, 10),
                name="Alpine Explorer Tent",
                unit_price=35000,
                category="Tents",
                brand="AlpineGear",
                description="Room for eight,\nand their boots.",
            ),
        ),
        digest=told.digest,
        unknown=("favouriteColour",),
    )


OWN = [
    ("id", "id", 7, "7"),
    ("id", "id", 7.0, "7"),
    ("id", "id", " 007 ", "007"),
    ("first_name", "firstName", None, None),
    ("first_name", "firstName", "  ", None),
    ("first_name", "firstName", "Anna\t Maria\u0007", "Anna Maria"),
    ("first_name", "firstName", "\u202eNan", "Nan"),
    ("last_name", "lastName", "nan", "nan"),
    ("age", "age", "35", 35),
    ("age", "age", 35.0, 35),
    ("age", "age", 0, 0),
    ("age", "age", 130, 130),
    ("age", "age", "", None),
    ("age", "age", "nan", None),
    ("age", "age", float("nan"), None),
    ("email", "email", "", None),
    ("email", "email", "nan", None),
    ("email", "email", " a@b.example ", "a@b.example"),
    ("phone", "phone", 4155550132, "4155550132"),
    ("phone", "phone", 4155550132.0, "4155550132"),
    ("phone", "phone", " ask the neighbour ", "ask the neighbour"),
    ("phone", "phone", "", None),
    ("phone", "phone", "5" * 60, "5" * 60),
    ("address", "address", " 1 Main St,\r\n  Dockside ", "1 Main St, Dockside"),
    ("address", "address", "Stra\u00dfe\u00a05", "Stra\u00dfe 5"),
    ("level", "membership", "Base", "bronze"),
    ("level", "membership", " pLATINUM", "platinum"),
    ("level", "membership", "nan", None),
    ("level", "membership", float("nan"), None),
    ("level", "membership", "", None),
    ("level", "membership", None, None),
    ("orders", "orders", None, ()),
]


@pytest.mark.parametrize(("attribute", "field", "value", "taken"), OWN)
def test_read_takes_what_exports_write(attribute: str, field: str, value: Any, taken: Any) -> None:
    assert own(attribute, **{field: value}) == taken


BOUGHT = [
    ("id", "id", "A-1", "A-1"),
    ("product_id", "productId", None, None),
    ("product_id", "productId", "nan", None),
    ("product_id", "productId", 8.0, "8"),
    ("quantity", "quantity", 2.0, 2),
    ("quantity", "quantity", 1_000_000, 1_000_000),
    ("total", "total", 700, 70000),
    ("total", "total", 0, 0),
    ("total", "total", 0.29, 29),
    ("total", "total", 699.9999999999, 70000),
    ("total", "total", 10**10, 10**12),
    ("unit_price", "unitprice", 350.01, 35001),
    ("unit_price", "unitprice", None, 35000),
    ("unit_price", "unitprice", float("nan"), 35000),
    ("placed_on", "date", "02/09/2023", date(2023, 2, 9)),
    ("placed_on", "date", "2023-02-09", date(2023, 2, 9)),
    ("placed_on", "date", "3/1/2026", TODAY),
    ("placed_on", "date", "1/1/1970", date(1970, 1, 1)),
    ("name", "name", " Tent \n for  two", "Tent for two"),
    ("category", "category", "", None),
    ("category", "category", "nan", None),
    ("brand", "brand", None, None),
    ("description", "description", " one \u0007\r\n two ", "one \n two"),
    ("description", "description", "nan", None),
]


@pytest.mark.parametrize(("attribute", "field", "value", "taken"), BOUGHT)
def test_read_takes_what_exports_write_of_orders(attribute: str, field: str, value: Any, taken: Any) -> None:
    assert bought(attribute, **{field: value}) == taken


def test_read_takes_amounts_in_the_currency_of_the_store() -> None:
    assert bought("total", total=1200, unitprice=600, digits=0) == 1200
    assert bought("total", total=1.234, unitprice=1, digits=3) == 1234
    assert bought("unit_price", total=10, quantity=3, unitprice=None) == 334


def test_read_takes_a_byte_order_mark_off() -> None:
    told, faults = read_told(b"\xef\xbb\xbf" + written(customer()))

    assert told is not None
    assert faults == ()


def test_read_takes_a_mended_row_of_a_rejects_file() -> None:
    row = {"file": "a.json", "line": 1, "id": "1", "field": "age", "reason": "…"}

    as_object, _ = read_told(row | {"record": customer(order())})
    as_text, _ = read_told(row | {"record": written(customer(order())).decode()})

    assert as_object == as_text == read_told(customer(order()))[0]


def test_read_gives_unknown_names_of_orders_once() -> None:
    told, _ = read_told(customer(order(colour=1), order(id=2, colour=1), tier=2))

    assert told is not None
    assert told.unknown == ("orders[].colour", "tier")


def test_read_takes_an_order_once_that_stands_there_twice() -> None:
    told, faults = read_told(customer(order(), order(id="29"), order(id=30)))

    assert told is not None
    assert [each.id for each in told.orders] == ["29", "30"]
    assert faults == ()


def test_digest_tells_a_customer_that_changed_from_orders_that_came() -> None:
    digests = {name: own("digest", **{name: value}) for name, _, value in CHANGES}

    assert own("digest", orders=[order()]) == own("digest", address="12 Pine St, Dockside") == own("digest")
    assert len({own("digest"), *digests.values()}) == 1 + len(CHANGES)


CHANGES = [
    ("firstName", "Rosa", "Rosalie"),
    ("lastName", "Diaz", "Dias"),
    ("age", 35, 36),
    ("email", "", "b@example.com"),
    ("phone", "", "415-555-0133"),
    ("address", "", "13 Pine St"),
    ("membership", "Gold", "Base"),
]


# --- what is not -----------------------------------------------------------------------------------------------

BROKEN = [
    (b"", "This is not JSON: Expecting value at line 1, column 1."),
    (b'{"id": 1', "This is not JSON: Expecting ',' delimiter at line 1, column 9."),
    (b'{"id": 1} {"id": 2}', "This is not JSON: Extra data at line 1, column 11."),
    (b'{"id": "a\nb"}', "This is not JSON: Invalid control character at line 1, column 10."),
    ('{"firstName": "José"}'.encode("latin-1"), "This is not UTF-8: byte 0xe9. Save it as UTF-8."),
    ('{"id": 1}'.encode("utf-16"), "This is not UTF-8: byte 0xff. Save it as UTF-8."),
    (b'{"id": 1, "id": 2}', "The field 'id' stands twice in one object. Keep one of them."),
    (b'{"id": 1, "x": {"y": 1, "y": 1}}', "The field 'y' stands twice in one object. Keep one of them."),
    (b"[" * 200_000, "This is nested too deeply to be read."),
    (b'{"id": ' + b"9" * 5000 + b"}", "A number in it has too many digits to be read."),
    (b'{"id": 1e99999999999999999999}', "A number in it has too many digits to be read."),
    (b'[{"id": 1}]', "This is a list. Write one JSON object for each customer, in a file or on a line of its own."),
    (b"null", "This is null. Write one JSON object for each customer, in a file or on a line of its own."),
    (b'"x"', "This is 'x'. Write one JSON object for each customer, in a file or on a line of its own."),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN)
def test_read_refuses_what_is_no_record(content: bytes, reason: str) -> None:
    told, faults = read_told(content)

    assert told is None
    assert [(fault.field, fault.reason) for fault in faults] == [("", reason)]


WRONG = [
    ("id", None, "The id is missing."),
    ("id", " ", "The id is missing."),
    ("id", True, "true is not an id."),
    ("id", 1.5, "1.5 is not an id."),
    ("id", "1" * 101, "The text has 101 characters. Shorten it to 100."),
    ("id", "a\u200bb", "The id contains line breaks or other signs"),
    ("firstName", 5, "5 is no text. Put it in quotes."),
    ("firstName", "x" * 101, "The text has 101 characters."),
    ("firstName", "a\u0000b", "The text contains a NUL character"),
    ("lastName", "\ud83d", "The text contains a NUL character or half of a surrogate pair."),
    ("lastName", ["Diaz"], "a list is no text."),
    ("age", 131, "131 is no age. Write a whole number from 0 to 130, or null if it is not known."),
    ("age", -1, "-1 is no age."),
    ("age", 35.5, "35.5 is no age."),
    ("age", "thirty", "'thirty' is no age."),
    ("age", "٣٥", "'٣٥' is no age."),
    ("age", True, "true is no age."),
    ("age", {"years": 35}, "an object is no age."),
    ("age", float("inf"), "Infinity is no age."),
    ("email", "rosa", "'rosa' is no e-mail address."),
    ("email", "a@b.c" + "x" * 300, "'a@b.c" + "x" * 35 + "…' is no e-mail address."),
    ("email", 5, "5 is no text."),
    ("phone", "5" * 61, "The text has 61 characters. Shorten it to 60."),
    ("phone", "555\u0000", "The text contains a NUL character"),
    ("phone", False, "false is not a phone number."),
    ("phone", [], "a list is not a phone number."),
    ("address", "x" * 301, "The text has 301 characters. Shorten it to 300."),
    ("membership", "Silver", "'Silver' is no membership. Allowed are Base, Gold, Platinum, and nan or null for none."),
    ("membership", 3, "3 is no membership."),
    ("membership", [], "a list is no membership."),
    ("orders", {}, "an object is no list of orders."),
    ("orders", 0, "0 is no list of orders."),
]


@pytest.mark.parametrize(("field", "value", "reason"), WRONG)
def test_read_rejects_a_customer_for_own_fields(field: str, value: Any, reason: str) -> None:
    told, faults = read_told(customer(order()) | {field: value})

    assert told is None
    assert [fault.field for fault in faults] == [field]
    assert faults[0].reason.startswith(reason)


WRONG_ORDER = [
    ("id", None, "The id is missing."),
    ("id", [], "a list is not an id."),
    ("productId", 1.5, "1.5 is not an id."),
    ("quantity", 0, "0 is no quantity. Write a whole number from 1 to 1,000,000."),
    ("quantity", 1_000_001, "1000001 is no quantity."),
    ("quantity", 2.5, "2.5 is no quantity."),
    ("quantity", "2", "'2' is no quantity."),
    ("quantity", True, "true is no quantity."),
    ("quantity", None, "The quantity is missing."),
    ("total", None, "The amount is missing."),
    ("total", "700", "'700' is no amount. Write a number without quotes, such as 700.0."),
    ("total", -0.01, "-0.01 is no amount. Write a number from 0 to 10,000,000,000."),
    ("total", 10**10 + 1, "10000000001 is no amount."),
    ("total", 1e300, "1E+300 is no amount."),
    ("total", float("inf"), "Infinity is no amount."),
    ("total", 0.001, "0.001 has more decimals than the 2 of the store's currency. Round it."),
    ("total", False, "false is no amount."),
    ("unitprice", -1, "-1 is no amount."),
    ("unitprice", 1.005, "1.005 has more decimals"),
    ("unitprice", [], "a list is no amount."),
    ("date", None, "The date is missing."),
    ("date", "13/1/2023", "'13/1/2023' is no day. Write month/day/year, such as 2/10/2023, or year-month-day."),
    ("date", "2/30/2023", "'2/30/2023' is no day."),
    ("date", "2/10/23", "'2/10/23' is no day."),
    ("date", "2023-2-1", "'2023-2-1' is no day."),
    ("date", 20230210, "20230210 is no day."),
    ("date", "1/1/0000", "'1/1/0000' is no day."),
    ("date", LONG_AGO, f"'{LONG_AGO}' is not between 1970-01-01 and today, 2026-03-01."),
    ("date", "3/2/2026", "'3/2/2026' is not between"),
    ("name", None, "The name of what was bought is missing."),
    ("name", " ", "The name of what was bought is missing."),
    ("name", "x" * 201, "The text has 201 characters. Shorten it to 200."),
    ("name", 501, "501 is no text."),
    ("category", "x" * 201, "The text has 201 characters."),
    ("brand", {}, "an object is no text."),
    ("description", "x" * 10_001, "The text has 10,001 characters. Shorten it to 10,000."),
    ("description", "a\u0000", "The text contains a NUL character"),
    ("description", 1, "1 is no text."),
]


@pytest.mark.parametrize(("field", "value", "reason"), WRONG_ORDER)
def test_read_rejects_an_order_alone(field: str, value: Any, reason: str) -> None:
    told, faults = read_told(customer(order(id=1), order(id=2) | {field: value}, order(id=3)))

    assert told is not None
    assert [each.id for each in told.orders] == ["1", "3"]
    assert [fault.field for fault in faults] == [f"orders[1].{field}"]
    assert faults[0].reason.startswith(reason)


def test_read_names_every_kind_of_damage() -> None:
    lines = dict(enumerate(damage.DAMAGED.read_bytes().split(b"\n"), start=1))
    wanted = damage.expected()

    named = {line: _named(lines[line].strip()) for line in wanted if lines[line].strip()}
    too_large = [(_named(content), (field,)) for content, field in damage.too_large_to_keep()]

    assert named == {line: fields for line, fields in wanted.items() if line in named}
    assert [found for found, expected in too_large[1:]] == [expected for _, expected in too_large[1:]]


def _named(content: bytes) -> tuple[str, ...]:
    return tuple(fault.field for fault in read_told(content)[1])


def test_read_rejects_more_orders_than_one_record_may_have() -> None:
    told, faults = read_told(customer(*[order()] * 10_001))

    assert told is None
    assert [(fault.field, fault.reason) for fault in faults] == [
        (
            "orders",
            "There are 10,001 orders in this record. Write several records with the same id and 10,000 orders at most in each.",
        )
    ]


def test_read_rejects_an_order_that_is_no_object() -> None:
    told, faults = read_told(customer(None, order()))

    assert told is not None
    assert len(told.orders) == 1
    assert [(fault.field, fault.reason) for fault in faults] == [
        ("orders[0]", "This is null. Write an object with id, name, quantity, total and date.")
    ]


def test_read_rejects_the_second_order_of_an_id_if_it_differs() -> None:
    told, faults = read_told(customer(order(), order(quantity=3)))

    assert told is not None
    assert [each.quantity for each in told.orders] == [2]
    assert [(fault.field, fault.reason) for fault in faults] == [
        ("orders[1].id", "The order '29' stands twice in this record, with different contents. Keep one.")
    ]


def test_read_says_all_that_is_wrong_at_once() -> None:
    _, of_customer = read_told(customer(order(id=None), age="old", email="rosa", orders=7))
    _, of_orders = read_told(customer(order(quantity=0, total="x"), order(date="soon")))

    assert [fault.field for fault in of_customer] == ["age", "email", "orders"]
    assert [fault.field for fault in of_orders] == ["orders[0].quantity", "orders[0].total", "orders[1].date"]


# --- whatever comes --------------------------------------------------------------------------------------------

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.text(st.characters(categories=["Cs", "Cc", "Cf"]), max_size=5)
)
values = st.recursive(scalars, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some))
OWN_FIELDS = sorted(customer())
ORDER_FIELDS = sorted(order())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
@example(b"\xef\xbb\xbf")
@example(b'{"id": -1e-99999999999999999999}')
@example(b'{"id": "1", "orders": [{"total": 1e-999999, "quantity": 1e999999}]}')
def test_read_bears_any_bytes(content: bytes) -> None:
    told, faults = read(content, digits=2, today=TODAY)

    assert (told is None) <= bool(faults)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(OWN_FIELDS), st.sampled_from(ORDER_FIELDS), values, values)
def test_read_bears_any_value_in_any_field(field: str, of_order: str, value: Any, other: Any) -> None:
    record = customer(order(**{of_order: other}), "x") | {field: value}

    told, faults = read_told(record)

    assert (told is None) <= bool(faults)
    assert all(len(fault.reason) < 200 for fault in faults)
    assert all(fault.reason.endswith((".", "out.")) for fault in faults)
    json.dumps([fault.reason for fault in faults]).encode()
    if told is not None:
        repr(told).encode()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**12), st.integers(0, 3), st.integers(1, 1000))
def test_amounts_are_exact(amount: int, digits: int, quantity: int) -> None:
    exact = f"{Decimal(amount).scaleb(-digits):f}"
    record = written(customer(order(quantity=quantity, total=0.5, unitprice=None))).replace(b"0.5", exact.encode())

    told, faults = read_told(record, digits=digits)

    assert faults == ()
    assert told is not None
    assert told.orders[0].total == amount
    assert 0 <= told.orders[0].unit_price * quantity - amount < quantity
