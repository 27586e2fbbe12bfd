"""Payers, clerks and repeated requests at the same moment: real commits, real threads."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from pos.payments.gateway import Declined, Down, Gateway, StripeFailure
from tests.running import race
from tests.sandbox.conftest import link_params

TIMES = 6


def gateway_of(app: Flask) -> Gateway:
    gateway: Gateway = app.extensions["stripe"]
    return gateway


def truth(app: Flask) -> Any:
    return app.test_client().get("/_sandbox/stripe/truth.json").json


def attempted(call: Callable[[], Any]) -> Callable[[], Any]:
    """The call with a failure as its result."""

    def attempt() -> Any:
        try:
            return call()
        except StripeFailure as failure:
            return failure

    return attempt


def paid(app: Flask) -> str:
    link = gateway_of(app).create_link(link_params(), account=None, key="link")
    app.test_client().post(f"/_sandbox/pay/{link['id']}", data={"outcome": "pay"})
    return str(truth(app)["payments"]["list"][0]["id"])


def test_one_key_makes_one_link(committed: Flask) -> None:
    gateway = gateway_of(committed)

    made = race([attempted(lambda: gateway.create_link(link_params(), account=None, key="k"))] * TIMES)

    links = {each["id"] for each in made if not isinstance(each, StripeFailure)}
    assert len(links) == 1
    assert truth(committed)["links"]["by_link_id"] == {"L1": list(links)}
    # Who came while it was in hand was told to come again, unless the SDK's own second try found it done.
    assert {type(each) for each in made if isinstance(each, StripeFailure)} <= {Down}


def test_no_more_is_refunded_than_was_paid(committed: Flask) -> None:
    intent, gateway = paid(committed), gateway_of(committed)
    asked = {"payment_intent": intent, "amount": 300}

    made = race(
        [
            attempted(lambda number=number: gateway.create_refund(asked, account=None, key=f"r{number}"))  # type: ignore[misc]
            for number in range(TIMES)
        ]
    )

    assert sum(isinstance(each, Declined) for each in made) == TIMES - 2
    assert truth(committed)["refunds"]["amount"] == 600


def test_link_is_paid_once_by_those_who_come_at_once(committed: Flask) -> None:
    link = gateway_of(committed).create_link(link_params(), account=None, key="k")

    def pay() -> int:
        return committed.test_client().post(f"/_sandbox/pay/{link['id']}", data={"outcome": "pay"}).status_code

    assert sorted(race([pay] * TIMES)) == [303] + [410] * (TIMES - 1)
    assert truth(committed)["payments"]["count"] == 1


def test_sessions_that_were_open_before_are_all_paid(committed: Flask) -> None:
    """As with Stripe: the limit keeps newcomers out, not those who were in."""
    link = gateway_of(committed).create_link(link_params(), account=None, key="k")
    for _ in range(3):
        committed.test_client().get(f"/_sandbox/pay/{link['id']}")
    sessions = truth(committed)["sessions"]["open"]

    def pay(session: str) -> int:
        sent = {"outcome": "pay", "session": session}
        return committed.test_client().post(f"/_sandbox/pay/{link['id']}", data=sent).status_code

    assert race([lambda each=each: pay(each) for each in sessions]) == [303] * 3  # type: ignore[misc]
    assert truth(committed)["payments"]["count"] == 3
    found = committed.extensions["stripe"].deactivate_link(link["id"], account=None)
    assert found["restrictions"]["completed_sessions"] == {"count": 3, "limit": 1}
