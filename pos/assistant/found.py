"""What a question leads to: an intent, with the tool or the act that it asks for and what says the answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pos.assistant.slots import Said
from pos.assistant.tools.tool import Nothing, Tool
from pos.messaging.inbox import Asked

Rows = TypeVar("Rows")
# Whom it is about: whoever asks, nobody, or the business.
Audience = Literal["customer", "anybody", "store"]


@dataclass(frozen=True)
class Found(Generic[Rows]):
    """The rows of an answer. `customer_id` is who the sender has become by asking, if that was nobody before."""

    rows: Rows
    customer_id: UUID | None = None


@dataclass(frozen=True)
class Act(Generic[Rows]):
    """What changes something when a customer says its word: joining, choosing a language, a link to pay. No tool: nothing but the
    customer's own text leads to it."""

    name: str
    run: Callable[[Asked], Found[Rows]]


def no_arguments(said: Said, asked: Asked) -> Any:
    return Nothing()


@dataclass(frozen=True)
class Intent:
    """Something that may be asked: by which single words, and by sentences like which of each language; what finds it, and what says it.

    `worded` gives sentences, the most important first; those that do not fit are left out from the end. `takes` names what a question may
    hold beside its words: "period", "day" (one that may be to come), "order", "name"; `fill` makes the tool's arguments of it. What
    changes something needs its word alone: said in passing, it is explained by the sentence `in_passing` instead. `is_telling`: it
    says what we know of whoever asks. `is_also_of_the_house`: the store's people may ask it of any customer's order, by its reference.
    """

    name: str
    source: Tool[Any, Any] | Act[Any]
    worded: Callable[[Any, str], list[str]]
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    about: Audience = "customer"
    is_also_of_the_house: bool = False
    takes: frozenset[str] = frozenset()
    fill: Callable[[Said, Asked], Any] = no_arguments
    link: Callable[[Any], str | None] | None = None
    in_passing: str | None = None
    is_telling: bool = True

    @property
    def is_personal(self) -> bool:
        return self.about == "customer"
