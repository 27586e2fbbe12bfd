"""POINTS: what is said is what GET /members shows."""

from flask import Flask

from tests.assistant.asking import NOBODY, WHO, asks, rows, said
from tests.checkout.counter import done, refund
from tests.client import Shop
from tests.house_rules.test_statements import recorded
from tests.loyalty.members import BY_SPEND, CARD, LEVELS, adjust, joined, member, program, reward
from tests.loyalty.test_expired import expire


def test_points_say_what_the_api_shows(shop: Shop) -> None:
    # given
    joined(shop, points=1_200)
    for name, points, is_active in (
        ("Free pint", 100, True),
        ("Growler", 1_150, True),
        ("Tee", 3_000, True),
        ("Mug", 1_201, False),
    ):
        made = reward(shop, points, name=name)
        if not is_active:
            withdraw(shop, made)
    # when
    answer, shown = asks(shop, "POINTS"), member(shop)
    # then
    found = rows(answer)
    assert (found["balance"], found["level"]) == (shown["balance"], shown["level"])
    assert found["next_level"]["missing"] == shown["next_level"]["points_needed"]
    assert found["next_expiry"]["points"] == shown["next_expiry"]["points"] == 1_200
    assert (answer.intent, answer.language) == ("points", "en")
    assert str(answer.body).startswith(
        "Hops: You have 1,200 points, level Bronze. Enough for Growler (1,150). 1,800 points to go for Tee (3,000). "
        "500 points to go to level Silver. 1,200 points expire after "
    )


def test_points_of_a_member_are_one_statement(shop: Shop) -> None:
    joined(shop, points=120)

    with recorded() as statements:
        said(shop, "points")

    # Besides the one by which the test finds who asks.
    asked = {each for each in statements if each.lstrip().startswith(("SELECT", "WITH"))}
    assert len(asked - {WHO}) == 1


def test_points_are_said_in_spanish(shop: Shop) -> None:
    joined(shop, points=120)
    reward(shop, 300, name="Camiseta")

    text = said(shop, "PUNTOS")

    assert text.startswith(
        "Tiene 120 puntos, nivel Bronze. Le faltan 180 puntos para Camiseta (300). Le faltan 500 puntos para el nivel Silver. 120 puntos "
    )
    assert said(shop, "SALDO") == text


def test_one_point_is_a_point(shop: Shop) -> None:
    joined(shop, points=1)
    program(shop, expiry_months=None)

    assert said(shop, "BALANCE").startswith("You have 1 point, level Bronze.")


def test_points_that_are_due_are_gone(app: Flask, shop: Shop) -> None:
    # given
    joined(shop, points=120)
    # when
    expire(shop, is_swept=False)
    # then
    assert rows(asks(shop, "points"))["balance"] == member(shop)["balance"] == 0
    assert rows(asks(shop, "points"))["next_expiry"] is None


def test_points_that_are_owed_are_explained(shop: Shop) -> None:
    # given
    order = shop.sell(join=True, **CARD)
    adjust(shop, member(shop), -member(shop)["balance"])
    # when
    done(refund(shop, order, amount=order["total"]), 201)
    # then
    assert member(shop)["balance"] == -8
    assert said(shop, "points").startswith("Your balance is -8 points, since an order was paid back.")


def test_points_name_no_level_above_the_highest(shop: Shop) -> None:
    program(shop, accrual=BY_SPEND, levels=LEVELS, expiry_months=None)
    joined(shop, points=10)

    assert said(shop, "points") == "You have 10 points, level Bronze."


def test_who_is_no_member_is_told_what_joining_would_count(shop: Shop) -> None:
    # given: two that count, and one that was not paid
    shop.sell(**CARD)
    assert said(shop, "points") == (
        "You are not a TapPass member yet. Reply JOIN, and your orders bring points. 1 order of the last 30 days counts at once."
    )
    shop.sell(**CARD)
    shop.sell()
    # when
    answer = asks(shop, "puntos")
    # then
    assert str(answer.body).endswith("2 pedidos de los ultimos 30 dias cuentan enseguida.")
    assert rows(answer) == {"orders": 2, "days": 30}


def test_a_number_that_is_nobodys_is_told_how_to_join(shop: Shop) -> None:
    joined(shop, points=50)

    answer = asks(shop, "POINTS", NOBODY)

    assert answer.body == (
        "Hops: This number is not known here. Reply JOIN to become a TapPass member and collect points with your orders."
    )
    assert answer.facts == []


def withdraw(shop: Shop, reward_id: str) -> None:
    version = next(
        each["version"] for each in shop.get("/rewards", as_="owner").json["data"] if each["id"] == reward_id
    )
    done(shop.patch(f"/rewards/{reward_id}", {"is_active": False}, version=version))
