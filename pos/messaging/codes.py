"""What Twilio's error codes mean for us: one table. A code that is not in it says only that this text failed."""

from typing import Literal

# `unusable`: no text reaches this number. `stale_consent`: Twilio blocks it, since the customer said STOP there. `alarm`:
# nothing of this store will go through until a person mends the account, so everything waits. `filtered`: carriers refuse what is
# sent in numbers, so campaigns stop. `busy`: try again later. None: only this text fails.
Meaning = Literal["unusable", "stale_consent", "alarm", "filtered", "busy"]

CODES: dict[int, tuple[Meaning | None, str]] = {
    21211: ("unusable", "Twilio does not take it for a phone number."),
    21214: ("unusable", "The number cannot be reached."),
    21217: ("unusable", "Twilio does not take it for a phone number."),
    21614: ("unusable", "The number is not a mobile phone."),
    30005: ("unusable", "The number is unknown to its network, or not in use."),
    30006: ("unusable", "The number is a landline, or its network takes no texts."),
    21610: ("stale_consent", "The customer has unsubscribed at Twilio."),
    20003: ("alarm", "Twilio does not accept our credentials."),
    20005: ("alarm", "The Twilio account is not active."),
    21408: (None, "The account may not text this country; allow it in Twilio's geo permissions."),
    21603: ("alarm", "There is no sender: name a number or a messaging service."),
    21606: ("alarm", "The sender is not a number of this account that can text."),
    21608: ("alarm", "The account is a trial, which texts verified numbers only."),
    21659: ("alarm", "The sender is not a number of this account."),
    21703: ("alarm", "The messaging service has no number to send from."),
    30002: ("alarm", "The Twilio account is suspended."),
    30007: ("filtered", "Carriers filter these texts as unwanted."),
    30034: ("filtered", "The number is not registered for texts from applications (10DLC)."),
    20429: ("busy", "Twilio has too many requests."),
    21611: ("busy", "The sender's queue at Twilio is full."),
    30001: ("busy", "The sender's queue at Twilio is full."),
    30003: (None, "The phone is off or out of reach."),
    30008: (None, "The carrier gave no reason."),
}


def meaning(code: int | None) -> Meaning | None:
    """What follows from a code, if more than that this text failed."""
    return CODES[code][0] if code in CODES else None


def advice(code: int | None) -> str:
    """The code in words, for people who work here."""
    return CODES[code][1] if code in CODES else f"Twilio says {code}; its documentation of errors tells more."
