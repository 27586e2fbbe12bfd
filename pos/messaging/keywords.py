"""What a text that came in says about consent: the words that the law and the provider name, and opt-outs in other words.

Since 2025 people may revoke by any reasonable means (47 CFR 64.1200(a)(10)), so more counts than the provider's words. What none of
the tables knows is left to a person, or to what answers other questions.
"""

from typing import Literal

from pos.messaging.opt_outs import is_opt_out
from pos.messaging.plain import words

Meaning = Literal["stop", "stop_in_words", "start", "yes", "help"]

# Longer texts say more than one thing.
MOST = 200

# What Twilio acts on and answers itself when it is the whole text.
_TWILIO_STOPS = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})
_TWILIO_STARTS = frozenset({"start", "unstop"})

_KEYWORDS: dict[Meaning, frozenset[str]] = {
    "stop": _TWILIO_STOPS | {"stop all", "opt out"},
    "start": _TWILIO_STARTS | {"comenzar", "empezar", "alta"},
    "yes": frozenset({"yes", "y", "si"})
    | {"yes please", "yes pls", "yes plz", "yes thanks", "yes thank you", "si por favor", "si porfa", "si gracias"},
    "help": frozenset({"help", "info", "ayuda"}) | {"help please", "help pls", "please help", "ayuda por favor"},
}
_MEANINGS: dict[str, Meaning] = {text: meaning for meaning, texts in _KEYWORDS.items() for text in texts}


def meaning(body: str) -> Meaning | None:
    """What a text says about consent, or None if it says nothing about it; over 200 characters it never does."""
    if len(body) > MOST:
        return None
    said = words(body)
    return _MEANINGS.get(said) or ("stop_in_words" if is_opt_out(said) else None)


def is_providers(body: str) -> bool:
    """Whether Twilio itself has acted on a text and answers it, so that we say nothing: one of its words, alone and plain."""
    return body.isascii() and body.strip().casefold() in _TWILIO_STOPS | _TWILIO_STARTS
