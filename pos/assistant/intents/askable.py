"""What can be asked, and that somebody wants to speak with a person."""

from pos.assistant.found import Intent
from pos.assistant.tools.askable import ASKABLE, Askable
from pos.messaging.wording import say


def worded(found: Askable, language: str) -> list[str]:
    return [say("askable_of_the_house" if found.is_of_the_house else "askable", language, {})]


def worded_person(found: Askable, language: str) -> list[str]:
    return [say("a_person", language, {}), *([found.contact] if found.contact else [])]


INTENTS = (
    Intent(
        "help",
        ASKABLE,
        worded,
        examples={
            "en": ("what can you do", "what can I ask", "what can I ask you", "what do you know", "what commands do you know"),
            "es": ("que puedes", "que puedo preguntar", "que sabes", "que te puedo preguntar", "que puedes hacer por mi"),
        },
        about="anybody",
    ),
    # By text it reaches one: there it is left unanswered here (answers.py).
    Intent(
        "person",
        ASKABLE,
        worded_person,
        examples={
            "en": ("human", "can I talk to a person", "I want to talk to somebody", "real person", "talk to staff", "speak to a human"),
            "es": ("humano", "quiero hablar con una persona", "puedo hablar con alguien", "hablar con una persona"),
        },
        about="anybody",
    ),
)  # fmt: skip
