"""How much may be sent: to a number, to a block of neighbours, for marketing, and by a store in a day; and what that costs."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask

from pos.db import transaction
from pos.messaging import outbox, rendering
from pos.statements import Statement
from soak.product import rows
from tests.checkout.counter import books
from tests.client import Shop
from tests.messaging.campaigning import claimed, known, noon, policy
from tests.messaging.playing import items, row, write

BLOCK = "+1415555"
# 10,000 are judged alike, which takes a minute.
SIZE = 200
_CUSTOMERS = Statement("""
    INSERT INTO customers (store_id, id, version, phone, origin)
    SELECT :store, gen_random_uuid(), 1, :block || lpad(n::text, 4, '0'), 'sms' FROM generate_series(0, :last ::int) n
""")
_PROFILES = Statement("""
    INSERT INTO profiles (store_id, customer_id) SELECT store_id, id FROM customers c WHERE store_id = :store
        AND NOT EXISTS (SELECT FROM profiles p WHERE p.store_id = :store AND p.customer_id = c.id)
""")
_TEXTS = Statement("""
    INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, actor)
    SELECT store_id, gen_random_uuid(), 'out', id, phone, 'Welcome to Hops!', 'transactional', 'by_hand', 'queued', 'test'
      FROM customers WHERE store_id = :store AND starts_with(phone, :block)
""")
_SPENT = Statement("SELECT count FROM message_counts WHERE store_id = :store AND scope = 'store_day'")
_STATUSES = Statement("SELECT status, count(*) FROM messages WHERE store_id = :store GROUP BY status")


def pumped(shop: Shop, size: int) -> None:
    """Somebody joins from numbers in a row, and each is welcomed."""
    with transaction(UUID(shop.store_id), actor="test"):
        _CUSTOMERS.run(block=BLOCK, last=size - 1)
        _PROFILES.run()
        _TEXTS.run(block=BLOCK)


def delivered(shop: Shop, now: datetime) -> int:
    """How many leave at this instant, when all that is due has been judged."""
    sent, looked_at = 0, 1
    while looked_at:
        with transaction(UUID(shop.store_id), actor="outbox"):
            claims, looked_at = outbox.claim(now, 40)
            sent += len(claims)
    return sent


def asked(shop: Shop, statement: Statement) -> list[tuple[Any, ...]]:
    with transaction(UUID(shop.store_id)):
        return statement.rows()


def statuses(shop: Shop, *messages: UUID) -> list[str]:
    return [str(row(shop, each)["status"]) for each in messages]


def test_pumping_spends_no_more_than_a_block_and_the_budget_allow(shop: Shop) -> None:
    size = SIZE
    policy(shop, new_numbers_per_block_hour=30, segments_day=70)
    pumped(shop, size)

    by_hour = [delivered(shop, noon() + timedelta(hours=hour)) for hour in range(4)]

    # Each hour the block's share, until the day's budget is used up
    assert by_hour == [30, 30, 10, 0]
    assert dict(asked(shop, _STATUSES)) == {"sending": 70, "held": size - 70}
    assert asked(shop, _SPENT) == [(70,)]
    [item] = items(shop, "sms_budget")
    assert item["detail"]["used_up_for"] == "everything"
    assert books(shop) == []


def test_budget_that_is_used_up_is_told_once_a_day_and_texts_wait_for_the_next(shop: Shop) -> None:
    policy(shop, segments_day=2)
    customer = known(shop, 1)
    messages = [write(shop, customer, f"Your jacket no. {number} is here.") for number in range(5)]
    today, midnight = noon(), (noon() + timedelta(days=1)).replace(hour=8)

    claimed(shop, today, limit=3)
    claimed(shop, today, limit=3)
    assert statuses(shop, *messages) == ["sending"] * 2 + ["held"] * 3
    assert {row(shop, each)["not_before"] for each in messages[2:]} == {midnight}
    day = f"{(today - timedelta(hours=8)):%Y-%m-%d}"
    told = [item["detail"] for item in items(shop, "sms_budget")]
    assert told == [{"on": day, "used_up_for": "everything", "segments": 2}]

    # The next day they leave, and it is used up once more
    claimed(shop, midnight - timedelta(seconds=1))
    assert statuses(shop, *messages[2:]) == ["held"] * 3
    claimed(shop, midnight)
    assert statuses(shop, *messages[2:]) == ["sending"] * 2 + ["held"]
    assert len(items(shop, "sms_budget")) == 2


def test_owners_texts_wait_while_receipts_still_leave(shop: Shop) -> None:
    policy(shop, segments_day=10, marketing_share_percent=20, marketing_per_number_day=10, per_number_hour=20)
    customer = known(shop, 1)
    offers = [write(shop, customer, f"Beer no. {number}.", "marketing") for number in range(3)]

    claimed(shop, limit=100)
    receipts = [write(shop, customer, f"Your jacket no. {number} is here.") for number in range(3)]
    claimed(shop, limit=100)

    assert statuses(shop, *offers, *receipts) == ["sending", "sending", "held", *["sending"] * 3]
    assert [item["detail"]["used_up_for"] for item in items(shop, "sms_budget")] == ["marketing"]
    assert [item["detail"]["segments"] for item in items(shop, "sms_budget")] == [2]


def test_number_gets_so_many_an_hour_and_a_day(shop: Shop) -> None:
    policy(shop, per_number_hour=2, per_number_day=3)
    customer, other = known(shop, 1), known(shop, 2)
    messages = [write(shop, customer, f"Your jacket no. {number} is here.") for number in range(5)]
    elsewhere = write(shop, other)

    by_hour = [len(claimed(shop, noon() + timedelta(hours=hour))) for hour in range(3)]

    assert by_hour == [3, 1, 0]
    assert statuses(shop, *messages, elsewhere) == ["sending"] * 3 + ["held"] * 2 + ["sending"]
    # What was held for an hour waits for a day now
    assert row(shop, messages[4])["permit"]["limit"] == {"scope": "number_day", "most": 3}
    assert len(claimed(shop, noon() + timedelta(days=1))) == 2


def test_marketing_comes_once_a_day_and_so_often_a_month(shop: Shop) -> None:
    policy(shop, marketing_per_number_month=2)
    customer = known(shop, 1)
    for number in range(3):
        write(shop, customer, f"Beer no. {number}.", "marketing")
    first = noon().replace(day=1, month=12)

    by_day = [len(claimed(shop, first + timedelta(days=day))) for day in (0, 0, 1, 2, 31)]

    assert by_day == [1, 0, 1, 0, 1]


def test_neighbours_of_a_block_are_bounded_only_at_first(shop: Shop) -> None:
    policy(shop, new_numbers_per_block_hour=2)
    pumped(shop, 3)
    with transaction(UUID(shop.store_id), actor="test"):
        rows_of_first = claimed_in(noon())
        _TEXTS.run(block=BLOCK)
    assert len(rows_of_first) == 2

    # Whoever was texted before is no new number; the third one waits for the hour with both of its texts
    assert len(claimed(shop, noon())) == 2
    assert len(claimed(shop, noon() + timedelta(hours=1))) == 2


def claimed_in(now: datetime) -> list[outbox.Claimed]:
    return outbox.claim(now, 100)[0]


# --- what a limit costs


def touched(superuser: Any, statement: Statement, store_id: str, **values: Any) -> int:
    """How many rows PostgreSQL looks at for it."""
    with superuser.cursor() as cursor:
        query = cursor.mogrify(statement._sql, {"store": store_id, **values}).decode()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        [(plan,)] = cursor.fetchall()

    def of(node: dict[str, Any]) -> float:
        seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
        return float(seen * node["Actual Loops"] + sum(of(child) for child in node.get("Plans", ())))

    return int(of((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))


_HISTORY = """
    INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, sending_at, sent_at, permit, actor)
    SELECT c.store_id, gen_random_uuid(), 'out', c.id, c.phone, 'Hello', 'transactional', 'by_hand', 'delivered', now(), now(), '{}', 'test'
      FROM customers c, generate_series(1, %s) WHERE c.id = %s
"""
_WINDOWS = """
    INSERT INTO message_counts (store_id, id, scope, subject, starts_at, count)
    SELECT %s, gen_random_uuid(), 'number_hour', '+1415556' || lpad(n::text, 4, '0'), date_trunc('hour', now()), 1
      FROM generate_series(1, %s) n ON CONFLICT DO NOTHING
"""


def test_limit_costs_the_same_however_much_was_sent(
    committed: Flask, shops: list[dict[str, Any]], superuser: Any, sent: list[str]
) -> None:
    shop = Shop(committed.test_client(), **shops[0])
    with committed.app_context():
        customer = known(shop, 1)
        seen = {}
        for size in (100, 9_900):
            rows(superuser, _HISTORY, size, customer)
            rows(superuser, _WINDOWS, shop.store_id, size)
            rows(superuser, "VACUUM ANALYZE messages, message_counts")
            message_id = write(shop, customer)
            sent.clear()
            claimed(shop)
            asked_for = len(sent)
            windows = [
                {"scope": scope, "subject": subject, "starts_at": str(starts_at)}
                for scope, subject, starts_at in rows(
                    superuser,
                    "SELECT scope, subject, starts_at FROM message_counts WHERE scope LIKE '%%_day' OR subject = '+14155550001'",
                )
            ]
            seen[size] = Counter(
                messages=asked_for,
                due=touched(superuser, outbox._DUE_FIRST, shop.store_id, now=noon(), limit=8),
                counts=touched(superuser, outbox._COUNTS, shop.store_id, windows=json.dumps(windows)),
                drafts=touched(superuser, rendering._DRAFTS, shop.store_id, ids=[str(message_id)], shared=None),
            )
    assert sum(seen[9_900].values()) <= sum(seen[100].values()) < 600
