"""Eight workers deliver at once: what a limit allows leaves, and not one text more."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.messaging import flows, outbox, permits, rendering
from soak.product import rows
from tests.client import Shop
from tests.messaging.campaigning import awake
from tests.messaging.playing import Twilio, playing
from tests.messaging.sandboxed import Texts
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules
from tests.running import race

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

_STATUSES = "SELECT status, permit #>> '{limit,scope}', count(*) FROM messages GROUP BY 1, 2"
_COUNTS = "SELECT scope, count FROM message_counts WHERE count > 0"
_CLEAR = ("DELETE FROM messages", "DELETE FROM message_counts", "DELETE FROM attention_items")
# As many as are claimed by all of them at once, and some more.
TEXTS = TIMES * flows.AT_ONCE + 6


@pytest.fixture
def texts(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> Iterator[Texts]:
    with committed.app_context():
        yield Texts(committed, superuser, Shop(committed.test_client(), **shops[0]))


def at_once(texts: Texts) -> Counter[str]:
    """Eight deliver what is due; how many left, and what holds the others."""
    with playing(texts.app, Twilio()) as twilio:
        race([texts.deliver] * TIMES)
    found = {(status, scope): count for status, scope, count in rows(texts.books, _STATUSES)}
    assert twilio.asked == found[("sent", None)]
    assert broken_rules(texts.app, texts.shop) == set()
    return Counter({scope or status: count for (status, scope), count in found.items()})


def test_race_of_deliveries_keeps_each_limit_to_the_text(texts: Texts) -> None:
    everything = {"per_number_hour": 999, "per_number_day": 999, "new_numbers_per_block_hour": 999}

    # One number
    customer = texts.customer("+14155550001")
    texts.rule(**everything | {"per_number_hour": 11})
    many(texts, [customer])
    assert at_once(texts) == {"sent": 11, "number_hour": TEXTS - 11}

    # The budget of the store, with numbers of their own, and the share of marketing in it
    others = [texts.customer(awake(number), marketing=True) for number in range(10, 10 + TEXTS)]
    for statement in _CLEAR:
        rows(texts.books, statement)
    texts.rule(**everything | {"segments_day": 29})
    many(texts, others)
    assert at_once(texts) == {"sent": 29, "store_day": TEXTS - 29}
    assert dict(rows(texts.books, _COUNTS))["store_day"] == 29
    assert [item["used_up_for"] for item in texts.items("sms_budget")] == ["everything"]

    # First texts to a block of neighbours
    for statement in _CLEAR:
        rows(texts.books, statement)
    texts.rule(**everything | {"segments_day": 999, "new_numbers_per_block_hour": 7})
    many(texts, others)
    assert at_once(texts) == {"sent": 7, "block_hour": TEXTS - 7}


def many(texts: Texts, customers: list[str]) -> None:
    """So many texts, to these customers in turn."""
    statement = """INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, actor)
                   SELECT store_id, gen_random_uuid(), 'out', id, phone, 'Your jacket is here.', 'transactional', 'by_hand', 'queued', 'test'
                     FROM customers, generate_series(1, %s) WHERE id = ANY(%s ::uuid[])"""
    rows(texts.books, statement, TEXTS // len(customers), customers)


def test_look_at_the_counts_without_the_lock_sends_more_than_the_limit(texts: Texts) -> None:
    customer = texts.customer("+14155550001")
    texts.rule(per_number_hour=1)
    messages = [UUID(texts.write(customer)) for _ in range(TIMES)]
    now = clock.now()

    def look_then_judge(looked: Looked, message_id: UUID) -> str:
        [draft] = rendering.drafts([message_id], None)
        so_far = outbox.sent_so_far(permits.windows(draft.facts({}), now))
        looked()
        return permits.judge(draft.facts(so_far), draft.policy, now).status

    steps = [lambda looked, each=each: look_then_judge(looked, each) for each in messages]
    judged = all_look_then_act(texts.app, texts.shop, steps)

    # Each finds room for one
    assert Counter(judged) == {"sending": TIMES}
