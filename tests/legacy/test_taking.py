"""Records become customers, members and orders: who they are, what is kept of them, and what a repetition leaves alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from pos import clock
from pos.db import transaction
from pos.legacy.customer_info import fields
from pos.loyalty import heirs
from tests.checkout.counter import books, done, refund
from tests.client import Shop
from tests.legacy.importing import (
    PHONE,
    RAW,
    attention,
    became,
    count,
    customer,
    day,
    digests,
    orders,
    person,
    rows,
    take,
    take_each,
    today,
    whole_orders,
)
from tests.legacy.telling import order
from tests.loyalty.members import balance, joined, member, program

TENT = {"name": "Alpine Explorer Tent", "productId": 8}
STEPS = [
    {"name": "bronze", "points": 0, "multiplier": "1"},
    {"name": "gold", "points": 1000, "multiplier": "1"},
    {"name": "platinum", "points": 5000, "multiplier": "1"},
]


def rules(shop: Shop) -> list[tuple[Any, ...]]:
    """Old ids of customers and how each was found."""
    asked = RAW.format(columns="external_id, rule", table="source_ids") + " AND kind = 'customer' ORDER BY id"
    return rows(shop, asked)


def order_ids(shop: Shop) -> list[str]:
    asked = RAW.format(columns="external_id", table="source_ids") + " AND kind = 'order' ORDER BY id"
    return [external_id for (external_id,) in rows(shop, asked)]


# --- what is kept ------------------------------------------------------------------------------------------


def test_record_becomes_a_customer_with_orders(shop: Shop) -> None:
    bought = [order(date="2/10/2023"), order(id=30, date="3/1/2024", quantity=1, total=350.0)]

    taken = take(shop, person(*bought), as_of=today() - timedelta(days=40))

    assert (taken.made, taken.found, taken.members, taken.orders, taken.products) == (1, 0, 1, 2, 1)
    known = customer(shop)
    assert (known["name"], known["origin"], known["email"]) == ("Rosa Diaz", "import", "Rosa@example.com")
    assert (known["order_count"], known["total_spent"]) == (2, 105_000)
    assert (known["first_order_at"][:10], known["last_order_at"][:10]) == ("2023-02-10", "2024-03-01")
    assert (known["marketing_consent"], known["sms_consent"]) == (None, None)
    profile = known["profile"]
    assert (profile["first_name"], profile["last_name"], profile["address"]) == ("Rosa", "Diaz", "12 Pine St, Dockside")
    assert (profile["age"], profile["age_source"], profile["phone_recorded"]) == (35, "recorded", None)
    assert profile["age_recorded_on"] == str(today() - timedelta(days=40))
    for each in whole_orders(shop, known):
        assert (each["source"], each["status"], each["fulfillment_status"]) == ("import", "completed", "completed")
        assert [(paid["method"], paid["status"]) for paid in each["payments"]] == [("external", "succeeded")]
        assert (each["amount_paid"], each["amount_due"], each["tax"]) == (each["total"], 0, 0)
        assert each["completed_at"] == each["placed_at"]
    assert books(shop) == []


def test_record_keeps_its_secrets_and_texts_nobody(shop: Shop) -> None:
    take(shop, person(order(date=day(1))))

    ((sealed, email_hash),) = rows(shop, RAW.format(columns="email_encrypted, email_hash", table="customers"))
    assert "osa" not in sealed
    assert email_hash
    assert "Rosa" not in str(rows(shop, RAW.format(columns="s::text", table="source_ids s")))
    assert "Rosa" not in str(rows(shop, RAW.format(columns="a.after", table="audit_log a")))
    assert {count(shop, table) for table in ("messages", "consents", "conversations")} == {0}
    jobs = rows(shop, "SELECT count(*) FROM procrastinate_jobs WHERE :store <> '' AND task_name LIKE 'messaging%'")
    assert jobs == [(0,)]


def test_batch_is_noted_with_its_figures_alone(shop: Shop) -> None:
    take(shop, person(order()), person(id=2, phone="n/a"))

    asked = RAW.format(columns="actor, after", table="audit_log") + " AND action = 'import.customer_info'"
    assert rows(shop, asked) == [
        ("import", {"made": 2, "members": 2, "orders": 1, "products": 1, "unusable": 1}),
    ]


def test_everything_at_its_most_is_taken_in(shop: Shop) -> None:
    """What a field may hold, the books must bear: a refusal by the database would end the run."""
    long = {name: "ß" * most for name, most in (("firstName", 100), ("lastName", 100), ("address", 300))}
    text = {"name": "N" * 200, "category": "C" * 200, "brand": "B" * 200, "description": "D" * 10_000}
    most = order(id="o" * 100, productId="p" * 100, quantity=1_000_000, total=0, unitprice=10**10, **text)
    dear = order(id="q" * 100, productId=None, name="é", quantity=1, total=10**10, unitprice=0, category=None)
    first = order(id=3, date="1/1/1970", productId="nan", name=" é ", brand=None, description=None)
    email = "e" * 60 + "@" + "d" * 60 + ".example"

    taken = take(
        shop, person(most, dear, first, id="i" * 100, age=fields.MOST_AGE, email=email, phone="5" * 40, **long)
    )
    again = take(
        shop, person(most, dear, first, id="i" * 100, age=fields.MOST_AGE, email=email, phone="5" * 40, **long)
    )

    assert (taken.made, taken.orders, taken.products, again.unchanged) == (1, 3, 2, 1)
    assert became(shop, "i" * 100)["total_spent"] == 10**12 + 70_000
    assert books(shop) == []


# --- who it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("called", "is_one"),
    [(None, True), ("Rosa", True), ("rosa DIÁZ", True), ("R. Diaz", True), ("Rosa Lund", False), ("Pete", False)],
)
def test_customer_of_the_counter_is_found_by_number(shop: Shop, called: str | None, *, is_one: bool) -> None:
    sold = shop.sell(phone="415.555.0132", name=called, payment={"method": "card"})

    taken = take(shop, person(order()))

    assert (taken.found, taken.made, taken.shared) == ((1, 0, 0) if is_one else (0, 1, 1))
    holder, mine = customer(shop), became(shop, 1)
    assert holder["id"] == sold["customer"]["id"]
    assert (mine["id"] == holder["id"]) == is_one
    assert rules(shop) == [("1", "phone" if is_one else "shared_phone")]
    if is_one:
        assert holder["name"] == (called or "Rosa Diaz")
        assert (holder["order_count"], holder["total_spent"]) == (2, 866 + 70_000)
        assert holder["email"] == "Rosa@example.com"
        assert attention(shop) == []
    else:
        assert (mine["phone"], mine["profile"]["phone_recorded"]) == (None, "+14155550132")
        assert (holder["order_count"], holder["email"], holder["profile"]["age"]) == (1, None, None)
        assert attention(shop) == [("shared_phone", f"customers:{mine['id']}")]
    assert books(shop) == []


def test_found_customer_keeps_what_is_known(shop: Shop) -> None:
    known = shop.sell(name="R Diaz", payment={"method": "card"})["customer"]
    change = {"email": "own@example.com", "profile": {"last_name": "Diaz-Ruiz", "date_of_birth": "1990-05-01"}}
    done(shop.request("PATCH", f"/customers/{known['id']}", as_="owner", headers={"If-Match": "*"}, json=change))

    take(shop, person())

    now = customer(shop)
    assert (now["name"], now["email"]) == ("R Diaz", "own@example.com")
    assert (now["profile"]["first_name"], now["profile"]["last_name"]) == ("Rosa", "Diaz-Ruiz")
    assert (now["profile"]["age_source"], now["profile"]["age_recorded"]) == ("date_of_birth", 35)
    assert books(shop) == []


def test_one_person_with_two_old_ids_is_one(shop: Shop) -> None:
    first = person(order(), email=None, age=0)
    second = person(order(id=30), id=2, firstName="R", age=36, address="2 Oak St")

    taken = take(shop, first, second)

    assert (taken.made, taken.found, count(shop, "customers")) == (1, 1, 1)
    known = customer(shop)
    assert rules(shop) == [("1", "new"), ("2", "phone")]
    assert (known["name"], known["email"]) == ("Rosa Diaz", "Rosa@example.com")
    assert (known["profile"]["age"], known["profile"]["address"]) == (0, "12 Pine St, Dockside")
    assert (known["order_count"], known["total_spent"]) == (2, 140_000)


def test_three_people_with_one_number_stay_three(shop: Shop) -> None:
    batch = [person(id=old_id, firstName=name) for old_id, name in ((1, "Ann"), (2, "Bob"), (3, "Cem"), (4, "bob"))]

    taken = take(shop, *batch)

    assert (taken.made, taken.found, taken.shared) == (3, 1, 2)
    assert rules(shop) == [("1", "new"), ("2", "shared_phone"), ("3", "shared_phone"), ("4", "phone")]
    people = [became(shop, old_id) for old_id in (1, 2, 3, 4)]
    assert [each["phone"] for each in people] == ["+14155550132", None, None, None]
    assert [each["profile"]["phone_recorded"] for each in people] == [None, *["+14155550132"] * 3]
    assert people[3]["id"] == people[1]["id"]
    assert attention(shop) == sorted(("shared_phone", f"customers:{people[place]['id']}") for place in (1, 2))
    held = rows(shop, RAW.format(columns="detail", table="attention_items"))
    assert held == [({"held_by": people[0]["id"]},)] * 2


def test_name_that_was_learned_tells_people_apart_in_one_batch_as_in_two(shop: Shop) -> None:
    """Whoever was unnamed, or had an initial, has the first name that is told for them."""
    shop.sell(phone="415-555-0150")
    shop.sell(phone="415-555-0151", name="J Smith")
    batch = [
        person(id=1, phone="415-555-0150", firstName="Joan", lastName="Diaz"),
        person(id=2, phone="415-555-0150", firstName="Pete", lastName="Lund"),
        person(id=3, phone="415-555-0151", firstName="Joan", lastName="Smith"),
        person(id=4, phone="415-555-0151", firstName="John", lastName="Smith"),
    ]

    taken = take(shop, *batch)

    assert (taken.found, taken.shared) == (2, 2)
    assert rules(shop) == [("1", "phone"), ("2", "shared_phone"), ("3", "phone"), ("4", "shared_phone")]


@pytest.mark.parametrize("number", [None, "n/a", "206-555-0135 ext. 12", "206-555-HOPS", "0" * 30])
def test_number_that_cannot_be_used_is_kept_as_told(shop: Shop, number: str | None) -> None:
    taken = take(shop, person(order(), phone=number), person(id=2, phone=number))

    assert (taken.made, taken.unusable, taken.shared) == (2, 2, 0)
    known = became(shop, 1)
    assert (known["phone"], known["profile"]["phone_recorded"]) == (None, number)
    assert [kind for kind, _ in attention(shop)] == ["unusable_phone"] * 2
    assert rows(shop, RAW.format(columns="DISTINCT detail", table="attention_items")) == [
        ({"was_told": number is not None},)
    ]
    assert books(shop) == []


# --- again -------------------------------------------------------------------------------------------------


def test_second_time_only_new_orders_are_taken_in(shop: Shop) -> None:
    take(shop, person(order(), phone=None))
    before = digests(shop)

    same = take(shop, person(order(), phone=None))
    assert (same.unchanged, same.orders, digests(shop)) == (1, 0, before)

    changed = take(shop, person(order(total=1.0), phone="415-555-0133", age=36, membership="nan"))
    assert (changed.unchanged, changed.changed_since, digests(shop)) == (1, 1, before)

    more = take(shop, person(order(), order(id=31, total=10.0), phone=None), person(order(id=32), phone=None))
    assert (more.unchanged, more.orders, more.made, more.members) == (0, 2, 0, 0)
    known = became(shop, 1)
    assert (known["order_count"], known["total_spent"], known["profile"]["age"]) == (3, 141_000, 35)
    assert {each["member_id"] for each in whole_orders(shop, known)} == {known["member"]["id"]}
    assert len(rules(shop)) == 1
    assert books(shop) == []


def test_order_ids_count_for_each_customer(shop: Shop) -> None:
    """Some older systems number each customer's orders anew; others tell one person's twice."""
    one, other = person(order(id=1), order(id=2)), person(order(id=1), id=2, phone="415-555-0133")
    alias = person(order(id=1), order(id=2, total=5.0), order(id=3), id=3)

    first = take(shop, one, other, alias)
    second = take_each(shop, [alias], [other, one])

    # The third is Rosa too: the first order was told before, the second one is another one.
    assert (first.made, first.found, first.orders) == (2, 1, 5)
    assert [taken.orders for taken in second] == [0, 0]
    assert (customer(shop)["order_count"], customer(shop)["total_spent"]) == (4, 3 * 70_000 + 500)
    assert customer(shop, "415-555-0133")["order_count"] == 1
    assert len(set(order_ids(shop))) == 5


# --- products ----------------------------------------------------------------------------------------------


def test_products_are_known_by_name_or_made_once(shop: Shop) -> None:
    bought = [
        order(id=1, name="house ipa", productId=1, quantity=1, unitprice=6.5, total=6.5),
        order(id=2, **TENT, unitprice=350.0),
        order(id=3, **TENT, unitprice=300.0, total=600.0),
        order(id=4, name="ALPINE explorer tent", productId=None),
        order(id=5, name="Ärmel İ", productId=None, category=None),
        order(id=6, name="Tent of another name", productId=8),
    ]

    first = take(shop, person(*bought[:3]))
    rest = take_each(shop, [person(*bought)], [person(order(id=7, name="ärmel İ", productId=None), id=2)])

    assert [first.products, *(taken.products for taken in rest)] == [1, 1, 0]
    made = rows(
        shop,
        """SELECT p.name, p.sku LIKE 'IMPORT-%', p.kind, p.status, p.price, c.name FROM products p
             LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
            WHERE p.store_id = :store AND p.status = 'inactive' ORDER BY p.id""",
    )
    assert made == [
        ("Alpine Explorer Tent", True, "merch", "inactive", 35_000, "Tents"),
        ("Ärmel İ", True, "merch", "inactive", 35_000, None),
    ]
    lines = {each["lines"][0]["name"]: each["lines"][0] for each in whole_orders(shop, customer(shop)) if each["lines"]}
    ipa = lines["house ipa"]
    assert (ipa["product_id"], ipa["sku"], ipa["kind"], ipa["unit_price"]) == (shop.products["IPA"], "IPA", "food", 650)
    tents = {
        lines[name]["product_id"] for name in ("Alpine Explorer Tent", "ALPINE explorer tent", "Tent of another name")
    }
    assert len(tents) == 1
    kinds = [each["kind"] for each in orders(shop, customer(shop))]
    assert sorted(kinds) == ["food", *["merch"] * 6]
    kept = rows(shop, RAW.format(columns="external_id, raw", table="source_ids") + " AND kind = 'product' ORDER BY id")
    assert [external_id for external_id, _ in kept] == ["1", "8"]
    assert kept[1][1] == {"brand": "AlpineGear", "description": "Room for eight,\nand their boots."}
    assert books(shop) == []


def test_product_for_sale_comes_before_one_that_is_not(shop: Shop) -> None:
    hidden = {
        "name": "House IPA",
        "sku": "OLD-IPA",
        "kind": "merch",
        "price": 1,
        "tax_class": "none",
        "status": "inactive",
    }
    done(shop.post("/products", hidden, as_="owner"), 201)

    take(shop, person(order(name="House IPA", productId=None)))

    ((line,),) = [each["lines"] for each in whole_orders(shop, customer(shop))]
    assert (line["sku"], line["kind"]) == ("IPA", "food")


def test_sku_of_an_old_product_may_be_taken(shop: Shop) -> None:
    taken = {"name": "Hat", "sku": "IMPORT-8", "kind": "merch", "price": 1, "tax_class": "none"}
    done(shop.post("/products", taken, as_="owner"), 201)

    take(shop, person(order()))

    ((line,),) = [each["lines"] for each in whole_orders(shop, customer(shop))]
    assert line["sku"].startswith("IMPORT-8-")


# --- money -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "total", "off", "fees"),
    [
        ((2, 350.0), 700.0, 0, 0),
        ((2, 9.0), 16.01, 199, 0),
        ((3, 6.33), 19.0, 0, 1),
        ((2, 0.0), 36.58, 0, 3658),
        ((3, 5.0), 0, 1500, 0),
    ],
)
def test_total_is_kept_as_recorded_and_goes_back_in_whole_amounts(
    shop: Shop, line: tuple[int, float], total: float, off: int, fees: int
) -> None:
    quantity, unit_price = line

    taken = take(shop, person(order(quantity=quantity, unitprice=unit_price, total=total)))

    (sold,) = whole_orders(shop, customer(shop))
    cents = round(total * 100)
    assert (sold["total"], sold["discount"], sold["fees"], sold["payment_status"]) == (cents, off, fees, "paid")
    assert [paid["amount"] for paid in sold["payments"]] == ([cents] if cents else [])
    assert [(odd.recorded, odd.computed) for odd in taken.odd_totals] == (
        [(cents, cents + off - fees)] if off or fees else []
    )

    if cents:
        part = (
            {"lines": [{"line_id": sold["lines"][0]["id"], "quantity": 1}]} if quantity * unit_price else {"amount": 1}
        )
        first = done(refund(shop, sold, **part), 201)["amount_refunded"]
        rest = done(refund(shop, sold, amount=cents - first), 201)
        assert 0 < first < cents
        assert (rest["amount_refunded"], customer(shop)["total_spent"]) == (cents, 0)
    assert books(shop) == []


# --- members -----------------------------------------------------------------------------------------------


def floors(shop: Shop) -> list[tuple[Any, ...]]:
    return rows(shop, RAW.format(columns="level, level_floor, floor_until, source", table="members") + " ORDER BY id")


def test_level_is_a_floor_for_twelve_months(shop: Shop) -> None:
    program(shop, levels=STEPS)
    levels = {"Base": "bronze", "Gold": "gold", "Platinum": "platinum", "nan": None}
    batch = [
        person(id=old_id, phone=f"415-555-01{old_id}", membership=told) for old_id, told in enumerate(levels, start=40)
    ]

    taken = take(shop, *batch)

    assert taken.members == 3
    assert [became(shop, old_id)["member"] and became(shop, old_id)["member"]["level"] for old_id in range(40, 44)] == [
        "bronze", "gold", "platinum", None,
    ]  # fmt: skip
    for level, floor, until, source in floors(shop):
        assert (level, source) == (floor, "import")
        assert timedelta(days=364) < until - datetime.now(UTC) < timedelta(days=367)
    assert books(shop) == []


@pytest.mark.parametrize("sizes", [(3,), (1, 1, 1), (2, 1)])
def test_highest_level_of_one_person_counts(shop: Shop, sizes: tuple[int, ...]) -> None:
    program(shop, levels=STEPS)
    batch = [person(id=old_id, membership=told) for old_id, told in enumerate(("Gold", "Platinum", "Base"))]

    for size in sizes:
        take(shop, *batch[:size])
        del batch[:size]

    assert [row[:2] for row in floors(shop)] == [("platinum", "platinum")]


@pytest.mark.parametrize(("first", "second", "kept"), [("Gold", "Platinum", "platinum"), ("Gold", "Base", "gold")])
def test_level_of_a_member_is_only_raised(shop: Shop, first: str, second: str, kept: str) -> None:
    program(shop, levels=STEPS)
    take(shop, person(membership=first))
    before = member(shop)

    taken = take(shop, person(id=2, membership=second))

    assert (taken.members, taken.found) == (0, 1)
    assert (member(shop)["level"], member(shop)["tappass_id"]) == (kept, before["tappass_id"])
    assert [row[1] for row in floors(shop)] == [kept]
    assert books(shop) == []


def test_member_of_the_counter_gets_the_floor_and_keeps_the_rest(shop: Shop) -> None:
    program(shop, levels=STEPS)
    joined(shop, PHONE, points=7)

    take(shop, person(order(date=day(400)), order(id=30, date=day(1), quantity=1, total=5.0, unitprice=5.0)))

    assert (member(shop)["level"], balance(shop)) == ("gold", 12)
    assert [row[3] for row in floors(shop)] == ["register"]
    assert {each["member_id"] for each in whole_orders(shop, customer(shop))} == {member(shop)["id"]}
    assert books(shop) == []


def test_programme_without_the_level_makes_a_member_without_floor(shop: Shop) -> None:
    program(shop)

    take(shop, person(membership="Platinum"))
    take(shop, person(id=2, membership="Gold"))

    assert floors(shop) == [("bronze", None, None, "import")]
    assert books(shop) == []


# --- points ------------------------------------------------------------------------------------------------


def test_latest_orders_bring_points_as_joining_does(shop: Shop) -> None:
    """Those of the programme's last thirty days, of the counter too, and those that were taken in before the member was."""
    program(shop)
    shop.sell(payment={"method": "card"})
    ten = {"quantity": 1, "unitprice": 10.0, "total": 10.0}
    take(shop, person(order(id=1, date=day(2), **ten), membership="nan"))

    take(shop, person(order(id=2, date=day(1), **ten), order(id=3, date=day(32), **ten), order(id=4, **ten), id=2))

    assert balance(shop) == 8 + 10 + 10
    assert {each["member_id"] for each in whole_orders(shop, customer(shop))} == {member(shop)["id"]}
    assert books(shop) == []


@pytest.mark.parametrize(("days", "points"), [(0, 0), (3, 0), (5, 10), (90, 10)])
def test_points_go_back_as_far_as_the_programme_says(shop: Shop, days: int, points: int) -> None:
    program(shop, joining_days=days)

    take(shop, person(order(date=day(4), quantity=1, unitprice=10.0, total=10.0)))

    assert balance(shop) == points
    assert books(shop) == []


def test_order_after_joining_brings_points_however_old_it_is(shop: Shop) -> None:
    program(shop, joining_days=0)
    take(shop, person())
    since = clock.now() - timedelta(days=100)
    rows(
        shop,
        "UPDATE members SET joined_at = :since, level_from = :since WHERE store_id = :store RETURNING 1",
        since=since,
    )

    sold = [order(id=days, date=day(days), quantity=1, unitprice=1.0, total=1.0) for days in (102, 98, 0)]
    take(shop, person(*sold))

    assert balance(shop) == 2
    assert books(shop) == []


def test_order_of_a_merged_member_goes_to_who_took_over(shop: Shop) -> None:
    program(shop)
    take(shop, person(), person(id=2, phone="415-555-0150", firstName="Ada"))
    kept, given_up = member(shop), member(shop, "415-555-0150")
    with transaction(UUID(shop.store_id), actor="test"):
        heirs.merge(UUID(given_up["id"]), UUID(kept["id"]), clock.now())

    more = order(date=day(0), quantity=1, unitprice=10.0, total=10.0)
    taken = take(
        shop,
        person(more, id=2, phone="415-555-0150", firstName="Ada"),
        person(id=3, phone="415-555-0150", firstName="Ada"),
    )

    assert (taken.orders, taken.found, taken.members) == (1, 1, 0)
    assert balance(shop) == 10
    assert books(shop) == []
