"""Merging by the API: what becomes of two rows, and how they become two again."""

import pytest

from tests.care.people import ADA, BOB, CARD, CLEO, change, column, known, look_up, merge, merged, undo, undone
from tests.checkout.counter import books, done, paid, refund
from tests.client import Shop, new_key
from tests.loyalty.members import balance, joined, problem


def test_number_of_either_finds_the_one_person(shop: Shop) -> None:
    # Given two members who have bought
    ada, bob = known(shop, ADA, name="Ada", **CARD), known(shop, BOB, name="Bob", **CARD)
    joined(shop, ADA, 10)
    tappass_id = joined(shop, BOB, 20)["tappass_id"]

    # When they are found to be one person, who buys again by the second number
    made = merged(shop, ada, bob)
    order = shop.sell(phone=BOB, name="Robert", **CARD)

    # Then every way leads to the one that was kept, with all points and orders
    assert order["customer"] | {"created": False, "member": None} == order["customer"] | {"member": None}
    assert (order["customer"]["id"], order["customer"]["name"], order["customer"]["order_count"]) == (ada, "Ada", 3)
    assert look_up(shop, BOB) == look_up(shop, ADA) == done(shop.get(f"/customers/{bob}", as_="owner"))
    assert look_up(shop, ADA)["merged_ids"] == [bob]
    assert balance(shop, BOB) == done(shop.get(f"/members/{tappass_id}"))["balance"] == 10 + 20 + 3 * 8
    assert len(done(shop.get(f"/customers/{bob}/orders"))["data"]) == 3
    assert len(done(shop.get("/orders", query_string={"customer_id": bob}))["data"]) == 3
    assert made["moved"] == {
        "orders": 1, "points": 28, "messages": 1, "fields": [], "stricter_consents": [], "has_joined": False,
    }  # fmt: skip
    assert books(shop) == []


def test_undo_restores_both_but_for_what_came_since(shop: Shop) -> None:
    # Given two rows that differ in all that a row can hold, made one with the duplicate's name and number
    ada, bob = known(shop, ADA, name="Ada", **CARD), known(shop, BOB, name="Bob", marketing_consent=True, **CARD)
    joined(shop, ADA, 10)
    joined(shop, BOB, 20)
    change(shop, ada, email="ada@example.com", profile={"tags": ["vip"], "notes": "likes stout", "city": "Oakland"})
    change(shop, bob, profile={"tags": ["new"], "medical_conditions": "nuts", "date_of_birth": "1990-02-03"})
    answer = shop.post(f"/customers/{ada}/consents", {"purpose": "marketing", "granted": False})
    assert answer.status_code == 201
    before = look_up(shop, ADA), look_up(shop, BOB)
    made = merged(shop, ada, bob, name="duplicate", phone="duplicate")
    one = look_up(shop, ADA)
    assert (one["id"], one["phone"], one["name"], one["marketing_consent"]) == (ada, BOB, "Bob", False)
    assert one["profile"]["tags"] == ["vip", "new"]
    assert one["profile"]["medical_conditions"] == "nuts"
    assert (one["email"], one["profile"]["date_of_birth"]) == ("ada@example.com", "1990-02-03")

    # When something is bought, a field edited, and the merge undone
    shop.sell(phone=ADA, **CARD)
    change(shop, ada, profile={"tags": ["regular"]})
    answer = undone(shop, made)

    # Then each has what it had; the order and what was edited stay with who was kept
    came = {"order_count": 2, "total_spent": 2 * before[0]["total_spent"]}
    now = look_up(shop, ADA), look_up(shop, BOB)
    assert _lasting(now[0]) == _lasting(before[0]) | came | {
        "profile": before[0]["profile"] | {"tags": ["regular"]},
        "member": before[0]["member"] | {"balance": before[0]["member"]["balance"] + 8},
    }
    assert _lasting(now[1]) == _lasting(before[1])
    assert answer["stayed"] == {"orders": 0, "points": 0, "fields": ["tags"], "consents": [], "has_joined": False}
    assert problem(undo(shop, made)) == (409, "undone-already")
    assert books(shop) == []


def _lasting(person: dict) -> dict:
    return {name: value for name, value in person.items() if name not in ("version", "last_order_at")}


def test_preview_names_what_differs_and_what_would_move(shop: Shop) -> None:
    # Given a customer and a member, who waits for a text
    ada, bob = known(shop, ADA, name="Ada"), known(shop, BOB, name="Bob", join=True, **CARD)
    change(shop, bob, profile={"tags": ["new"], "city": "Oakland"})
    shop.post(f"/customers/{bob}/consents", {"purpose": "sms", "granted": False})

    # When it is asked what merging would do
    seen = done(shop.get(f"/customers/{ada}/merge-preview", as_="owner", query_string={"duplicate_id": bob}))

    # Then nothing has changed, and only what both know otherwise is a conflict
    assert [each["field"] for each in seen["conflicts"]] == ["phone", "name"]
    assert seen["conflicts"][1] == {"field": "name", "kept": "Ada", "duplicate": "Bob", "default": "kept"}
    assert seen["united"]["tags"] == ["new"]
    assert seen["moves"] == {
        "orders": 1, "points": 8, "messages": 1, "joins": True, "stricter_consents": ["sms"], "phones": [ADA, BOB],
    }  # fmt: skip
    assert look_up(shop, BOB)["id"] == bob


@pytest.mark.parametrize("member", [ADA, BOB])
def test_merge_with_a_member_counts_the_orders_as_joining_does(shop: Shop, member: str) -> None:
    # Given a member and somebody who is none, each with a paid order
    ada, bob = known(shop, ADA, **CARD), known(shop, BOB, **CARD)
    joined(shop, member)

    # When they become one, and two again
    made = merged(shop, ada, bob)
    together = balance(shop, ADA)
    stayed = undone(shop, made)["stayed"]

    # Then both orders have brought their points, and each keeps its own's; who has joined by it stays a member
    assert together == 16
    assert balance(shop, ADA) == 8
    assert (look_up(shop, BOB)["member"] is None) == (member == ADA)
    assert stayed["has_joined"] == (member == BOB)
    assert books(shop) == []


def test_merges_are_undone_from_the_last_to_the_first(shop: Shop) -> None:
    # Given three rows of one person: the first was merged into the second, and that into the third
    ada, bob, cleo = (known(shop, phone, join=True, **CARD) for phone in (ADA, BOB, CLEO))
    first = merged(shop, bob, ada)
    second = merged(shop, cleo, bob)
    assert look_up(shop, ADA)["id"] == cleo
    assert balance(shop, ADA) == 24

    # When they are undone, the first one too early
    early = undo(shop, first)
    undone(shop, second)
    between = look_up(shop, ADA)["id"], balance(shop, ADA)
    undone(shop, first)

    # Then the answer says which comes first, and each step restores what was before it
    assert problem(early) == (409, "undo-another-first")
    assert second["id"] in early.json["detail"]
    assert between == (bob, 16)
    assert [look_up(shop, phone)["id"] for phone in (ADA, BOB, CLEO)] == [ada, bob, cleo]
    assert [balance(shop, phone) for phone in (ADA, BOB, CLEO)] == [8, 8, 8]
    assert len(done(shop.get(f"/customers/{bob}/merges", as_="owner"))["data"]) == 2
    assert books(shop) == []


def test_merge_refuses_what_is_no_two_persons(shop: Shop) -> None:
    ada, bob, cleo = (known(shop, phone) for phone in (ADA, BOB, CLEO))
    walk_in = shop.sell(phone=None, walk_in=True)["customer"]["id"]
    merged(shop, ada, bob)

    assert problem(merge(shop, cleo, cleo)) == (422, "merge-with-itself")
    assert problem(merge(shop, cleo, walk_in)) == (422, "walk-in-cannot-merge")
    assert problem(merge(shop, cleo, bob)) == (409, "merged-already")
    assert problem(merge(shop, bob, cleo)) == (409, "merged-already")
    assert problem(shop.post(f"/customers/{ada}/merge", {"duplicate_id": cleo})) == (403, "role-too-low")


def test_merge_with_the_same_key_is_done_once(shop: Shop) -> None:
    ada, bob, key = known(shop, ADA), known(shop, BOB), new_key()

    answers = [shop.post(f"/customers/{ada}/merge", {"duplicate_id": bob}, as_="owner", key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert column(shop, "SELECT count(*) FROM merges WHERE store_id = :store") == [1]


@pytest.mark.parametrize("owes", [ADA, BOB])
def test_debt_of_either_is_repaid_together_and_owed_again_apart(shop: Shop, owes: str) -> None:
    # Given a member who owes points, and one who has some
    ada, bob = known(shop, ADA), known(shop, BOB)
    joined(shop, ADA)
    joined(shop, BOB)
    order = shop.sell(phone=owes, **CARD)
    member = order["customer"]["member"]["id"]
    done(shop.post(f"/members/{member}/adjustments", {"points": -8, "reason": "spent"}, as_="owner"), 201)
    refund(shop, order, amount=order["total"])
    joined(shop, BOB if owes == ADA else ADA, 30)
    before = balance(shop, ADA), balance(shop, BOB)

    # When they become one, spend, and are two again
    made = merged(shop, ada, bob)
    together = balance(shop, ADA)
    done(shop.post(f"/members/{member}/adjustments", {"points": -4, "reason": "spent"}, as_="owner"), 201)
    undone(shop, made)

    # Then the debt is the one's again, and what was spent is missing of what there is
    assert sorted(before) == [-8, 30]
    assert together == 22
    assert sorted([balance(shop, ADA), balance(shop, BOB)]) == [-8, 26]
    assert books(shop) == []


def test_money_back_while_they_were_one_stays_with_its_order(shop: Shop) -> None:
    # Given two members, of whom the second has an unpaid order and a paid one
    ada, bob = known(shop, ADA, join=True), known(shop, BOB, join=True, **CARD)
    tab, bought = shop.sell(phone=BOB), shop.sell(phone=BOB, **CARD)
    made = merged(shop, ada, bob)

    # When the one is paid and the other paid back while they are one person
    paid(shop, tab, "card")
    refund(shop, bought, amount=bought["total"])
    together = balance(shop, ADA)
    undone(shop, made)

    # Then the points of both are the second one's, as if nothing had been, and so they are at the next refund
    assert together == 16
    assert (balance(shop, ADA), balance(shop, BOB)) == (0, 16)
    refund(shop, tab, amount=tab["total"])
    assert (balance(shop, ADA), balance(shop, BOB)) == (0, 8)
    assert books(shop) == []


def test_undo_gives_a_number_to_no_wrong_person(shop: Shop) -> None:
    # Given a number that was taken from somebody by mistake, whom a merge gave it back; and two who exchanged theirs by a merge
    ada = known(shop, ADA, name="Ada")
    again = done(shop.post(f"/customers/{ada}/not-this-person", {"name": "Ada"}), 201)["id"]
    filled = merged(shop, ada, again)
    cleo, bob = known(shop, CLEO), known(shop, BOB)
    exchanged = merged(shop, cleo, bob, phone="duplicate")
    one = look_up(shop, ADA)["id"], look_up(shop, CLEO)["phone"]

    # When the one in use is changed, and both are undone
    done(shop.post(f"/customers/{cleo}/phone", {"phone": "+14155550144"}, as_="owner"))
    stayed = [undone(shop, each)["stayed"]["fields"] for each in (filled, exchanged)]

    # Then each has what was their own, or nothing
    assert one == (ada, BOB)
    assert stayed == [[], ["phone"]]
    phones = [done(shop.get(f"/customers/{each}", as_="owner"))["phone"] for each in (ada, again, cleo, bob)]
    assert phones == [None, ADA, CLEO, None]
    assert books(shop) == []


def test_points_of_an_order_that_moved_on_are_missing_where_they_came_from(shop: Shop) -> None:
    # Given two members of whom the second has bought, made one
    ada, bob = known(shop, ADA, name="Ada", join=True), known(shop, BOB, join=True)
    order = shop.sell(phone=BOB, **CARD)
    made = merged(shop, ada, bob)
    sealed = column(shop, "SELECT before_sealed IS NOT NULL FROM merges WHERE store_id = :store")

    # When that order turns out to be a third one's, and the merge is undone
    headers = {"If-Match": "*"}
    done(shop.request("PATCH", f"/orders/{order['id']}", headers=headers, as_="owner", json={"phone": CLEO}))
    undone(shop, made)

    # Then neither has earned anything, nor owes any, and nothing is kept of how they were
    members = [look_up(shop, phone)["member"]["id"] for phone in (ADA, BOB)]
    figures = [done(shop.get(f"/members/{each}", as_="owner")) for each in members]
    assert [(each["balance"], each["lifetime_points"], each["level_points"]) for each in figures] == [(0, 0, 0)] * 2
    assert (sealed, column(shop, "SELECT before_sealed FROM merges WHERE store_id = :store")) == ([True], [None])
    assert books(shop) == []
