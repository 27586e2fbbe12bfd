"""Guests of one table at the same button: there is one link that lives, and nobody sees an error."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from pos import clock
from pos.db import current_store, db
from pos.payments.models import PaymentLink
from tests.client import Shop
from tests.races.conftest import Web
from tests.races.test_races import new_phone
from tests.races.twins import TIMES, Looked, all_look_then_act, broken_rules
from tests.running import Answer, race, rows
from tests.web.stripe_side import path_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]

_LINKS = "SELECT status, tip FROM payment_links WHERE order_id = %s ORDER BY attempt"


@pytest.fixture
def order(web: Web, shop: Shop) -> dict[str, Any]:
    return shop.sell(phone=new_phone(7700))


def post(web: Web, path: str, **form: str) -> Answer:
    return web.client.open(path, method="POST", data=form, allow_redirects=False)


def test_race_for_the_pay_button_makes_one_link(web: Web, shop: Shop, books: Any, order: dict[str, Any]) -> None:
    answers = race([lambda: post(web, path_of(order, "p"))] * 20)

    assert Counter(answer.status_code for answer in answers) == {303: 20}
    assert rows(books, _LINKS, order["id"]) == [("creating", 0)]
    assert broken_rules(web.app, shop) == set()


def test_race_of_tips_leaves_one_of_them(web: Web, shop: Shop, books: Any, order: dict[str, Any]) -> None:
    tips = range(1, 9)

    answers = race([lambda tip=tip: post(web, path_of(order, rest="/tip"), tip=str(tip)) for tip in tips])

    assert Counter(answer.status_code for answer in answers) == {303: len(tips)}
    made = rows(books, _LINKS, order["id"])
    assert sorted(tip for _, tip in made) == [100 * tip for tip in tips]
    assert [status for status, _ in made] == ["canceled"] * (len(tips) - 1) + ["creating"]
    assert broken_rules(web.app, shop) == set()


def test_press_without_the_lock_is_an_error_for_all_but_one(committed: Flask, unguarded: Shop) -> None:
    order_id = UUID(unguarded.sell(phone=new_phone(7701))["id"])

    def look_then_ask(looked: Looked) -> bool:
        this = (PaymentLink.store_id == current_store(), PaymentLink.order_id == order_id)
        last = db.session.scalar(select(func.max(PaymentLink.attempt)).where(*this))
        looked()
        link = PaymentLink(
            order_id=order_id, attempt=(last or 0) + 1, amount=866, tip=0, currency="USD", status="creating"
        )
        link.request_key, link.expires_at = "twin", clock.now() + timedelta(hours=1)
        db.session.add(link)
        db.session.flush()
        return True

    outcomes = all_look_then_act(committed, unguarded, [look_then_ask] * TIMES)

    assert Counter(type(outcome) for outcome in outcomes) == {bool: 1, IntegrityError: TIMES - 1}
