"""What a tool gives: rows, and nothing of them in words yet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from pos.messaging.inbox import Asked

Rows = TypeVar("Rows")


@dataclass(frozen=True)
class Found(Generic[Rows]):
    """The rows of one tool, as a dataclass. `customer_id` is who the sender has become by asking, if that was nobody before."""

    rows: Rows
    customer_id: UUID | None = None


@dataclass(frozen=True)
class Intent(Generic[Rows]):
    """Something that customers ask for: by which words of each language, what finds it, and what says it.

    `worded` gives sentences, the most important first; those that do not fit are left out from the end. `is_personal`: it is about
    whoever asks, and whom we do not know is told so. What changes something needs its word alone: said in passing, it is explained by
    the sentence `in_passing` instead. `is_telling`: it says what we know of whoever asks.
    """

    name: str
    words: dict[str, tuple[str, ...]]
    tool: Callable[[Asked], Found[Rows]]
    worded: Callable[[Rows, str], list[str]]
    is_personal: bool = True
    in_passing: str | None = None
    is_telling: bool = True
