"""Customers in the office: a cashier sees there what the API shows a cashier, and no more."""

from flask import Flask

from tests import texting
from tests.care.test_numbers import ALICE, claim, member
from tests.checkout.counter import done
from tests.client import Shop
from tests.office.desk import desk


def test_cashier_sees_points_of_the_silent_once_they_are_confirmed(app: Flask, shop: Shop) -> None:
    # Given somebody with points of whom nothing was heard for a year
    alice = member(shop)
    at, story = desk(app, shop, "cashier"), f"/customers/{alice['id']}"
    tappass_id = alice["member"]["tappass_id"]

    # Then no page of theirs tells of the points, and each says what to do
    for path in (story, f"{story}/profile", f"{story}/care", "/customers?q=alice"):
        text = at.page(path).text
        assert tappass_id not in text, path
        assert "points are not shown" in text or "to be confirmed" in text, path
    assert "a gift" not in at.page(story).text
    assert "a gift" in desk(app, shop, "manager").page(story).text

    # When they have said who they are
    done(claim(shop, alice["id"], tappass_id=tappass_id))

    # Then all of it is shown
    shown = at.page(story).text
    assert tappass_id in shown
    assert "a gift" in shown
    assert "points are not shown" not in shown
    assert tappass_id in at.page("/customers?q=alice").text


def test_texts_are_told_to_managers_alone(app: Flask, shop: Shop) -> None:
    alice = member(shop, days=1)
    texting.text(shop, ALICE, "Do you have oat milk?")

    told = {
        role: "oat milk" in desk(app, shop, role).page(f"/customers/{alice['id']}").text
        for role in ("cashier", "manager")
    }

    assert told == {"cashier": False, "manager": True}
