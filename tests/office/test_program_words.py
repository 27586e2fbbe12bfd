"""Rules in sentences: one for each, though two promotions have a name in common or a product is gone."""

from typing import Any

from pos.loyalty import rules
from pos.web.office.loyalty.program_words import Change, Told
from pos.web.office.writing import Writing

TOLD = Told(Writing("USD", "America/Los_Angeles", "US"), {"a": "Stout"})
NIGHT: dict[str, Any] = {
    "name": "Night",
    "days": ["sun", "fri"],
    "starts": "22:00",
    "ends": "02:00",
    "multiplier": "2",
    "limit_per_day": 1,
    "from_on": "2026-12-01",
    "until_on": None,
}


def test_sentences_tell_each_rule() -> None:
    every_day = {**NIGHT, "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "limit_per_day": None}
    pieces = [{"product_id": "a", "points": 2}, {"product_id": "b", "points": 1}]
    kept = rules.built_in("USD") | {"promotions": [NIGHT, every_day], "birthday_points": 20, "joining_days": 0}
    kept["accrual"] |= {"products": pieces, "visit": {"points": 1, "minimum": 1000}}

    told = TOLD.sentences(kept)

    assert told["Spending"] == "1 point for each whole $1.00"
    assert told["Visit"] == "1 point for an order of $10.00 or more"
    assert told["Promotion Night"] == "× 2, Fri, Sun 22:00 to 02:00, at most 1 point more a day, from Dec 1, 2026"
    assert told["Promotion Night (2)"] == "× 2, every day 22:00 to 02:00, from Dec 1, 2026"
    assert (told["Each piece: Stout"], told["Each piece: what is no longer there"]) == ("2 points", "1 point")
    assert (told["Birthday"], told["Joining"]) == ("20 points", "brings nothing by itself")


def test_changes_tell_what_came_went_and_is_otherwise() -> None:
    before = rules.built_in("USD")
    after = before | {"levels": before["levels"][:3], "promotions": [NIGHT], "shortfall": "forgive"}

    changes = TOLD.changes(before, after)

    assert changes == [
        Change("Level platinum", "from 5,000 points on, × 2", None),
        Change("Spent points of what is paid back", "owed: the next points repay it", "forgiven"),
        Change("Promotion Night", None, TOLD.sentences(after)["Promotion Night"]),
    ]
    assert TOLD.changes(before, before) == []
