"""POINTS: what is said is what GET /members shows."""

from pos.assistant.answers import reply  # noqa: F401
from tests.assistant.asking import asks, rows
from tests.client import Shop
from tests.loyalty.members import joined, member, reward


def test_points_say_what_the_api_shows(shop: Shop) -> None:
    # given
    joined(shop, points=120)
    reward(shop, 100, name="Free pint")
    reward(shop, 300, name="Tee")
    # when
    answer = asks(shop, "POINTS")
    # then
    print(answer)
    shown = member(shop)
    assert rows(answer)["balance"] == shown["balance"] == 120
    print(asks(shop, "puntos"))
    for w in ("ORDERS","STATUS","PAY","JOIN","REWARDS","HOURS","MENU","ESPAÑOL","ENGLISH", "PEDIDOS","ESTADO","PAGAR","UNIRME","PREMIOS","HORARIO","MENÚ","pionts", "how do I join?", "my points please"):
        print(w, asks(shop, w).body, '|', asks(shop, w, "+14155550199").body)
