"""REWARDS and MENU: what can be had, for points and for money; anybody may ask."""

from tests.assistant.asking import NOBODY, asks, rows, said
from tests.checkout.counter import done
from tests.client import Shop
from tests.loyalty.members import joined, reward


def test_rewards_in_reach_come_first(shop: Shop) -> None:
    # given
    joined(shop, points=120)
    for name, points in (("Growler", 1_150), ("Free pint", 100), ("Sticker", 20)):
        reward(shop, points, name=name)
    # when
    answer = asks(shop, "REWARDS")
    # then
    assert answer.body == (
        "Hops: You have 120 points. Sticker: 20 points, you have enough. Free pint: 100 points, you have enough. Growler: 1,150 points."
    )
    assert rows(answer)["balance"] == 120
    assert said(shop, "PREMIOS") == (
        "Tiene 120 puntos. Sticker: 20 puntos, le alcanza. Free pint: 100 puntos, le alcanza. Growler: 1,150 puntos."
    )


def test_rewards_are_public(shop: Shop) -> None:
    joined(shop, points=120)
    reward(shop, 100, name="Free pint")

    assert said(shop, "rewards", NOBODY) == "What points buy. Free pint: 100 points. Reply JOIN to collect points."
    assert (
        said(shop, "premios", NOBODY)
        == "Premios por puntos. Free pint: 100 puntos. Responda UNIRME para juntar puntos."
    )


def test_rewards_may_be_none(shop: Shop) -> None:
    assert said(shop, "rewards") == "There are no rewards at the moment."
    assert said(shop, "premios") == "No hay premios por el momento."


def test_rewards_that_do_not_fit_are_left_out(shop: Shop) -> None:
    for number in range(20):
        reward(shop, 10_000 + number, name=f"{number} of the longest names that anybody ever gave a reward")

    body = asks(shop, "rewards").body

    assert body is not None
    assert body.count("points.") > 3
    assert "anybody ever" not in body


def test_menu_shows_what_has_a_price_and_is_there(shop: Shop) -> None:
    # given
    shelf = done(shop.post("/categories", {"name": "Kitchen"}, as_="owner"), 201)["id"]
    for sku, more in (
        ("STEW", {}),
        ("SOUP", {"sale_price": 350}),
        ("GONE", {"stock_quantity": 0}),
        ("TIP", {"is_open_price": True}),
    ):
        product = {
            "sku": sku,
            "name": sku.title(),
            "kind": "food",
            "price": 500,
            "tax_class": "none",
            "category_id": shelf,
        }
        done(shop.post("/products", product | more, as_="owner"), 201)
    # when
    answer = asks(shop, "MENU", NOBODY)
    # then
    assert answer.body == (
        "Hops: Everything: House IPA 8.00 USD. Pretzel 4.50 USD. Tee 25.00 USD. Water 1.99 USD. "
        "Kitchen: Soup 3.50 USD. Stew 5.00 USD."
    )
    assert asks(shop, "MENÚ", NOBODY).body == answer.body


def test_menu_may_be_empty(shop: Shop) -> None:
    for product in done(shop.get("/products", as_="owner"))["data"]:
        changed = shop.patch(f"/products/{product['id']}", {"status": "inactive"}, version=product["version"])
        assert changed.status_code == 200

    assert said(shop, "menu") == "There is no menu here yet. Please ask at the counter."
