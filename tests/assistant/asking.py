"""How tests ask: as a customer would by text, past Twilio. Every answer is held to what all answers must be."""

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pos import clock
from pos.assistant.answers import reply
from pos.db import transaction
from pos.messaging import segments
from pos.messaging.inbox import Asked, Reply
from pos.messaging.policy import Policy
from pos.statements import Statement
from tests.client import Shop

ADA, NOBODY = "+14155550132", "+14155550199"
WHO = """
    SELECT c.id, c.name, p.language, s.name FROM stores s
      LEFT JOIN customers c ON c.store_id = s.id AND c.phone = %(phone)s
      LEFT JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE s.id = %(store)s
"""
_WHO = Statement(WHO.replace("%(store)s", ":store").replace("%(phone)s", ":phone"))


def asks(shop: Shop, text: str, phone: str = ADA, now: datetime | None = None) -> Reply:
    """The reply to a text from a number to this shop, in which nothing is said that its facts do not hold."""
    with transaction(uuid.UUID(shop.store_id), actor="customer"):
        [(customer_id, name, language, store)] = _WHO.rows(phone=phone)
        answer = reply(
            Asked(
                text=text,
                phone=phone,
                customer_id=customer_id,
                name=name,
                language=language or "en",
                store=store,
                policy=Policy(),
                now=now or clock.now(),
                has_chosen_language=language is not None,
            )
        )
    if answer.body:
        counted = segments.count(answer.body)
        assert counted.segments <= 3
        assert figures(answer.body) <= known(answer.facts)
    return answer


def said(shop: Shop, text: str, phone: str = ADA, **asked: Any) -> str:
    """The words of an answer, without the store's name before them."""
    body = asks(shop, text, phone, **asked).body
    assert body is not None
    return body.removeprefix(f"{shop.slug.title()}: ")


def rows(answer: Reply) -> dict[str, Any]:
    """The rows of an answer's only tool."""
    [fact] = answer.facts
    return fact["rows"]  # type: ignore[no-any-return]


def figures(text: str) -> set[str]:
    """Every number in a text, by its digits alone: of 1,200.50 and of 12:30 those of each side, as rows may hold either."""
    return {re.sub(r"[.,]", "", each).lstrip("0") for each in re.findall(r"\d+(?:[.,]\d+)*", text)}


def known(facts: Any) -> set[str]:
    """The figures of facts; a time of the day is known by both clocks."""
    found = {digits for value in _leaves(facts) for digits in figures(str(value))}
    hours = {value for value in _leaves(facts) if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value)}
    return found | {str((int(each[:2]) - 1) % 12 + 1) for each in hours}


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        yield value
        return
    for each in value:
        yield from _leaves(each)
