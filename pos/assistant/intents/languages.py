"""ESPAÑOL and ENGLISH: the language in which a customer is texted from now on."""

from collections.abc import Callable
from dataclasses import dataclass

from pos import audit_log
from pos.assistant.found import Act, Found, Intent
from pos.messaging.inbox import Asked
from pos.messaging.wording import say
from pos.statements import Statement

_REMEMBER = Statement("""
    UPDATE profiles SET language = :language, updated_at = now()
     WHERE store_id = :store AND customer_id = :customer AND language IS DISTINCT FROM :language
""")


@dataclass(frozen=True)
class Language:
    """The language that was asked for."""

    language: str


def change_to(language: str) -> Callable[[Asked], Found[Language]]:
    """The tool that remembers this language."""

    def remember(asked: Asked) -> Found[Language]:
        if _REMEMBER.run(customer=asked.customer_id, language=language):
            audit_log.record("profile.language", f"profiles:{asked.customer_id}", after={"language": language})
        return Found(Language(language))

    return remember


def worded(found: Language, language: str) -> list[str]:
    return [say("language_chosen", found.language, {})]


INTENTS = (
    Intent(
        "language",
        Act("language", change_to("en")),
        worded,
        words={"en": ("english", "ingles")},
        in_passing="how_to_choose",
        is_telling=False,
    ),
    Intent(
        "language",
        Act("language", change_to("es")),
        worded,
        words={"es": ("espanol", "spanish")},
        in_passing="how_to_choose",
        is_telling=False,
    ),
)
