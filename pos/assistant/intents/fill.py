"""The arguments of tools, made of what a question names."""

from typing import Any

from pos.assistant.slots import Said
from pos.assistant.tools.points import OrderNamed
from pos.assistant.tools.tool import Days
from pos.messaging.inbox import Asked


def order_named(said: Said, asked: Asked) -> Any:
    return OrderNamed(said.reference)


def days_named(said: Said, asked: Asked) -> Any:
    return Days(said.period.from_on, said.period.to_on) if said.period else Days()
