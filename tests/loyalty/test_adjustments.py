"""Points by hand: who may, how many, and once."""

from tests.checkout.counter import approved, books, done, log_of, signed_in
from tests.client import Shop
from tests.loyalty.members import adjust, balance, joined, member, problem, said


def test_adjust_needs_a_manager(shop: Shop) -> None:
    known = joined(shop)

    refused = adjust(shop, known, 10, as_="register")
    by_cashier = adjust(shop, known, 10, as_="register", headers=signed_in(shop, "cashier"))

    assert problem(refused) == problem(by_cashier) == (403, "approval-required")
    assert balance(shop) == 0


def test_adjust_is_approved_by_pin_or_done_by_a_manager(shop: Shop) -> None:
    known = joined(shop)

    by_pin = adjust(shop, known, 10, as_="register", headers=approved(shop))
    by_manager = adjust(shop, known, 10, as_="register", headers=signed_in(shop, "manager"))

    assert (done(by_pin, 201)["balance"], done(by_manager, 201)["balance"]) == (10, 20)
    acts = [after for *_, after in log_of(shop, "member.adjust")]
    assert [act["points"] for act in acts] == [10, 10]
    assert {act["authorised_by"] for act in acts} == {f"user:{shop.people['manager']}"}
    assert said(shop, known) == [(10, "Adjusted: a gift")] * 2


def test_adjust_takes_no_more_than_there_is(shop: Shop) -> None:
    known = joined(shop, points=10)

    refused = adjust(shop, known, -11)
    taken = adjust(shop, known, -10)

    assert problem(refused) == (422, "insufficient-points")
    assert "1 are missing" in refused.json["detail"]
    assert done(taken, 201)["balance"] == 0
    assert books(shop) == []


def test_adjust_must_move_something_and_say_why(shop: Shop) -> None:
    known = joined(shop)

    assert adjust(shop, known, 0).status_code == 422
    assert adjust(shop, known, 5, reason="").status_code == 422


def test_adjust_is_repeated_by_its_key(shop: Shop) -> None:
    known = joined(shop)

    first, again = (adjust(shop, known, 10, key="one-and-the-same") for _ in range(2))

    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json == again.json
    assert member(shop)["balance"] == 10
