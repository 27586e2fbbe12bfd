"""What is asked of consents: "am I subscribed?" Nobody agrees to anything here, and nobody withdraws: that is done by the letter
(messaging/keywords.py)."""

from pos.assistant.found import Intent
from pos.assistant.sentences import day
from pos.assistant.tools import consents as tools
from pos.assistant.tools.consents import Consents
from pos.messaging.wording import say


def worded(found: Consents, language: str) -> list[str]:
    texts = say("texts_refused" if found.texts is False else "texts_allowed", language, {})
    if found.marketing is None or found.answered_on is None:
        return [texts, say("marketing_unasked", language, {})]
    name = "marketing_agreed" if found.marketing else "marketing_refused"
    return [texts, say(name, language, {"day": day(found.answered_on, language)})]


INTENTS = (
    Intent(
        "consents",
        tools.CONSENTS,
        worded,
        examples={
            "en": ("am I subscribed", "am I signed up for marketing", "did I agree to marketing", "do you send me marketing messages", "my consent", "what data do you know about me", "my data", "am I subscribed to your news", "do you send me offers"),
            "es": ("estoy suscrito", "acepte publicidad", "me envian publicidad", "mi consentimiento", "que datos saben de mi", "mis datos", "estoy suscrita a las ofertas", "estoy apuntado a sus novedades"),
        },
    ),
)  # fmt: skip
