"""What a cashier does with a manager's word: by PIN at the register, for two minutes."""

import time
from typing import Any

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from pos.staff.flows import PIN_TRIES
from pos.staff.identity import APPROVAL_HEADER, APPROVAL_SECONDS, USER_HEADER
from tests.checkout.counter import (
    add_round,
    approved,
    books,
    cancel,
    change_line,
    change_order,
    done,
    log_of,
    now,
    paid,
    refund,
    signed_in,
    void,
)
from tests.client import Shop
from tests.databases import PIN
from tests.refusals import slug_of
from tests.staff.signing_in import browser, change, second_register

ITEMS = [{"sku": "IPA", "quantity": 2}, {"sku": "PRETZEL", "quantity": 1}]
FRIEND = {"percent": 10, "reason": "friend"}
NO_ONE = (401, "approval-expired")


def ask(shop: Shop, person: str, pin: str = PIN, *, as_: str = "register") -> Any:
    return shop.post("/register/approvals", {"user_id": shop.people[person], "pin": pin}, as_=as_)


# --- the token ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_manager_approves_by_pin(shop: Shop, role: str) -> None:
    answer = done(ask(shop, role), 201)

    assert (answer["user_id"], answer["name"], answer["role"]) == (shop.people[role], role.title(), role)
    assert answer["expires_in"] == APPROVAL_SECONDS == 120
    assert answer["approval_token"]


def test_cashier_cannot_approve(shop: Shop) -> None:
    assert slug_of(ask(shop, "cashier")) == (403, "role-too-low")


def test_approval_is_given_at_a_register_only(shop: Shop) -> None:
    assert slug_of(ask(shop, "manager", as_="owner")) == (403, "register-token-required")


def test_wrong_pin_approves_nothing_and_counts_as_a_try(shop: Shop) -> None:
    tries = [slug_of(ask(shop, "manager", "0000")) for _ in range(PIN_TRIES)]

    assert tries == [(401, "wrong-pin")] * PIN_TRIES
    assert slug_of(ask(shop, "manager")) == (429, "too-many-tries")
    right = {"user_id": shop.people["manager"], "pin": PIN}
    assert slug_of(shop.post("/register/sign-in", right)) == (429, "too-many-tries")


def test_approval_ends_after_two_minutes(app: Flask, shop: Shop) -> None:
    fresh = approved(shop)[APPROVAL_HEADER]

    statuses = {
        age: shop.get("/me", headers={APPROVAL_HEADER: _aged(app, fresh, age)}).status_code
        for age in (0, APPROVAL_SECONDS - 10, APPROVAL_SECONDS + 1, 86400)
    }

    assert statuses == {0: 200, APPROVAL_SECONDS - 10: 200, APPROVAL_SECONDS + 1: 401, 86400: 401}


def test_approval_of_another_register_or_store_is_nobodys(shop: Shop, other_shop: Shop) -> None:
    window, token = second_register(shop), approved(shop)
    order = shop.sell(items=ITEMS)

    assert slug_of(refund(shop, order, as_=window, headers=token, amount=1)) == NO_ONE
    assert slug_of(other_shop.get("/me", headers=token)) == NO_ONE


@pytest.mark.parametrize("changes", [{"pin": "2580"}, {"pin": "4711"}, {"is_active": False}])
def test_approval_ends_with_a_new_pin_and_with_the_access(shop: Shop, changes: dict[str, Any]) -> None:
    token = approved(shop)

    assert change(shop, "manager", changes).status_code == 200

    assert slug_of(shop.get("/me", headers=token)) == NO_ONE


def test_approval_of_who_is_no_manager_any_more_approves_nothing(shop: Shop) -> None:
    order, token = shop.sell(items=ITEMS), approved(shop)

    change(shop, "manager", {"role": "cashier"})

    assert slug_of(void(shop, order, "PRETZEL", token)) == (403, "approval-required")


def test_tokens_of_signing_in_and_of_approving_do_not_stand_for_each_other(shop: Shop) -> None:
    signed, approval = signed_in(shop, "manager")[USER_HEADER], approved(shop)[APPROVAL_HEADER]

    assert slug_of(shop.get("/me", headers={USER_HEADER: approval})) == (401, "user-token-expired")
    assert slug_of(shop.get("/me", headers={APPROVAL_HEADER: signed})) == NO_ONE


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "."])
def test_forged_approval_is_refused(shop: Shop, token: str) -> None:
    assert slug_of(shop.get("/me", headers={APPROVAL_HEADER: token})) == NO_ONE


def test_approval_gives_its_bearer_no_role(shop: Shop) -> None:
    """It is a word for what the counter asks a manager for, not a way into the office."""
    token = approved(shop, "owner")

    assert shop.get("/me", headers=token).json["role"] == "cashier"
    assert slug_of(shop.post("/categories", {"name": "Cans"}, headers=token)) == (403, "role-too-low")
    assert slug_of(shop.get("/attention-items", headers=token)) == (403, "role-too-low")


# --- what it is for, and what is kept of it -------------------------------------------------------------------


def test_act_of_a_cashier_names_both_in_the_audit_log(shop: Shop) -> None:
    """Who acted is the cashier who is signed in; who answers for it is the manager."""
    cashier, manager = f"user:{shop.people['cashier']}", f"user:{shop.people['manager']}"
    headers = {**signed_in(shop, "cashier"), **approved(shop)}
    order = shop.sell(items=ITEMS)
    subject, pretzel = f"orders:{order['id']}", order["lines"][1]["id"]

    order = done(change_order(shop, order, headers, discount=FRIEND))
    order = done(change_line(shop, order, "IPA", headers, discount={"comp": True, "reason": "flat"}))
    order = done(void(shop, order, "PRETZEL", headers, reason="burnt"))
    order = done(add_round(shop, order, {"sku": "WATER", "quantity": 3}), 201)
    order = done(change_line(shop, order, "WATER", headers, quantity=1, reason="two too many"))
    order = paid(shop, order)
    done(refund(shop, order, as_="register", headers=headers, amount=50, reason="slow"), 201)
    done(cancel(shop, order, headers, refund=True, reason="left"))

    assert log_of(shop, "order.manual_discount") == [
        (cashier, subject, {"off": 205, "reason": "friend", "authorised_by": manager})
    ]
    assert log_of(shop, "order.comp_discount") == [
        (
            cashier,
            subject,
            {"off": 1600, "reason": "flat", "authorised_by": manager, "line_id": order["lines"][0]["id"]},
        )
    ]
    assert log_of(shop, "order.void_line") == [
        (cashier, subject, {"line_id": pretzel, "quantity": 1, "reason": "burnt", "authorised_by": manager}),
        (
            cashier,
            subject,
            {
                "line_id": order["lines"][1]["id"],
                "quantity": 2,
                "reason": "two too many",
                "authorised_by": manager,
            },
        ),
    ]
    assert log_of(shop, "order.refund") == [
        (cashier, subject, {"amount": 50, "reason": "slow", "authorised_by": manager, "restock": False})
    ]
    assert log_of(shop, "order.cancel") == [
        (cashier, subject, {"reason": "left", "refunded": 129, "authorised_by": manager})
    ]
    assert books(shop) == []


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"discount": FRIEND}, "order.manual_discount"),
        ({"discount": {"comp": True, "reason": "friend"}}, "order.comp_discount"),
        (
            {"items": [{"sku": "IPA", "quantity": 1, "discount": {"amount": 1, "reason": "friend"}}]},
            "order.manual_discount",
        ),
    ],
    ids=str,
)
def test_sale_with_a_discount_by_hand_needs_a_manager(shop: Shop, changes: dict[str, Any], action: str) -> None:
    refused = shop.post("/orders", shop.order(**changes))
    by_approval = shop.post("/orders", shop.order(**changes), headers=approved(shop))
    by_manager = shop.post("/orders", shop.order(**changes), headers=signed_in(shop, "manager"))

    assert slug_of(refused) == (403, "approval-required")
    assert [by_approval.status_code, by_manager.status_code] == [201, 201]
    manager = f"user:{shop.people['manager']}"
    log = log_of(shop, action)
    assert [actor for actor, _, _ in log] == [f"register:{shop.register_id}", manager]
    assert {(after["reason"], after["authorised_by"]) for _, _, after in log} == {("friend", manager)}
    assert books(shop) == []


def test_round_with_a_discount_needs_a_manager(shop: Shop) -> None:
    order = shop.sell()
    item = {"sku": "IPA", "quantity": 1, "discount": {"percent": 50, "reason": "friend"}}

    refused = add_round(shop, order, item)
    given = done(add_round(shop, order, item, headers=approved(shop)), 201)

    assert slug_of(refused) == (403, "approval-required")
    assert given["discount"] == 400
    assert log_of(shop, "order.manual_discount")[0][2]["reason"] == "friend"


def test_manager_in_the_office_answers_for_the_act_alone(app: Flask, shop: Shop) -> None:
    order = shop.sell(items=ITEMS)
    office = browser(app, shop, "manager")

    answer = office.request(
        "DELETE",
        f"/orders/{order['id']}/lines/{order['lines'][0]['id']}",
        as_="nobody",
        headers={**office.extra, "If-Match": f'"{order["version"]}"'},
        json={"reason": "spilt"},
    )

    assert answer.status_code == 200
    [(actor, _, after)] = log_of(shop, "order.void_line")
    assert actor == after["authorised_by"] == f"user:{shop.people['manager']}"


def test_refused_act_leaves_no_word_in_the_audit_log(shop: Shop) -> None:
    order = shop.sell(items=ITEMS)

    assert slug_of(refund(shop, order, as_="register", headers=approved(shop), amount=1))[0] == 422

    assert log_of(shop, "order.refund") == []
    assert now(shop, order) == order


def _aged(app: Flask, token: str, seconds: int) -> str:
    """The same token, as it would be if it had been made so many seconds ago."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - seconds

    payload = URLSafeTimedSerializer(str(app.secret_key), salt=APPROVAL_HEADER).loads(token)
    return str(URLSafeTimedSerializer(str(app.secret_key), salt=APPROVAL_HEADER, signer=Then).dumps(payload))
