"""The table of questions against one store: each is understood, and every figure of its answer is the database's."""

import uuid
from collections.abc import Iterator
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
    wrong = [said for question in ALL for said in wrongs(shop, question, named)]
    # then
    assert wrong == [], "\n".join(wrong)


def test_table_is_long_enough() -> None:
    assert len(ALL) >= 150
    assert len(questions.EN_ESPANOL) + len(questions.DEL_NEGOCIO) >= 60
    assert len(questions.TRICKS) >= 20
    assert len(questions.CANNOT) >= 15


def wrongs(shop: Shop, question: Question, named: dict[str, str]) -> Iterator[str]:
    """What is wrong with an answer, in words."""
    text = question.text.format_map(named)
    said = asked(shop, question.who, text)
    body, where = said.body or "", f"{question.who}: {text!r} → {said.intent}: {said.body!r}"
    if said.intent != question.intent:
        yield f"{where}; expected {question.intent}"
    for figure in expected(shop, question, named):
        if figure not in body:
            yield f"{where}; lacks {figure}"
    if question.says.format_map(named) not in body:
        yield f"{where}; does not say {question.says}"
    if question.hides and question.hides.format_map(named) in body:
        yield f"{where}; tells what it must not"
    if not figures(body) <= known(said.facts):
        yield f"{where}; holds a figure that no fact holds"
    if said.intent in (UNKNOWN, NOT_ALLOWED) and (said.facts or figures(body)):
        yield f"{where}; has facts"
    if PHONES["bob"][-4:] in body or "Lovelace" in body or "DROP" in body:
        yield f"{where}; names somebody"


def asked(shop: Shop, who: str, text: str) -> Reply:
    phone = PHONES.get(who)
    with transaction(uuid.UUID(shop.store_id), actor="test"):
        [(customer_id, name, language, store)] = _WHO.rows(phone=phone)
        return answer(
            Asked(
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
        )


def expected(shop: Shop, question: Question, named: dict[str, str]) -> list[str]:
    """The figures that plain SQL gives, as they are written in the language of the question."""
    if question.figures is None:
        return []
    with transaction(uuid.UUID(shop.store_id)):
        connection = db.session.connection()
        rows = connection.exec_driver_sql(question.figures.format_map(named), {"store": shop.store_id}).mappings().all()
    assert rows, f"nothing is expected of {question.text!r}"
    language = "es" if not question.text.isascii() else None
    return [each for row in rows for name, value in row.items() for each in [_written(name, value, language)] if each]


def _written(name: str, value: Any, language: str | None) -> str:
    if name.startswith("money"):
        return money.written(int(value), "USD")
    if isinstance(value, date):
        return day(value, language or "en")
    return f"{int(value):,}" if isinstance(value, int | Decimal) else str(value)
