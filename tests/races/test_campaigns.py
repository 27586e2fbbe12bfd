"""Races for campaigns: started by everybody at once, stopped and paused at full speed. Twins do the same without the locks of a claim.

What counts is the order of two instants, both read by the database under lock: when a text was on its way, and when it was forbidden.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos import clock
from pos.db import transaction
from pos.messaging import flows, outbox, rendering, tasks
from pos.messaging.outbox import Claimed
from tests import texting
from tests.client import Shop, new_key
from tests.messaging.campaigning import ABROAD, awake, begun, draft, moved, policy, seen, written
from tests.races.conftest import Web
from tests.races.test_races import new_phone, problems, statuses
from tests.races.twins import broken_rules
from tests.running import PATIENCE_SECONDS, race, rows, until, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

CUSTOMERS = 48
LEFT = "SELECT count(*) FROM messages WHERE campaign_id = %s AND sending_at IS NOT NULL"
LEFT_AFTER_STOP = """
    SELECT m.phone FROM messages m JOIN consents n ON n.store_id = m.store_id AND n.customer_id = m.customer_id
     WHERE m.campaign_id = %s AND n.purpose = 'sms' AND NOT n.granted AND m.sending_at > n.created_at
"""
ONCE = "SELECT count(*), count(DISTINCT customer_id) FROM messages WHERE campaign_id = %s"


def regulars(shop: Shop, count: int) -> list[str]:
    """The numbers of so many customers who agreed to marketing, where it is day."""
    policy(shop, countries=ABROAD, new_numbers_per_block_hour=1000)
    phones = [awake(8600 + number) for number in range(count)]
    for phone in phones:
        shop.sell(phone=phone, marketing_consent=True)
    return phones


def deliver(app: Flask, shop: Shop) -> int:
    with app.app_context():
        return flows.deliver(UUID(shop.store_id)).total()


def claim_without(app: Flask, shop: Shop, due: Callable[[], Sequence[UUID]], meanwhile: Callable[[], object]) -> int:
    """A claim as in outbox.claim, but of rows that `due` reads; something else is committed before it judges what it has read."""
    with app.app_context(), transaction(UUID(shop.store_id), actor="twin"):
        drafts = rendering.drafts(due(), outbox.shared_sender())
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(meanwhile).result(PATIENCE_SECONDS)
        return len(outbox._judge_all(drafts, clock.now()))


# --- starting -------------------------------------------------------------------------------------------------


def test_race_of_starts_begins_once_and_writes_to_each_once(web: Web, shop: Shop, books: Any) -> None:
    # Given a campaign for those who bought something, each of whom agreed
    named = {"name": "Growler", "sku": new_key(), "category_id": shop.category_id, "kind": "food", "tax_class": "none"}
    product = shop.post("/products", {**named, "price": 900}, as_="owner").json["id"]  # type: ignore[index]
    bought = [{"product_id": product, "quantity": 1}]
    for number in range(5):
        shop.sell(phone=new_phone(8600 + number), items=bought, marketing_consent=True)
    campaign = draft(shop, segment={"bought_product_ids": [product]})

    # When twenty start it at once, and four workers write its texts
    path = f"/campaigns/{campaign['id']}/start"
    answers = race([lambda: shop.post(path, {"at": None}, as_="owner")] * 20)

    def work() -> None:
        with web.app.app_context():
            tasks.send_campaign(shop.store_id, campaign["id"])

    race([work] * 4)

    # Then one has started it, and everybody is written to once
    assert statuses(answers) == {200: 1, 409: 19}  # type: ignore[arg-type]
    assert problems(answers, 409) == {"/problems/wrong-campaign-state"}  # type: ignore[arg-type]
    assert rows(books, ONCE, campaign["id"]) == [(5, 5)]
    moved(shop, campaign, "cancel")
    work()
    assert seen(shop, campaign)["results"]["suppressed"] == {"campaign_canceled": 5}


# --- STOP -----------------------------------------------------------------------------------------------------


def test_race_of_stops_lets_nothing_leave_after_them(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a campaign to customers who agreed
    phones = regulars(unguarded, CUSTOMERS)
    with committed.app_context():
        campaign = begun(unguarded)

    # When it is delivered at full speed, while all of them say STOP, the last first
    def stop(mine: Sequence[str]) -> int:
        return sum(texting.text(unguarded, phone, "STOP").status_code == 200 for phone in mine)

    stops = [lambda first=first: stop(phones[::-1][first::3]) for first in range(3)]
    done = race([*stops, *[lambda: deliver(committed, unguarded)] * 2])  # type: ignore[list-item]

    # Then whatever left was on its way before its STOP was in the books, and the rest says why it did not
    results = seen(unguarded, campaign)["results"]
    assert sum(done[:3]) == CUSTOMERS
    assert rows(superuser, LEFT_AFTER_STOP, campaign["id"]) == []
    assert results["sent"] + results["suppressed"]["opted_out"] == CUSTOMERS
    assert results["sent"] == results["opted_out"] > 0
    assert broken_rules(committed, unguarded) == set()


def test_claim_without_the_customers_lock_sends_after_a_stop(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a campaign to one customer
    [phone] = regulars(unguarded, 1)
    with committed.app_context():
        campaign = begun(unguarded)

    # When a STOP is committed between the look at the consent and the text's leaving
    def due() -> list[UUID]:
        return [row[0] for row in outbox._DUE_OF_CAMPAIGNS.rows(now=clock.now(), limit=8)]

    left = claim_without(committed, unguarded, due, lambda: texting.text(unguarded, phone, "STOP"))

    # Then it leaves although it is forbidden, and the audit sees it
    assert left == 1
    assert rows(superuser, LEFT_AFTER_STOP, campaign["id"]) == [(phone,)]
    assert broken_rules(committed, unguarded) == {"message.opted_out"}


# --- pause ----------------------------------------------------------------------------------------------------


def left_after(books: Any, campaign: dict[str, Any], instant: Any) -> int:
    later = "SELECT count(*) FROM messages WHERE campaign_id = %s AND sending_at > %s"
    return int(value(books, later, campaign["id"], instant))


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_race_of_a_pause_lets_nothing_leave_after_it(
    committed: Flask, unguarded: Shop, superuser: Any, verb: str
) -> None:
    # Given a campaign that is being delivered at full speed
    regulars(unguarded, CUSTOMERS)
    with committed.app_context():
        campaign = begun(unguarded)
    with ThreadPoolExecutor(2) as workers:
        running = [workers.submit(deliver, committed, unguarded) for _ in range(2)]
        until(lambda: value(superuser, LEFT, campaign["id"]), PATIENCE_SECONDS, what="the first text")

        # When the owner stops it
        moved(unguarded, campaign, verb)
        stopped_at = value(superuser, "SELECT clock_timestamp()")
        for worker in running:
            worker.result(PATIENCE_SECONDS)

    # Then nothing leaves any more, and the rest goes when it is resumed, or never
    assert left_after(superuser, campaign, stopped_at) == 0
    assert 0 < value(superuser, LEFT, campaign["id"]) < CUSTOMERS
    if verb == "pause":
        moved(unguarded, campaign, "resume")
        deliver(committed, unguarded)
        assert value(superuser, LEFT, campaign["id"]) == CUSTOMERS
    else:
        with committed.app_context():
            written(unguarded, campaign)
        assert seen(unguarded, campaign)["results"]["waiting"] == 0
    assert broken_rules(committed, unguarded) == set()


def test_claim_without_the_campaigns_lock_sends_after_a_pause(
    committed: Flask, unguarded: Shop, superuser: Any
) -> None:
    # Given a campaign to one customer
    regulars(unguarded, 1)
    with committed.app_context():
        campaign = begun(unguarded)
    paused_at: list[Any] = []

    def pause() -> None:
        moved(unguarded, campaign, "pause")
        paused_at.append(value(superuser, "SELECT clock_timestamp()"))

    # When its texts are looked up without its row, and it is paused before they leave
    def due() -> list[UUID]:
        return [row[0] for row in rows(superuser, "SELECT id FROM messages WHERE campaign_id = %s", campaign["id"])]

    left = claim_without(committed, unguarded, due, pause)

    # Then a text leaves after the pause
    assert left == 1
    assert left_after(superuser, campaign, paused_at[0]) == 1


def test_delivery_ends_when_its_time_is_over(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    regulars(unguarded, 12)
    with committed.app_context():
        campaign = begun(unguarded)
        flows.deliver(UUID(unguarded.store_id), for_at_most=timedelta(0))

    assert value(superuser, LEFT, campaign["id"]) == flows.AT_ONCE


def test_claims_beside_each_other_take_each_text_once(committed: Flask, unguarded: Shop, superuser: Any) -> None:
    # Given a campaign
    phones = regulars(unguarded, CUSTOMERS)
    with committed.app_context():
        begun(unguarded)

    # When four take of it at once
    def take() -> list[Claimed]:
        with committed.app_context(), transaction(UUID(unguarded.store_id), actor="outbox"):
            return outbox.claim(clock.now(), 8)[0]

    claims = race([take] * 4)

    # Then each has others
    taken = [claimed.phone for claim in claims for claimed in claim]
    assert len(taken) == len(set(taken)) == 32
    assert set(taken) <= set(phones)
