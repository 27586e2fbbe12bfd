"""Texts that came while nobody was here: Twilio's list is read before the first text leaves, and each is taken once."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pos.messaging import poll
from pos.messaging.gateway import Down
from soak.product import rows
from tests.checkout.counter import books
from tests.messaging.campaigning import awake
from tests.messaging.sandboxed import LIST, Texts
from tests.running import race

PHONE, OTHER = "+14155550132", "+14155550133"
_POLLED = "UPDATE stores SET sms_polled_at = %s WHERE id = %s"
_OLDER = """
    UPDATE sandbox_objects SET body = body || jsonb_build_object('date_created', %s), hidden = hidden || jsonb_build_object('sent_at', %s ::bigint)
     WHERE kind = 'message' AND body ->> 'direction' = 'inbound'
"""
_IN = "SELECT count(*) FROM messages WHERE direction = 'in'"


def came_unheard(texts: Texts, phone: str, body: str) -> None:
    """Somebody texts while no server is there; Twilio tries twice, and gives up."""
    texts.is_reachable = False
    texts.receive(phone, body)
    texts.run_all("sandbox.tell_inbound")
    texts.is_reachable = True
    assert texts.count(_IN + " AND body = %s", body) == 0


@pytest.mark.parametrize("word", ["STOP", "please stop texting me", "Unsubscribe"])
def test_stop_that_came_meanwhile_is_heard_before_the_first_text_leaves(texts: Texts, word: str) -> None:
    # Given texts that wait, and a worker that was here nine minutes ago
    gone, stays = texts.customer(awake(132), marketing=True), texts.customer(awake(133), marketing=True)
    for customer in (gone, stays):
        texts.write(customer)
        texts.write(customer, "The new beer is here.", "marketing")
    came_unheard(texts, awake(132), word)
    rows(texts.books, _POLLED, poll._STARTED_AT - timedelta(seconds=1), texts.shop.store_id)

    # When the worker begins
    texts.run_all("messaging.deliver")

    # Then nothing leaves to who said it but what confirms it
    for body in texts.bodies(awake(132)):
        assert "unsubscribed" in body or "no more texts" in body
    assert len(texts.bodies(awake(132))) <= 1
    assert len(texts.bodies(awake(133))) == 2
    statuses = rows(texts.books, "SELECT status FROM messages WHERE customer_id = %s AND template = 'by_hand'", gone)
    assert statuses == [("suppressed",), ("suppressed",)]
    assert books(texts.shop) == []


def test_nothing_leaves_while_the_list_cannot_be_read(texts: Texts) -> None:
    sent = texts.write(texts.customer(PHONE))
    for fault in ("429", "500", "timeout_before", "timeout_after", "reset"):
        texts.strike((LIST, fault, 1))
        texts.run_all("messaging.deliver")
        assert (texts.status(sent), texts.bodies()) == ("queued", []), fault
        rows(texts.books, "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'messaging.deliver', jsonb_build_object('store_id', %s))", texts.shop.store_id)  # fmt: skip
    texts.run_all("messaging.deliver")
    assert texts.status(sent) == "sent"

    # Who knows the list of a minute ago need not read it
    rows(texts.books, _POLLED, datetime.now(UTC) - timedelta(minutes=1), texts.shop.store_id)
    texts.strike((LIST, "500", 1))
    rows(texts.books, "UPDATE stores SET sms_polled_at = greatest(sms_polled_at, %s)", poll._STARTED_AT)
    again = texts.write(texts.customer(OTHER))
    texts.run_all("messaging.deliver")
    assert texts.status(again) == "sent"


def test_polled_question_is_answered_by_the_outbox_once(texts: Texts) -> None:
    texts.customer(PHONE)
    came_unheard(texts, PHONE, "HELP")

    assert [texts.fetch(), texts.fetch()] == [1, 0]
    texts.run_all("messaging.deliver")
    texts.deliver()
    assert len(texts.bodies(PHONE)) == 1

    # Twilio tries its webhook again after all: what the outbox has said is not said as well
    [event] = [each for each in texts.events() if each["type"] == "inbound"]
    texts.client.post(f"/_sandbox/events/{event['id']}/deliver")
    texts.run_all("sandbox.deliver_by_hand")
    assert len(texts.bodies(PHONE)) == 1
    assert texts.count(_IN) == 1
    assert books(texts.shop) == []


@pytest.mark.parametrize("phone", [PHONE, OTHER])
def test_race_of_webhook_and_poll_takes_a_text_once(texts: Texts, phone: str) -> None:
    # Given a text of a customer's, or of nobody's
    texts.customer(PHONE)
    texts.receive(phone, "HELP")
    [job] = [each for each in texts.jobs if each.task_name == "sandbox.tell_inbound"]

    def tell() -> int:
        with texts.app.app_context():
            texts.run(job)
        return 0

    race([tell, *[texts.fetch] * 5])
    texts.deliver()

    assert texts.count(_IN) == 1
    assert texts.count("SELECT count(*) FROM conversations") == 1
    assert len(texts.bodies(phone)) == 1
    assert books(texts.shop) == []


def test_old_question_is_not_answered_but_an_old_stop_counts(texts: Texts) -> None:
    for phone, word in ((PHONE, "HELP"), (OTHER, "stop texting me")):
        texts.customer(phone)
        came_unheard(texts, phone, word)
    days_ago = datetime.now(UTC) - timedelta(days=2)
    rows(texts.books, _OLDER, format_datetime(days_ago), int(days_ago.timestamp()))

    assert texts.fetch() == 2
    texts.deliver()

    assert texts.bodies() == []
    assert texts.count("SELECT count(*) FROM consents WHERE purpose = 'sms' AND NOT granted") == 1
    assert books(texts.shop) == []


def test_poll_that_breaks_off_is_begun_again_from_where_it_was(texts: Texts) -> None:
    texts.customer(PHONE)
    came_unheard(texts, PHONE, "HELP")
    texts.strike((LIST, "429", 1))

    with pytest.raises(Down):
        texts.fetch()

    assert texts.count("SELECT count(*) FROM stores WHERE sms_polled_at IS NOT NULL") == 0
    assert texts.fetch() == 1
