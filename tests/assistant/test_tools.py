"""The tools that a program may call: their names, whose books they read, and their arguments, which are an interface."""

import uuid
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from pos.assistant.found import Act
from pos.assistant.intents import INTENTS
from pos.assistant.tools.registry import TOOLS
from pos.assistant.tools.tool import schema_of
from pos.db import transaction
from tests.assistant.store import NOW
from tests.assistant.test_questions import question
from tests.client import Shop

NOTHING: dict[str, Any] = {}
DATE = {"type": "string", "format": "date"}
BETWEEN = {"from_on": DATE, "to_on": DATE}
MAYBE = {"anyOf": [DATE, {"type": "null"}]}
REFERENCE = {"reference": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
NAME = {"name": {"type": "string"}}
# Name: whose books, the arguments.
PINNED: dict[str, tuple[str, dict[str, Any]]] = {
    "points": ("customer", NOTHING),
    "point_ledger": ("customer", NOTHING),
    "expiring_points": ("customer", NOTHING),
    "points_of_order": ("customer", REFERENCE),
    "orders": ("customer", {"from_on": MAYBE, "to_on": MAYBE}),
    "open_orders": ("customer", NOTHING),
    "order": ("customer", REFERENCE),
    "spent": ("customer", {"from_on": MAYBE, "to_on": MAYBE}),
    "consents": ("customer", NOTHING),
    "rewards": ("anybody", NOTHING),
    "menu": ("anybody", NOTHING),
    "product": ("anybody", NAME),
    "hours": ("anybody", {"on": MAYBE}),
    "locations": ("anybody", NOTHING),
    "askable": ("anybody", NOTHING),
    "sales": ("store", BETWEEN),
    "sales_compared": ("store", BETWEEN),
    "sales_by_person": ("store", BETWEEN),
    "sales_by_location": ("store", BETWEEN),
    "payment_methods": ("store", BETWEEN),
    "busiest_hours": ("store", BETWEEN),
    "busiest_days": ("store", BETWEEN),
    "best_products": ("store", BETWEEN),
    "product_sales": ("store", NAME | BETWEEN),
    "low_stock": ("store", NOTHING),
    "customers": ("store", BETWEEN),
    "points_outstanding": ("store", NOTHING),
    "messages": ("store", BETWEEN),
    "last_campaign": ("store", NOTHING),
    "open_orders_of_the_store": ("store", NOTHING),
    "member_points": ("store", {"tappass_id": {"type": "string"}}),
}


def test_tools_and_their_arguments_are_pinned() -> None:
    assert {name: (tool.about, tool.schema()["properties"]) for name, tool in TOOLS.items()} == PINNED


@pytest.mark.parametrize("name", PINNED)
def test_no_argument_says_who_asks(name: str) -> None:
    tool = TOOLS[name]

    assert tool.description.endswith(".")
    assert tool.schema()["additionalProperties"] is False
    assert not {each.name for each in fields(tool.arguments)} & {"customer_id", "phone", "store_id", "role"}


def test_arguments_without_a_default_are_required() -> None:
    assert schema_of(TOOLS["sales"].arguments)["required"] == ["from_on", "to_on"]
    assert schema_of(TOOLS["spent"].arguments)["required"] == []


def test_every_question_has_a_tool_of_the_registry_or_is_an_act() -> None:
    for intent in INTENTS:
        assert isinstance(intent.source, Act) or TOOLS[intent.source.name] is intent.source
    assert {intent.source.name for intent in INTENTS if isinstance(intent.source, Act)} == {"join", "language", "pay"}


@pytest.mark.parametrize("name", PINNED)
def test_tools_only_read(shop: Shop, name: str) -> None:
    """Each of them where nothing can be written."""
    shop.sell()
    tool = TOOLS[name]
    properties = tool.schema()["properties"]
    arguments = {each: NOW.date() if kind in (DATE, MAYBE) else "X" for each, kind in properties.items()}

    with transaction(uuid.UUID(shop.store_id)) as session:
        connection = session.connection()
        asked = question(shop, "ada", "")
        connection.exec_driver_sql("SAVEPOINT reading; SET LOCAL transaction_read_only = on")
        found = tool.run(asked, tool.arguments(**arguments))
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT reading")

    assert found is None or is_dataclass(found)
