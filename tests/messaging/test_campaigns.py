"""A campaign's life: written, started, paused, resumed, canceled; its texts are written once, and leave only while it is being sent."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text, update

from pos import clock
from pos.audit.actions import audit_store
from pos.db import db, transaction
from pos.messaging import campaigns, outbox, outcomes, tasks
from pos.messaging.lifecycle import CAMPAIGN_MOVES
from pos.messaging.models import Message
from tests import texting
from tests.client import Shop
from tests.messaging.campaigning import (
    BODY,
    answered,
    asked,
    begun,
    claimed,
    draft,
    known,
    moved,
    noon,
    policy,
    seen,
    written,
)
from tests.refusals import slug_of

VERBS = ("start", "schedule", "pause", "resume", "cancel")
WAYS: dict[str, tuple[str, ...]] = {
    "draft": (),
    "scheduled": ("schedule",),
    "sending": ("start",),
    "paused": ("start", "pause"),
    "canceled": ("cancel",),
}


def told(shop: Shop, status: str = "delivered") -> int:
    """Twilio took all that is on its way, and says what became of it; how many there were."""
    with transaction(UUID(shop.store_id), actor="twilio"):
        sending = db.session.scalars(
            text("SELECT id FROM messages WHERE status = 'sending' AND campaign_id IS NOT NULL")
        )
        found = list(sending)
        for message_id in found:
            outcomes.told(message_id, status, sid=texting.new_sid(), segments=1)
    return len(found)


def act(shop: Shop, campaign: dict[str, Any], verb: str) -> Any:
    at = (clock.now() + timedelta(days=1)).isoformat() if verb == "schedule" else None
    path = f"/campaigns/{campaign['id']}/{'start' if verb == 'schedule' else verb}"
    return shop.post(path, {"at": at} if verb in ("start", "schedule") else None, as_="owner")


def later(shop: Shop, campaign: dict[str, Any], **changes: Any) -> None:
    """The campaign's row as it would be by and by."""
    sets = ", ".join(f"{name} = {value}" for name, value in changes.items())
    with transaction(UUID(shop.store_id)):
        db.session.execute(text(f"UPDATE campaigns SET {sets} WHERE id = :id"), {"id": campaign["id"]})


def texts_of(shop: Shop, campaign: dict[str, Any]) -> Counter[str]:
    return Counter(message["status"] for message in texting.messages(shop, campaign_id=campaign["id"], limit=200))


def broken(shop: Shop) -> list[str]:
    """What the audit finds. What left, left at the noon at which these tests send: the database notes an hour of its own."""
    with transaction(UUID(shop.store_id), actor="audit") as session:
        session.execute(
            update(Message)
            .where(Message.store_id == UUID(shop.store_id), Message.sending_at.is_not(None))
            .values(sending_at=noon())
        )
        return [violation.proof.name for violation in audit_store(clock.now())]


# --- what may follow what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", WAYS)
def test_campaign_moves_as_the_table_says(app: Flask, shop: Shop, state: str, verb: str) -> None:
    campaign = draft(shop)
    for way in WAYS[state]:
        assert act(shop, campaign, way).status_code == 200

    answer = act(shop, campaign, verb)

    follows = CAMPAIGN_MOVES.get((state, verb))
    if follows is None:
        assert slug_of(answer) == (409, "wrong-campaign-state")
    assert seen(shop, campaign)["status"] == follows or state


@pytest.mark.parametrize("state", WAYS)
def test_change_is_for_what_has_not_begun(app: Flask, shop: Shop, state: str) -> None:
    campaign = draft(shop)
    for way in WAYS[state]:
        act(shop, campaign, way)

    version = seen(shop, campaign)["version"]
    answer = shop.patch(
        f"/campaigns/{campaign['id']}", {"name": "Advent", "segment": {"is_member": True}}, version=version
    )

    if state in ("draft", "scheduled"):
        assert answer.status_code == 200
        assert (answer.json["name"], answer.json["segment"]) == ("Advent", {"is_member": True})
        assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    else:
        assert slug_of(answer) == (409, "wrong-campaign-state")


def test_create_gives_a_draft_and_the_same_one_for_the_same_key(app: Flask, shop: Shop) -> None:
    segment = {"levels": ["gold"], "seen_since": "2026-01-01T00:00:00Z", "tags": ["ipa"], "min_spent": 5}
    body = {"name": "Oktober", "body": BODY, "segment": segment}

    first, second = (shop.post("/campaigns", body, as_="owner", key="one") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json == seen(shop, first.json)
    assert (first.json["status"], first.json["segment"]) == ("draft", segment)
    assert [each["id"] for each in asked(shop, "/campaigns", method="GET")["data"]] == [first.json["id"]]


@pytest.mark.parametrize("as_", ["register", "nobody"])
def test_campaigns_are_the_owners(app: Flask, shop: Shop, as_: str) -> None:
    answer = shop.post("/campaigns", {"name": "Oktober", "body": BODY}, as_=as_)

    assert answer.status_code == (401 if as_ == "nobody" else 403)


@pytest.mark.parametrize(
    "segment",
    [
        {"levels": ["gold"], "is_member": False},
        {"levels": []},
        {"min_spent": 2, "max_spent": 1},
        {"seen_within_days": 0},
        {"seen_since": "2026-01-01"},
        {"language": "fr"},
        {"surprise": 1},
    ],
)
def test_segment_that_says_nothing_is_refused(app: Flask, shop: Shop, segment: dict[str, Any]) -> None:
    answer = shop.post("/campaigns", {"name": "Oktober", "body": BODY, "segment": segment}, as_="owner")

    assert slug_of(answer) == (422, "invalid")


def test_start_in_the_past_or_without_a_number_is_refused(app: Flask, shop: Shop) -> None:
    campaign = draft(shop)
    path = f"/campaigns/{campaign['id']}/start"
    past = shop.post(path, {"at": (clock.now() - timedelta(minutes=1)).isoformat()}, as_="owner")
    with transaction(None):
        db.session.execute(text("UPDATE stores SET sms_number = NULL WHERE id = :id"), {"id": shop.store_id})

    assert slug_of(past) == (422, "time-has-passed")
    assert slug_of(shop.post(path, {"at": None}, as_="owner")) == (422, "texts-switched-off")
    assert seen(shop, campaign)["status"] == "draft"


# --- its words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ("Hi {{7*7}}", "unknown-placeholder"),
        ("Hi {0.__class__}", "unknown-placeholder"),
        ("Hi {name.__class__}", "unknown-placeholder"),
        ("Hi {name!r:>{9}}", "unknown-placeholder"),
        ("Hi {}", "unknown-placeholder"),
        ("Hi } there {", "unknown-placeholder"),
        ("Hi {name", "unknown-placeholder"),
        ("{level} at last", "missing-fact"),
        ("{points} points", "missing-fact"),
        ("{tappass_id}", "missing-fact"),
        ("Hi {name}", "missing-fact"),
        ("Hi {first_name}", "missing-fact"),
        ("x" * 1590, "body-too-long"),
        ("{name|friend} " * 8, "body-too-long"),
    ],
)
def test_text_that_cannot_be_sent_is_refused(app: Flask, shop: Shop, body: str, slug: str) -> None:
    known(shop, 9000, name=None)

    answers = [
        shop.post("/campaigns", {"name": "Oktober", "body": body}, as_="owner"),
        shop.post("/campaigns/preview", {"body": body}, as_="owner"),
        shop.patch(f"/campaigns/{draft(shop)['id']}", {"body": body}, version=1),
    ]

    assert [slug_of(answer) for answer in answers] == [(422, slug)] * 3
    assert {answer.json["errors"][0]["pointer"] for answer in answers if answer.json} == {"/body"}


def test_missing_fact_says_what_to_do(app: Flask, shop: Shop) -> None:
    known(shop, 9000, name=None)
    known(shop, 9001)

    answers = [
        shop.post("/campaigns", {"name": "Oktober", "body": body}, as_="owner") for body in ("{name}!", "{level}!")
    ]

    said = [answer.json["detail"] for answer in answers if answer.json]
    assert said[0] == (
        "1 of the 2 in this segment have no {name}. Write what to say instead after a bar, e.g. {name|friend}."
    )
    assert said[1].endswith("{level|new}, or choose members only.")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("%s %(name)s %d", "%s %(name)s %d"),
        ("$name ${name|Bo} <b>", "$name $Ada Lovelace <b>"),
        ("{first_name|friend}, {points|no} points", "Ada, no points"),
        ("{level|new} {tappass_id|none}", "new none"),
        ("{store}", "Hops"),
    ],
)
def test_text_reads_as_written(app: Flask, shop: Shop, body: str, read: str) -> None:
    known(shop, 9000)
    begun(shop, body=body)

    [sent] = claimed(shop)

    assert sent.body == f"Hops: {read} Reply STOP to opt out"


@pytest.mark.parametrize("name", ["{points}", "{name|x}", "{{7*7}}", "%s {0}", "\\1 \\g<0>"])
def test_name_with_braces_is_not_expanded(app: Flask, shop: Shop, name: str) -> None:
    known(shop, 9000, name=name)
    begun(shop, body="Hi {name|friend}!")

    [sent] = claimed(shop)

    assert sent.body == f"Hops: Hi {name}! Reply STOP to opt out"


def test_member_reads_points_and_level(app: Flask, shop: Shop) -> None:
    customer_id = known(shop, 9000)
    member = asked(shop, "/members", {"customer_id": customer_id}, status=201)
    known(shop, 9001)
    begun(shop, body="{level} {points} {tappass_id}", segment={"is_member": True})

    [sent] = claimed(shop)

    assert sent.body == f"Hops: Bronze {member['balance']} {member['tappass_id']} Reply STOP to opt out"


def test_fact_that_went_missing_keeps_the_text_back(app: Flask, shop: Shop) -> None:
    customer_id = known(shop, 9000)
    campaign = begun(shop, body="Hi {name}!")
    shop.patch(
        f"/customers/{customer_id}",
        {"name": None},
        version=asked(shop, f"/customers/{customer_id}", method="GET")["version"],
    )

    assert claimed(shop) == []
    assert seen(shop, campaign)["results"]["suppressed"] == {"fact_missing": 1}


# --- writing ------------------------------------------------------------------------------------------------------


def test_start_writes_to_everybody_and_lets_go_whom_it_may(app: Flask, shop: Shop) -> None:
    # Given who agreed, who was never asked, who said no, who said STOP, and a walk-in
    known(shop, 9000)
    known(shop, 9001, consent=None)
    known(shop, 9002, consent=False)
    answered(shop, known(shop, 9003), "sms", False)
    shop.sell(phone=None, walk_in=True)

    # When a campaign for everybody is sent
    campaign = begun(shop)
    sent = claimed(shop)

    # Then one text leaves, and the others say why not
    assert [each.phone for each in sent] == ["+14155559000"]
    assert seen(shop, campaign)["results"] | {"cost": 0, "segments": 0} == {
        "written": 4, "waiting": 0, "sent": 1, "delivered": 0, "failed": 0, "opted_out": 0, "came_back": 0,
        "suppressed": {"no_consent": 2, "opted_out": 1}, "segments": 0, "cost": 0,
    }  # fmt: skip
    assert broken(shop) == []


def test_job_that_died_anywhere_goes_on_where_it_was(app: Flask, shop: Shop) -> None:
    # Given a campaign for more customers than are written to at once
    store_id, most = UUID(shop.store_id), campaigns.BATCH * 2 + 1
    with transaction(store_id):
        insert = """
            WITH made AS (INSERT INTO customers (store_id, id, phone, origin, version)
              SELECT :store, gen_random_uuid(), '+1415556' || lpad(n::text, 4, '0'), 'import', 1
                FROM generate_series(1, :most) n RETURNING store_id, id)
            INSERT INTO profiles (store_id, customer_id) SELECT store_id, id FROM made"""
        db.session.execute(text(insert), {"store": store_id, "most": most})
    campaign = draft(shop)
    moved(shop, campaign, "start")

    # When a worker has committed one batch and dies, and another one takes up its job, twice
    with transaction(store_id, actor="outbox"):
        assert campaigns.step(UUID(campaign["id"]), clock.now())
    first = seen(shop, campaign)
    written(shop, campaign)
    written(shop, campaign)

    # Then everybody was written to once
    whole = seen(shop, campaign)
    assert (first["results"]["written"], first["is_written"]) == (campaigns.BATCH, False)
    assert (whole["results"]["written"], whole["is_written"]) == (most, True)
    with transaction(store_id):
        counted = "SELECT count(DISTINCT customer_id), count(DISTINCT cause) FROM messages WHERE campaign_id = :id"
        assert db.session.execute(text(counted), {"id": campaign["id"]}).one() == (most, most)


def test_who_comes_after_the_start_is_not_written_to(app: Flask, shop: Shop) -> None:
    known(shop, 9000)
    campaign = draft(shop)
    moved(shop, campaign, "start")
    later(shop, campaign, started_at="now() - interval '1 second'")

    written(shop, campaign)

    assert seen(shop, campaign)["results"]["written"] == 0


def test_job_of_a_campaign_that_is_not_being_sent_does_nothing(app: Flask, shop: Shop) -> None:
    known(shop, 9000)
    waiting, paused = draft(shop), draft(shop)
    moved(shop, paused, "start")
    moved(shop, paused, "pause")

    for campaign in (waiting, paused, {"id": shop.store_id}):
        written(shop, campaign)

    assert texting.messages(shop, purpose="marketing") == []


# --- pausing, ending ----------------------------------------------------------------------------------------------


def test_paused_campaign_lets_nothing_leave_until_it_is_resumed(app: Flask, shop: Shop) -> None:
    for number in (9000, 9001, 9002):
        known(shop, number)
    campaign = begun(shop)
    assert len(claimed(shop, limit=1)) == 1
    moved(shop, campaign, "pause")

    during = claimed(shop)
    moved(shop, campaign, "resume")

    assert during == []
    assert len(claimed(shop)) == 2


def test_paused_campaign_does_not_wake_the_outbox(app: Flask, shop: Shop) -> None:
    known(shop, 9000)
    campaign = begun(shop)

    with transaction(UUID(shop.store_id)):
        before = tasks.flows.is_anything_due()
    moved(shop, campaign, "pause")
    with transaction(UUID(shop.store_id)):
        after = tasks.flows.is_anything_due()

    assert (before, after) == (True, False)


def test_canceled_campaign_takes_back_what_waits(app: Flask, shop: Shop) -> None:
    for number in (9000, 9001, 9002):
        known(shop, number)
    campaign = begun(shop)
    claimed(shop, limit=1)

    moved(shop, campaign, "cancel")
    at_once = claimed(shop)
    written(shop, campaign)

    found = seen(shop, campaign)
    assert at_once == []
    assert texts_of(shop, campaign) == {"sending": 1, "suppressed": 2}
    assert found["results"]["suppressed"] == {"campaign_canceled": 2}
    assert found["completed_at"] is not None
    assert broken(shop) == []


def test_scheduled_campaign_starts_when_it_is_due(app: Flask, shop: Shop) -> None:
    known(shop, 9000)
    campaign = draft(shop)
    act(shop, campaign, "schedule")

    tasks.move_campaigns(0)
    before = seen(shop, campaign)
    later(shop, campaign, scheduled_at="now() - interval '1 second'")
    tasks.move_campaigns(0)
    written(shop, campaign)

    assert (before["status"], before["started_at"]) == ("scheduled", None)
    assert seen(shop, campaign)["status"] == "sending"
    assert len(claimed(shop)) == 1


def test_resumed_before_its_time_waits_for_it(app: Flask, shop: Shop) -> None:
    campaign = draft(shop)
    for verb in ("schedule", "pause", "resume"):
        act(shop, campaign, verb)

    assert seen(shop, campaign)["status"] == "scheduled"

    act(shop, campaign, "pause")
    later(shop, campaign, scheduled_at="now() - interval '1 second'")
    act(shop, campaign, "resume")

    assert seen(shop, campaign)["status"] == "sending"


def test_campaign_is_completed_when_all_is_settled(app: Flask, shop: Shop) -> None:
    known(shop, 9000)
    known(shop, 9001, consent=False)
    campaign = begun(shop)
    states = []
    for step in (lambda: None, lambda: claimed(shop), lambda: told(shop)):
        step()
        tasks.move_campaigns(0)
        states.append(seen(shop, campaign)["status"])

    assert states == ["sending", "sending", "completed"]
    assert seen(shop, campaign)["completed_at"] is not None


def test_work_that_nobody_does_is_taken_up(app: Flask, shop: Shop) -> None:
    # Given a campaign whose job was lost, and one that was canceled while a text of it came back into the queue
    known(shop, 9000)
    lost, canceled = draft(shop), begun(shop)
    [sent] = claimed(shop)
    moved(shop, lost, "start")
    moved(shop, canceled, "cancel")
    written(shop, canceled)
    with transaction(UUID(shop.store_id)):
        outcomes.again(sent.id, sent.attempt, in_seconds=0)
    later(shop, lost, updated_at="now() - interval '2 minutes'")

    with transaction(UUID(shop.store_id)):
        taken_up = campaigns.take_up()
    for campaign in (lost, canceled):
        written(shop, campaign)

    assert taken_up == 2
    assert (texts_of(shop, lost), texts_of(shop, canceled)) == ({"queued": 1}, {"suppressed": 1})
    with transaction(UUID(shop.store_id)):
        assert campaigns.take_up() == 0


def test_other_texts_go_before_those_of_a_campaign(app: Flask, shop: Shop) -> None:
    customer_id = known(shop, 9000)
    known(shop, 9001)
    begun(shop)
    asked(shop, "/messages", {"customer_id": customer_id, "body": "Your hat is here."}, status=201)

    [first] = claimed(shop, limit=1)

    assert first.body == "Your hat is here."


# --- results ------------------------------------------------------------------------------------------------------


def test_results_say_what_came_of_it(app: Flask, shop: Shop) -> None:
    # Given a campaign that reached three, of whom one then buys, one says STOP, and one does nothing
    phones = [f"+1415555{number}" for number in (9000, 9001, 9002)]
    customers = [known(shop, number) for number in (9000, 9001, 9002)]
    policy(shop, marketing_per_number_day=5)
    first = begun(shop)
    claimed(shop)
    told(shop)
    _left_now(shop, first)
    shop.sell(phone=phones[0])
    texting.text(shop, phones[1], "STOP")

    # When a second one goes to those who may be texted, after which another one refuses marketing and one order is canceled
    second = begun(shop)
    claimed(shop)
    told(shop, "undelivered")
    _left_now(shop, second)
    answered(shop, customers[2], "marketing", False)
    order = shop.sell(phone=phones[2])
    asked(shop, f"/orders/{order['id']}/cancel", {"reason": "too late"})

    # Then each has what followed from it
    names = ("written", "sent", "delivered", "failed", "opted_out", "came_back", "suppressed", "segments", "cost")
    results = [[seen(shop, each)["results"][name] for name in names] for each in (first, second)]
    assert results == [[3, 3, 3, 0, 1, 1, {}, 3, 2], [3, 2, 0, 2, 1, 0, {"opted_out": 1}, 2, 2]]


def _left_now(shop: Shop, campaign: dict[str, Any]) -> None:
    """Its texts leave by the same clock as what follows them; they were judged for tomorrow's noon."""
    leave = "UPDATE messages SET sending_at = clock_timestamp() WHERE campaign_id = :id AND sending_at IS NOT NULL"
    with transaction(UUID(shop.store_id)):
        db.session.execute(text(leave), {"id": campaign["id"]})


def test_claim_takes_no_more_than_it_may(app: Flask, shop: Shop) -> None:
    for number in range(9000, 9006):
        known(shop, number)
    begun(shop)
    begun(shop)

    with transaction(UUID(shop.store_id), actor="outbox"):
        sent, looked_at = outbox.claim(noon(), 8)

    # One text a day to a number: of the first eight, those of the second campaign wait
    assert looked_at == 8
    assert len(sent) == 6
