"""What may be asked, and of whom."""

from dataclasses import dataclass

from pos.assistant.tools.tool import Nothing, Tool
from pos.messaging.inbox import Asked


@dataclass(frozen=True)
class Askable:
    """Whether it is somebody of the house who asks, and how the store is reached."""

    is_of_the_house: bool
    contact: str | None


def _askable(asked: Asked, _: Nothing) -> Askable:
    return Askable(asked.phone is None, asked.policy.contact)


ASKABLE = Tool("askable", "What may be asked, and how the store is reached.", "anybody", Nothing, Askable, _askable)
