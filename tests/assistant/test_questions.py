"""The table of questions against one store: each is understood, and every figure of its answer is the database's."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from pos import money
from pos.assistant.answers import NOT_ALLOWED, UNKNOWN, answer
from pos.assistant.sentences import day
from pos.db import db, transaction
from pos.messaging.inbox import Asked, Reply
from pos.messaging.policy import Policy
from pos.statements import Statement
from tests.assistant import questions
from tests.assistant.asking import WHO, figures, known
from tests.assistant.questions import ALL, Question
from tests.assistant.store import NOW, PHONES, opened
from tests.client import Shop

_WHO = Statement(WHO.replace("%(store)s", ":store").replace("%(phone)s", ":phone"))


def test_every_question_is_answered_from_the_books(shop: Shop, other_shop: Shop) -> None:
    # given
    named = opened(shop, other_shop)
    # when
    wrong = [said for each in ALL for said in wrongs(shop, each, named)]
    # then
    assert wrong == [], "\n".join(wrong)


def test_table_is_long_enough() -> None:
    assert len(ALL) >= 150
    assert len(questions.EN_ESPANOL) + len(questions.DEL_NEGOCIO) >= 60
    assert len(questions.TRICKS) >= 20
    assert len(questions.CANNOT) >= 15


def wrongs(shop: Shop, row: Question, named: dict[str, str]) -> Iterator[str]:
    """What is wrong with an answer, in words."""
    text = row.text.format_map(named)
    said = asked(shop, row.who, text)
    body, where = said.body or "", f"{row.who}: {text!r} → {said.intent}: {said.body!r}"
    if said.intent != row.intent:
        yield f"{where}; expected {row.intent}"
    for figure in expected(shop, row, named):
        if figure not in body:
            yield f"{where}; lacks {figure}"
    if row.says.format_map(named) not in body:
        yield f"{where}; does not say {row.says}"
    if row.hides and row.hides.format_map(named) in body:
        yield f"{where}; tells what it must not"
    if not figures(body) <= known(said.facts):
        yield f"{where}; holds a figure that no fact holds"
    if said.intent in (UNKNOWN, NOT_ALLOWED) and (said.facts or figures(body)):
        yield f"{where}; has facts"
    if PHONES["bob"][-4:] in body or "Lovelace" in body or "DROP" in body:
        yield f"{where}; names somebody"


@contextmanager
def within(shop: Shop) -> Iterator[None]:
    """The open transaction in which somebody asks."""
    with transaction(uuid.UUID(shop.store_id), actor="test"):
        yield


def asked(shop: Shop, who: str, text: str) -> Reply:
    with within(shop):
        return answer(question(shop, who, text))


def question(shop: Shop, who: str, text: str) -> Asked:
    """A question of one of those in the table, at its instant."""
    phone = PHONES.get(who)
    [(customer_id, name, language, store)] = _WHO.rows(phone=phone)
    return Asked(
        text=text,
        phone=phone,
        customer_id=customer_id,
        name=name,
        language=language or "en",
        store=store,
        policy=Policy(),
        now=NOW,
        has_chosen_language=language is not None,
        timezone="America/Los_Angeles",
        most_segments=12,
    )


def expected(shop: Shop, row: Question, named: dict[str, str]) -> list[str]:
    """The figures that plain SQL gives, as they are written in the language of the row."""
    if row.figures is None:
        return []
    with transaction(uuid.UUID(shop.store_id)):
        connection = db.session.connection()
        rows = connection.exec_driver_sql(row.figures.format_map(named), {"store": shop.store_id}).mappings().all()
    assert rows, f"nothing is expected of {row.text!r}"
    language = "es" if not row.text.isascii() else None
    return [
        each for found in rows for name, value in found.items() for each in [_written(name, value, language)] if each
    ]


def _written(name: str, value: Any, language: str | None) -> str:
    if name.startswith("money"):
        return money.written(int(value), "USD")
    if isinstance(value, date):
        return day(value, language or "en")
    return f"{int(value):,}" if isinstance(value, int | Decimal) else str(value)
