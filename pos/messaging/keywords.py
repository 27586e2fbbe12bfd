"""What a text that came in says about consent: the words that the law and the provider name, and opt-outs in other words.

Since 2025 people may revoke by any reasonable means (47 CFR 64.1200(a)(10)), so more counts than the provider's words. What none of
the tables knows is left to a person, or to what answers other questions.
"""

import re
from typing import Literal

from pos.messaging.opt_outs import is_opt_out
from pos.messaging.plain import words

Meaning = Literal["stop", "stop_in_words", "start", "yes", "help"]

# Longer texts say more than one thing.
MOST = 200

# What Twilio acts on and answers itself when it is the whole text.
_TWILIO_STOPS = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})
_TWILIO_STARTS = frozenset({"start", "unstop"})

# STOP STOP STOP is one STOP; to stop texting needs no reason, so whatever follows it is none of our business.
_REPEATED = re.compile(r"\b(\w+)(?: \1\b)+")
_UNMISTAKABLE = re.compile(
    r"(?:please |pls )?(?:stop|quit) (?:texting|messaging|contacting|spamming|harassing) (?:me|us)\b"
)
_SIGNED = re.compile(r"[\r\n]|\s(?:--|\u2013|\u2014|-)\s")
_MOST_SIGNS = 2_000

_KEYWORDS: dict[Meaning, frozenset[str]] = {
    "stop": _TWILIO_STOPS | {"stop all", "opt out"},
    "start": _TWILIO_STARTS | {"comenzar", "empezar", "alta"},
    "yes": frozenset({"yes", "y", "si"})
    | {"yes please", "yes pls", "yes plz", "yes thanks", "yes thank you", "si por favor", "si porfa", "si gracias"},
    "help": frozenset({"help", "info", "ayuda"}) | {"help please", "help pls", "please help", "ayuda por favor"},
}
_MEANINGS: dict[str, Meaning] = {text: meaning for meaning, texts in _KEYWORDS.items() for text in texts}


def meaning(body: str) -> Meaning | None:
    """What a text says about consent, as a whole or in its first line, or None if it says nothing about it; of more than 200
    characters of words it never does."""
    return next(filter(None, map(_meaning, (body, _before_signature(body)))), None)


def is_providers(body: str) -> bool:
    """Whether Twilio itself has acted on a text and answers it, so that we say nothing: one of its words, alone and plain."""
    return body.isascii() and body.strip().casefold() in _TWILIO_STOPS | _TWILIO_STARTS


def is_twilios_yes(body: str) -> bool:
    """Whether it is the word alone by which Twilio takes somebody back."""
    return body.isascii() and body.strip().casefold() == "yes"


def _meaning(text: str) -> Meaning | None:
    said = _REPEATED.sub(r"\1", words(text[:_MOST_SIGNS]))
    if len(said) > MOST:
        return None
    return _MEANINGS.get(said) or ("stop_in_words" if _UNMISTAKABLE.match(said) or is_opt_out(said) else None)


def _before_signature(body: str) -> str:
    """What stands before the line's end, or before the dashes with which people sign."""
    return _SIGNED.split(body.strip(), maxsplit=1)[0]
