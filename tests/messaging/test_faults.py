"""Twilio fails, is slow, or answers into the void: nothing is sent twice, and nothing that a customer waits for is lost."""

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from pos import clock
from pos.db import transaction
from pos.messaging import flows, outbox
from pos.messaging.gateway import Declined, Down, Unclear
from soak.product import rows, value
from tests.checkout.counter import books, paid
from tests.messaging.campaigning import awake
from tests.messaging.sandboxed import CREATE, LIST, Texts


@dataclass(frozen=True)
class Fault:
    """`made`: how many texts Twilio has taken when it strikes a call; `left`: the text's status then."""

    name: str
    made: int
    left: str


FAULTS = [
    Fault("500", 0, "unknown"),
    Fault("500_after", 1, "unknown"),
    Fault("429", 0, "queued"),
    Fault("timeout_before", 0, "unknown"),
    Fault("timeout_after", 1, "unknown"),
    Fault("reset", 1, "unknown"),
]
PHONE = "+14155550132"
BY_PHONE = {f"+1415555{number:04d}": fault for number, fault in enumerate(FAULTS, 200)}
_ANSWER = "SELECT status FROM messages WHERE customer_id = %s AND direction = 'out'"


def test_fault_of_a_call_sends_nothing_twice_and_loses_nothing(texts: Texts) -> None:
    for phone, fault in BY_PHONE.items():
        customer = texts.customer(phone)
        texts.strike((CREATE, fault.name, 1))

        # When Twilio fails in the middle of a text
        sent = texts.write(customer)
        texts.deliver()
        assert (fault.name, texts.status(sent), len(texts.bodies(phone))) == (fault.name, fault.left, fault.made)

        # Then the sweeps find out, as often as they look, and it was sent once
        for _ in range(3):
            texts.sweep()
        assert (fault.name, texts.status(sent), len(texts.bodies(phone))) == (fault.name, "sent", 1)
        texts.tell()
        resends = 0 if fault.made or fault.name == "429" else 1
        assert texts.state(sent)[:4] == ("delivered", 1 if fault.made else 2, resends, True), fault
    assert books(texts.shop) == []


def test_fault_of_marketing_sends_it_once_at_most(texts: Texts) -> None:
    for number, fault in enumerate(FAULTS):
        customer = texts.customer(awake(number), marketing=True)
        texts.strike((CREATE, fault.name, 1))

        sent = texts.write(customer, "The new beer is here.", "marketing")
        for _ in range(3):
            texts.deliver()
            texts.sweep()

        # What was taken is found; what was refused for now may go again; what else is not there is dropped
        is_sent = bool(fault.made) or fault.name == "429"
        assert len(texts.bodies(awake(number))) == is_sent, fault
        assert texts.status(sent) == ("sent" if is_sent else "failed"), fault
    assert texts.items("sms_unclear") == []
    assert books(texts.shop) == []


def test_fault_of_an_answer_that_waited_sends_it_once(texts: Texts) -> None:
    for phone, fault in BY_PHONE.items():
        # Given a question that came while nobody was here, so that the outbox answers
        customer = texts.customer(phone)
        texts.receive(phone, "HELP")
        texts.strike((CREATE, fault.name, 1))
        assert texts.fetch() == 1

        texts.deliver()
        for _ in range(3):
            texts.sweep()

        assert len(texts.bodies(phone)) == 1, fault
        [(status,)] = rows(texts.books, _ANSWER, customer)
        assert status == "sent", fault
    assert books(texts.shop) == []


def test_fault_of_the_look_leaves_it_unclear_until_the_next(texts: Texts) -> None:
    for phone, fault in BY_PHONE.items():
        customer = texts.customer(phone)
        texts.strike((CREATE, "timeout_after", 1), (LIST, fault.name, 1))
        sent = texts.write(customer)
        texts.deliver()

        texts.pass_time()
        with pytest.raises((Down, Unclear)):
            texts.settle()
        assert (texts.status(sent), len(texts.bodies(phone))) == ("unknown", 1), fault

        texts.sweep()
        assert (texts.status(sent), len(texts.bodies(phone))) == ("sent", 1), fault


def test_text_that_stays_unclear_is_told_after_one_more_try(texts: Texts) -> None:
    customer = texts.customer(PHONE)
    texts.strike((CREATE, "timeout_before", 9))

    sent = texts.write(customer)
    texts.deliver()
    for _ in range(4):
        texts.sweep()

    assert texts.state(sent) == ("failed", 2, 1, False, None)
    assert texts.bodies() == []
    assert len(texts.items("sms_unclear")) == 1
    assert books(texts.shop) == []


def test_look_gives_twilio_time_before_it_counts_as_not_taken(texts: Texts) -> None:
    customer = texts.customer(PHONE)
    texts.strike((CREATE, "500", 1))
    sent = texts.write(customer)
    texts.deliver()

    # Half a minute later it is looked for, and waits on; before that nobody looks
    assert texts.settle() == {}
    rows(texts.books, "UPDATE messages SET sending_at = sending_at - interval '30 seconds'")
    assert texts.settle() == {"still unclear": 1}
    texts.deliver()
    assert (texts.status(sent), texts.bodies()) == ("unknown", [])


def test_text_with_a_time_of_its_own_is_tried_until_that_is_over(texts: Texts) -> None:
    texts.strike((CREATE, "429", flows.MOST_ATTEMPTS + 2))
    texts.shop.sell(phone=PHONE, payment={"method": "card"})

    for _ in range(flows.MOST_ATTEMPTS + 3):
        texts.deliver()
        texts.pass_time()

    assert len(texts.bodies()) == 1
    assert texts.items("sms_unclear") == []


def test_call_that_is_refused_for_now_is_tried_with_growing_pauses_until_the_bound(texts: Texts) -> None:
    customer = texts.customer(PHONE)
    texts.strike((CREATE, "429", 99))
    sent = texts.write(customer)

    pauses = []
    for _ in range(flows.MOST_ATTEMPTS + 2):
        texts.deliver()
        if texts.status(sent) == "queued":
            pauses.append(float(value(texts.books, "SELECT extract(epoch FROM not_before - updated_at) FROM messages")))
        texts.pass_time()

    assert texts.state(sent)[:2] == ("failed", flows.MOST_ATTEMPTS)
    assert texts.bodies() == []
    assert len(pauses) == flows.MOST_ATTEMPTS - 1
    for attempt, pause in enumerate(pauses, 1):
        longest = min(5 * 2**attempt, 900)
        assert longest / 2 <= pause <= longest
    # With jitter: no two texts come back in step, and no pause is simply the double of the one before
    assert all(late != 2 * early for early, late in pairwise(pauses))
    assert books(texts.shop) == []


def test_outage_spends_nothing_of_the_limits(texts: Texts) -> None:
    customer = texts.customer(PHONE)
    texts.rule(per_number_hour=2, segments_day=2)
    texts.strike((CREATE, "429", 5))
    first = texts.write(customer)
    for _ in range(5):
        texts.deliver()
        texts.pass_time()
    second = texts.write(customer, "Your hat is here, too.")
    third = texts.write(customer, "And your gloves.")

    texts.deliver()

    assert [texts.status(each) for each in (first, second, third)] == ["sent", "sent", "held"]
    assert rows(texts.books, "SELECT DISTINCT count FROM message_counts WHERE scope <> 'block_hour'") == [(2,)]


def test_first_text_names_the_way_out_also_when_it_is_tried_again(texts: Texts) -> None:
    texts.strike((CREATE, "429", 1), (CREATE, "500", 1))
    paid(texts.shop, texts.shop.sell(phone=PHONE))

    for _ in range(4):
        texts.deliver()
        texts.sweep()

    [receipt] = texts.bodies(PHONE)
    assert "STOP" in receipt


def test_late_word_of_an_earlier_attempt_changes_nothing(texts: Texts) -> None:
    """A call that was slow beyond all bounds comes back when the text is already on its way again."""
    sent = texts.write(texts.customer(PHONE))
    texts.strike((CREATE, "500", 1))
    texts.deliver()
    texts.sweep()
    assert texts.state(sent)[:3] == ("sent", 2, 1)
    rows(texts.books, "UPDATE messages SET status = 'sending', provider_sid = NULL")

    for word in texts.words_of(sent, attempt=1):
        word()
        assert texts.status(sent) == "sending"


def test_process_that_stood_still_hands_nothing_over(texts: Texts) -> None:
    """Between claim and call it was stopped for so long that the sweep has sent the text meanwhile."""
    sent = texts.write(texts.customer(PHONE))
    with transaction(texts.store_id, actor="outbox"):
        [claimed], _ = outbox.claim(clock.now(), 8)

    stale = replace(claimed, at=claimed.at - flows.LOST_AFTER)
    assert flows._hand_over_all(texts.store_id, [stale]) == ["too late"]

    assert (texts.status(sent), texts.bodies()) == ("sending", [])
    texts.sweep()
    assert (texts.status(sent), len(texts.bodies())) == ("sent", 1)


def test_two_texts_with_the_same_words_are_sent_twice_altogether(texts: Texts) -> None:
    """Twilio's list cannot tell them apart; that one was taken is told to the other."""
    customer = texts.customer(PHONE)
    texts.strike((CREATE, "timeout_before", 1), (CREATE, "timeout_after", 1))
    sent = [texts.write(customer), texts.write(customer)]
    texts.deliver()
    assert len(texts.bodies()) == 1

    for _ in range(3):
        texts.sweep()
    texts.tell()

    assert [texts.status(each) for each in sent] == ["delivered", "delivered"]
    assert len(texts.bodies()) == 2
    assert texts.items("sms_unclear") == []


def test_look_that_is_declined_pauses_the_store_and_tells_people(texts: Texts) -> None:
    """Nothing may be sent before the list was read, so nobody else would find out that the account is shut."""
    sent = texts.write(texts.customer(PHONE))
    with texts.wrong_credentials():
        texts.run_all("messaging.deliver")
        texts.run_all("messaging.deliver")
        with pytest.raises(Declined):
            texts.fetch()

    assert texts.status(sent) == "queued"
    assert [item["code"] for item in texts.items("sms_alarm")] == [20003]
    texts.sweep()
    assert texts.status(sent) == "sent"
