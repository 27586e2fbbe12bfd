"""Whatever a shop tells: what can be read is taken in, the rest listed with its reason, and no run ends by it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pos import clock
from pos.db import transaction
from pos.sandbox.shop import acts
from pos.sandbox.shop.odd import ODDITIES, odd
from pos.woocommerce import actions, course
from pos.woocommerce.course import RESOURCES, Batch
from pos.woocommerce.found import Found
from pos.woocommerce.intake import Limits, parsed
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")

EXAMPLES = 40
# What cannot be taken in, and why. All others are.
LEFT_OUT = {
    "null_total": "no_total", "empty_total": "no_total", "word_total": "odd_amount", "huge_total": "odd_amount",
    "foreign_currency": "foreign_currency", "no_currency": "foreign_currency", "null_dates": "no_date", "zero_dates": "odd_date",
    "far_date": "no_date", "negative_fee": "no_total",
}  # fmt: skip
REMARKED = {
    "tiny_fractions": {"rounded"}, "unknown_status": {"unknown_status"}, "null_status": {"unknown_status"}, "twin_two": {"doubled"},
    "refund_of_more": {"refunds_exceed_total"},
}  # fmt: skip


def test_each_odd_order_is_taken_in_or_listed_with_its_reason(web: Web) -> None:
    with transaction(None):
        numbers = odd(now=clock.now())

    log = web.sync()

    problems, names = web.problems(), {number: name for name, number in numbers.items()}
    told = {
        names[number]: reasons for (kind, number), reasons in problems.items() if kind == "orders" and number in names
    }
    expected: dict[str, set[str]] = {name: {reason} for name, reason in LEFT_OUT.items()} | REMARKED
    assert told == expected
    kept = {
        row[0]
        for row in web.rows("SELECT wc_order_id FROM orders WHERE store_id = %(store)s AND wc_order_id IS NOT NULL")
    }
    assert {names[number] for number in numbers.values() if number in kept} == ODDITIES.keys() - LEFT_OUT.keys()
    assert log["error_message"] is None
    assert web.broken() == []
    again = web.digests()
    assert web.sync()["records_changed"] == 0
    assert web.digests() == again


def test_odd_order_that_is_mended_is_taken_in_and_settled(web: Web) -> None:
    with transaction(None):
        number = odd(now=clock.now())["word_total"]
    web.sync()

    web.act(acts.change_order, number, total="31.00")
    web.sync()

    assert web.order(number)["total"] == 3100
    assert ("orders", number) not in web.problems()
    assert web.problems(is_open=False)["orders", number] == {"odd_amount"}


def test_words_are_kept_plain(web: Web) -> None:
    with transaction(None):
        numbers = odd(now=clock.now())
    web.sync()

    line = web.order(numbers["html_and_emoji"])["lines"][0]["name"]
    long = web.order(numbers["long_name"])["lines"][0]["name"]
    note = web.order(numbers["long_note"])["note"]
    assert line.startswith("Bold &")
    assert "<" not in line
    assert "🍺" in line
    assert (len(long), long[-1], len(note)) == (200, "…", 2000)
    assert next(line["name"] for line in web.order(numbers["fractional_quantity"])["lines"]).startswith("1.5 × ")
    assert web.order(numbers["no_lines"])["lines"][0]["name"] == "As recorded"


def test_record_that_the_books_refuse_is_found_and_left_out(web: Web) -> None:
    """A stand-in for whatever the schema does not take: one order of a page may not be entered."""
    number = web.value(
        "SELECT number FROM sandbox_shop_things WHERE kind = 'order' AND state = 'completed' ORDER BY number OFFSET 7 LIMIT 1"
    )
    web.rows(
        f"SET session_replication_role = replica; ALTER TABLE orders ADD CONSTRAINT no_luck CHECK (wc_order_id <> {number})"
    )

    log = web.sync()

    listed = web.value("SELECT count(*) FROM sandbox_shop_things WHERE kind = 'order' AND state <> 'trash'")
    assert log["status"] == "completed"
    assert web.problems()["orders", number] == {"refused_by_the_books"}
    assert web.value("SELECT count(*) FROM orders WHERE store_id = %(store)s AND wc_order_id IS NOT NULL") == listed - 1
    web.rows("SET session_replication_role = replica; ALTER TABLE orders DROP CONSTRAINT no_luck")
    assert web.sync()["records_changed"] > 0
    assert ("orders", number) not in web.problems()
    assert web.broken() == []


# --- anything ---------------------------------------------------------------------------------------------

_TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "0", "-1", "1e5", "NaN", "Infinity", "12.345", "9" * 30, "completed", "simple", "percent", "publish", "USD", "+14155550132", "a@b.example",
     "2026-11-01T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "<b>x</b>", "\x00", "variable", "ch_1"]
)  # fmt: skip
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
    | _TEXTS
)
_ANYTHING = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3), max_leaves=6
)
_PLACES = {
    "orders": (
        "id", "status", "currency", "total", "total_tax", "date_created_gmt", "date_modified_gmt", "date_paid_gmt", "date_completed_gmt",
        "customer_id", "customer_note", "billing", "billing.phone", "billing.email", "billing.first_name", "billing.country", "billing.city",
        "line_items", "line_items.0", "line_items.0.quantity", "line_items.0.total", "line_items.0.subtotal", "line_items.0.total_tax",
        "line_items.0.name", "line_items.0.product_id", "line_items.0.tax_class", "shipping_total", "shipping_tax", "fee_lines", "fee_lines.0",
        "fee_lines.0.total", "fee_lines.0.total_tax", "coupon_lines", "refunds", "refunds.0", "refunds.0.total", "refunds.0.id",
        "transaction_id", "payment_method",
    ),
    "products": (
        "id", "name", "type", "status", "sku", "price", "regular_price", "sale_price", "on_sale", "manage_stock", "stock_quantity", "categories",
        "categories.0", "categories.0.id", "images", "images.0", "images.0.src", "attributes",
    ),
    "customers": ("id", "email", "first_name", "last_name", "billing", "billing.phone", "billing.email", "billing.country", "billing.postcode", "role"),
    "coupons": ("id", "code", "discount_type", "amount", "date_expires_gmt", "usage_limit", "usage_count", "minimum_amount", "product_ids", "individual_use"),
    "categories": ("id", "name", "parent", "slug"),
}  # fmt: skip


def _put(body: Any, place: str, value: Any) -> None:
    """Sets what is at a place, if there is such a place still."""
    *way, last = place.split(".")
    for step in way:
        body = (
            body[int(step)]
            if isinstance(body, list) and step.isdigit() and len(body) > int(step)
            else body.get(step)
            if isinstance(body, dict)
            else None
        )
    if isinstance(body, dict):
        body[last] = value
    elif isinstance(body, list) and last.isdigit() and len(body) > int(last):
        body[int(last)] = value


def _changed(name: str) -> st.SearchStrategy[list[tuple[str, Any]]]:
    return st.lists(st.tuples(st.sampled_from(_PLACES[name]), _ANYTHING), min_size=1, max_size=5)


_STRANGE = st.sampled_from(sorted(_PLACES)).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(_changed(name) | _ANYTHING, min_size=1, max_size=3))
)


@pytest.fixture
def bodies(web: Web) -> dict[str, list[Any]]:
    """A few things of each kind as the shop shows them."""
    asked = "SELECT body FROM sandbox_shop_things WHERE kind = %(kind)s ORDER BY number LIMIT 3"
    kinds = {
        "orders": "order",
        "products": "product",
        "customers": "customer",
        "coupons": "coupon",
        "categories": "category",
    }
    return {name: [body for (body,) in web.rows(asked, kind=kind)] for name, kind in kinds.items()}


def _received(bodies: list[Any], changes: list[Any]) -> list[Any]:
    """Things with these changes, or something else altogether, as they come in over HTTP."""
    raw = []
    for place, change in enumerate(changes):
        body = json.loads(json.dumps(bodies[place % len(bodies)]))
        is_changed = isinstance(change, list) and change and all(isinstance(each, tuple) for each in change)
        for where, value in change if is_changed else ():
            _put(body, where, value)
        raw.append(body if is_changed else change)
    return list(parsed(json.dumps(raw).encode(), Limits()))


def _taken(web: Web, name: str, received: list[Any]) -> Found:
    batch = Batch(received)
    with transaction(web.store_id, actor="test"):
        resource = RESOURCES[name](course.house(web.store_id, actions.shop(), is_repairing=True))
        resource.look(batch)
    with transaction(web.store_id, actor="test"):
        found = resource.take(batch, clock.now())
        found.write(clock.now())
    return found


def test_nothing_that_a_shop_may_tell_is_an_error_of_ours(web: Web, bodies: dict[str, list[Any]]) -> None:
    """Each is taken in or left out; told again, it is here already."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_STRANGE)
    @example(("orders", [[("date_created_gmt", "0001-01-01T00:00:00+14:00")]]))
    @example(("orders", [[("id", 2**61)], [("id", "18")]]))
    @example(("products", [[("stock_quantity", -5), ("manage_stock", True)], [("sku", "IPA")]]))
    @example(("customers", [[("billing.phone", "9" * 400)], [("email", "x" * 400 + "@b.example")]]))
    def take(told: tuple[str, list[Any]]) -> None:
        name, changes = told
        received = _received(bodies[name], changes)
        _taken(web, name, received)
        again = _taken(web, name, received)
        assert (again.differences, again.people_changed) == ([], 0) or len(set(again.seen)) < len(again.seen)

    take()

    assert web.broken() == []
