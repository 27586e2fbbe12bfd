"""What a text costs the sale that wants it: one statement, sent along with others; and nothing where nobody can be texted."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from pos.db import transaction
from pos.messaging import outbox
from soak.product import rows
from tests.checkout.counter import books, paid
from tests.client import Shop

WRITES = "INSERT INTO messages"
_LEFT = """
    SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'messaging.deliver')
"""


@pytest.fixture
def selling(committed: Flask, shops: list[dict[str, Any]]) -> Shop:
    return Shop(committed.test_client(), **shops[0])


def test_receipt_is_one_statement_of_the_sale_and_no_message_of_its_own(
    selling: Shop, sent: list[str], superuser: Any
) -> None:
    order = selling.sell(phone="+14155550132")
    sent.clear()

    paid(selling, order)

    # It stands in one message, behind or before other statements of the sale
    [with_it] = [message for message in sent if WRITES in message]
    assert with_it.count(WRITES) == 1
    others = [each for each in with_it.split(";") if each.strip() and WRITES not in each]
    assert others
    assert rows(superuser, _LEFT) == [(1, 1)]
    assert books(selling) == []


def test_walk_in_and_store_that_cannot_text_write_nothing(selling: Shop, superuser: Any) -> None:
    paid(selling, selling.sell(walk_in=True, phone=None))
    rows(superuser, "UPDATE stores SET sms_number = NULL")
    paid(selling, selling.sell(phone="+14155550132"))
    assert rows(superuser, _LEFT) == [(0, 0)]

    # And where receipts are switched off
    rows(superuser, "UPDATE stores SET sms_number = '+14155550100' WHERE slug = 'hops'")
    off = """UPDATE stores SET settings = settings || '{"messaging": {"receipts": false}}'"""
    rows(superuser, off)
    paid(selling, selling.sell(phone="+14155550132"))
    assert rows(superuser, _LEFT) == [(0, 0)]

    rows(superuser, "UPDATE stores SET settings = settings - 'messaging'")
    paid(selling, selling.sell(phone="+14155550132"))
    assert rows(superuser, _LEFT) == [(1, 1)]


def test_sale_that_is_rolled_back_leaves_neither_text_nor_job(committed: Flask, selling: Shop, superuser: Any) -> None:
    customer = UUID(selling.sell(phone="+14155550132")["customer"]["id"])

    def want_then_fail() -> None:
        with transaction(UUID(selling.store_id), actor="test"):
            outbox.want("receipt", customer, cause="receipt:1")
            raise KeyError

    with committed.app_context():
        with pytest.raises(KeyError):
            want_then_fail()
        assert rows(superuser, _LEFT) == [(0, 0)]

        # The same, wanted twice and committed, is there once
        for _ in range(2):
            with transaction(UUID(selling.store_id), actor="test"):
                outbox.want("receipt", customer, cause="receipt:1")
    assert rows(superuser, _LEFT) == [(1, 1)]
