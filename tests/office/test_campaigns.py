"""Campaigns in the office: what is shown in each state, to whom, and that its figures are those of the texts."""

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask

from pos import clock
from pos.messaging import tasks
from pos.messaging.campaign_schemas import Segment
from pos.messaging.lifecycle import CAMPAIGN_MOVES
from pos.messaging.models import CAMPAIGN_STATUSES
from pos.web.office.messages.campaigns import words
from pos.web.office.writing import Writing
from tests import texting
from tests.checkout.counter import done
from tests.client import Shop
from tests.messaging.campaigning import ABROAD, asked, awake, begun, claimed, draft, known, moved, policy, seen
from tests.office.desk import Desk, desk
from tests.web.page import Page

FIGURE = re.compile(r"([A-Z][A-Za-z, ]+?) (\$?[0-9][0-9.,]*)(?= |$)")
SAY = Writing("USD", "America/Los_Angeles", "US")


def path(campaign: dict[str, Any]) -> str:
    return f"/messages/campaigns/{campaign['id']}"


def figures(page: Page, after: str) -> dict[str, str]:
    """The figures that a page shows after a heading."""
    return {name.strip(): value for name, value in FIGURE.findall(page.text.split(after)[1])}


def buttons(page: Page, campaign: dict[str, Any]) -> set[str]:
    """What the page offers to do with a campaign, by the API."""
    sent = [str(attributes.get("data-api")) for _, attributes in page.tags if attributes.get("data-api")]
    return {each.rpartition("/")[2] for each in sent if campaign["id"] in each}


def offered(at: Desk, campaigns: Iterable[dict[str, Any]]) -> list[set[str]]:
    return [buttons(at.page(path(each)), each) | buttons(at.page(f"{path(each)}/preview"), each) for each in campaigns]


def test_preview_shows_who_gets_what_and_who_is_left_out(app: Flask, shop: Shop) -> None:
    # Given one who agreed, one who was never asked, and one who refused everything, where it is day
    policy(shop, countries=ABROAD)
    shop.sell(phone=awake(1), name="Zoë <b>", marketing_consent=True)
    known(shop, 9201, consent=None)
    known(shop, 9202)
    texting.text(shop, "+14155559202", "STOP")
    campaign = draft(shop, body="{first_name|friend}, the new beer is here 🍻")

    page = desk(app, shop, "manager").page(f"{path(campaign)}/preview")

    foreseen = asked(shop, f"/campaigns/{campaign['id']}/preview", method="GET")
    shown = figures(page, "Before it goes")
    assert shown["Customers in the segment"] == str(foreseen["customers"]) == "3"
    assert (shown["Would get it"], shown["Leave at once"], shown["Segments in all"]) == ("1", "1", "1")
    assert "Zoë, the new beer is here 🍻" in page.text
    assert "With ë 🍻 a segment holds" not in page.text
    assert "With 🍻 a segment holds 70 characters" in page.text
    assert "1 left out: no consent to marketing" in page.text
    assert "1 left out: they refused all texts" in page.text
    assert buttons(page, campaign) == set()


def test_preview_says_what_keeps_a_campaign_from_going(app: Flask, shop: Shop) -> None:
    campaign = draft(shop, body="{name}, the new beer is here.")
    shop.sell(phone="+14155559201", name=None)

    page = desk(app, shop).page(f"{path(campaign)}/preview")

    assert "1 of the 1 in this segment have no {name}" in page.text
    assert buttons(page, campaign) == set()


def test_each_state_offers_what_the_rules_allow_to_owners_only(app: Flask, shop: Shop) -> None:
    policy(shop, countries=ABROAD)
    shop.sell(phone=awake(1), marketing_consent=True)
    later = {"at": (clock.now().replace(microsecond=0, year=clock.now().year + 1)).isoformat()}
    campaigns = [draft(shop) for _ in range(5)]
    asked(shop, f"/campaigns/{campaigns[1]['id']}/start", later)
    for campaign, verbs in zip(campaigns[2:], (["start"], ["start", "pause"], ["cancel"]), strict=True):
        for verb in verbs:
            moved(shop, campaign, verb)

    assert offered(desk(app, shop), campaigns) == [
        {"cancel", "start"},
        {"pause", "cancel", "start"},
        {"pause", "cancel"},
        {"resume", "cancel"},
        set(),
    ]
    assert offered(desk(app, shop, "manager"), campaigns) == [set()] * 5
    owner = desk(app, shop)
    assert [owner.get(f"{path(each)}/edit").status_code for each in campaigns] == [200, 200, 409, 409, 409]


def test_result_is_that_of_the_texts(app: Flask, shop: Shop) -> None:
    # Given a campaign of which one text arrived, one failed, and one was left out
    policy(shop, countries=ABROAD)
    for number in (1, 2):
        shop.sell(phone=awake(number), marketing_consent=True, items=[{"sku": "WATER", "quantity": 1}])
    known(shop, 9201, consent=None)
    campaign = begun(shop)
    sent = claimed(shop, clock.now())
    for message, told in zip(sent, ("delivered", "undelivered"), strict=True):
        texting.status(
            shop, {"id": str(message.id)}, told, sid=texting.new_sid(), code=30003 if told == "undelivered" else None
        )
    manager = desk(app, shop, "manager")
    still = f"{path(campaign)}/progress?status=sending"
    assert "3 of 3" in manager.get(still).text

    tasks.move_campaigns(0)

    # Then the page that looks on is loaded anew, and says what came of it
    assert manager.get(still).headers["HX-Refresh"] == "true"
    results, page = seen(shop, campaign)["results"], manager.page(path(campaign))
    shown = figures(page, "What came of it")
    assert "completed" in page.text
    assert (shown["Customers"], shown["Of these delivered"], shown["Failed"], shown["Left out"]) == ("3", "1", "1", "1")
    assert (shown["Segments"], shown["Opted out within seven days"]) == (
        str(results["segments"]),
        str(results["opted_out"]),
    )
    assert "1: no consent to marketing" in page.text
    [row] = re.findall(r"Oktober completed .*?M (\d) (\d) (\d) (\d)", manager.page("/messages/campaigns").text)
    assert row == ("3", "2", "1", "1")


def test_form_holds_what_is_kept(app: Flask, shop: Shop) -> None:
    segment = {
        "levels": ["gold"],
        "is_member": True,
        "min_spent": 1250,
        "seen_since": "2026-01-01T08:30:00Z",
        "tags": ["ipa", "vip"],
        "bought_product_ids": [shop.products["IPA"]],
        "not_seen_for_days": 30,
    }
    campaign = draft(shop, segment=segment)

    page = desk(app, shop).page(f"{path(campaign)}/edit")

    fields = {str(attributes.get("name")): attributes for tag, attributes in page.tags if tag in ("input", "select")}
    ticked = {attributes["value"] for _, attributes in page.tags if "checked" in attributes}
    assert ticked == {"gold", shop.products["IPA"]}
    typed = {
        name: fields[f"segment.{name}"]["value"] for name in ("min_spent", "seen_since", "tags", "not_seen_for_days")
    }
    assert typed == {
        "min_spent": "12.50",
        "seen_since": "2026-01-01T00:30",
        "tags": "ipa, vip",
        "not_seen_for_days": "30",
    }
    assert {name.split(".")[1] for name in fields if name.startswith("segment.")} == set(Segment().fields)


def test_every_rule_of_a_segment_has_words() -> None:
    named = {"1": "House IPA"}
    kept = {"levels": ["gold"], "min_spent": 1250, "bought_product_ids": ["1", "2"], "seen_within_days": 30}

    assert set(words.RULES) == set(Segment().fields)
    assert dict(words.segment(kept, SAY, named)) == {
        "Level": "gold",
        "Spent at least": "$12.50",
        "Ordered within": "30 days before it begins",
        "Bought": "House IPA or something that is not there any more",
    }


def test_acts_are_those_of_the_life_cycle() -> None:
    by_hand = {"pause": "pause", "cancel": "cancel", "resume": "resume", "wait": "resume"}
    for status in CAMPAIGN_STATUSES:
        allowed = {by_hand[event] for state, event in CAMPAIGN_MOVES if state == status and event in by_hand}
        assert {verb for verb, *_ in words.acts(status)} == allowed


def test_campaigns_of_others_and_odd_addresses_are_refused(app: Flask, shop: Shop, other_shop: Shop) -> None:
    theirs, owner = path(draft(other_shop)), desk(app, shop)

    assert [owner.get(f"{theirs}{part}").status_code for part in ("", "/edit", "/preview", "/progress")] == [404] * 4
    assert owner.get("/messages/campaigns?status=gone").status_code == 422
    assert desk(app, shop, "manager").get("/messages/campaigns/new").status_code == 403


def test_form_offers_products_with_and_without_a_category(app: Flask, shop: Shop) -> None:
    category = done(shop.post("/categories", {"name": "Ales"}, as_="owner"), 201)["id"]
    for sku, facts in (("ALE", {"category_id": category}), ("MUG", {})):
        body = {"sku": sku, "name": f"A {sku}", "price": 500, "kind": "merch", "tax_class": "standard", **facts}
        done(shop.post("/products", body, as_="owner"), 201)

    form = desk(app, shop).page("/messages/campaigns/new")

    assert "Ales A ALE, ALE" in form.text
    assert "A MUG, MUG" in form.text.split("Without a category")[1].split("Bought something of")[0]
