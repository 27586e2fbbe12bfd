"""What is kept of questions that were not texts: each with its answer, and the facts that it was made of. Texts are messages."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped

from pos.customers.models import LANGUAGES
from pos.db import StoreRow, index, one_of, parent
from pos.http.access import ROLES

ABOUT = ("customer", "store")


class AssistantTurn(StoreRow):
    """A question and what was answered, in a conversation of the channel `api`; never changed, and gone when its customer is erased. `role` is
    that of who asked, `about` whether it was as a customer, or about the business. Numbers and addresses that were typed are blotted out in `text`."""

    __tablename__ = "assistant_turns"
    __table_args__ = (
        parent("conversations", "conversation_id"),
        index("ix_assistant_turns_conversation_id", "conversation_id", "id"),
        one_of("language", LANGUAGES),
        one_of("role", ROLES),
        one_of("about", ABOUT),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "DELETE")

    conversation_id: Mapped[UUID]
    text: Mapped[str]
    reply: Mapped[str]
    intent: Mapped[str]
    facts: Mapped[list[Any]]
    language: Mapped[str]
    role: Mapped[str]
    about: Mapped[str]
    actor: Mapped[str]
