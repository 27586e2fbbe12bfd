"""Is Twilio set up as a store's texts need it: asked of Twilio itself, within seconds, and said in words that say what to do.

No transaction is open meanwhile.
"""

from collections.abc import Callable
from typing import Any

from pos.config import Settings, TwilioSettings
from pos.messaging.gateway import Declined, Gateway, Sender, TwilioFailure
from pos.stores.checks import Check

_CONSOLE = "Twilio's console"
_NO_ANSWER = (
    "Twilio has not answered in time. Try again in a minute; https://status.twilio.com says whether it is at work."
)
_ACTIVE, _TRIAL = "active", "Trial"


def way(settings: TwilioSettings | None) -> str:
    """How Twilio is reached, in words."""
    if settings is None:
        return "switched off (TWILIO_ACCOUNT_SID=none): nothing is texted"
    if settings.is_sandbox:
        return "sandbox: no text leaves; set TWILIO_ACCOUNT_SID to go on (docs/messaging.md)"
    if settings.api_base:
        return f"not Twilio: {settings.api_base} answers in its place"
    return "live: texts are sent, and cost money"


def checks(gateway: Gateway | None, settings: Settings, *, sender: str | None, inbound: str) -> list[Check]:
    """What was found, the one first on which the others rest. `sender` is what the store texts from; `inbound` the address
    to which its customers' texts should come."""
    if gateway is None:
        return [Check("keys", True, way(None))]
    keys = _asked("keys", gateway.account, lambda told: _judge_account(told[0], told[1], way(settings.twilio)))
    if not keys.is_fine:
        return [keys]
    if sender is None:
        return [keys, Check("sender", False, "The store has no number to text from: whoever runs the server sets one "
                                             "(`flask stores change SLUG --sms-number`).")]  # fmt: skip
    found: list[Sender | None] = []
    known = _asked("sender", lambda: found.append(gateway.sender(sender)), lambda _: _judge_sender(sender, found[0]))
    return [keys, known, *([_replies(found[0], inbound)] if found and found[0] else [])]


def _asked(name: str, ask: Callable[[], Any], judge: Callable[[Any], tuple[bool, str]]) -> Check:
    try:
        return Check(name, *judge(ask()))
    except Declined as failure:
        said = f"Twilio refuses ({failure.code}): look whether TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are those of {_CONSOLE}."
        return Check(name, False, said)
    except TwilioFailure:
        return Check(name, False, _NO_ANSWER)


def _judge_account(status: str, kind: str, reached: str) -> tuple[bool, str]:
    if status != _ACTIVE:
        return False, f"The account is {status}. {_CONSOLE} says why."
    if kind == _TRIAL:
        return (
            False,
            "It is a trial account: it texts only numbers that were verified in the console. Upgrade it there.",
        )
    return True, reached


def _judge_sender(named: str, sender: Sender | None) -> tuple[bool, str]:
    what = "messaging service" if named.startswith("MG") else "number"
    if sender is None:
        return False, f"The {what} {named} is not of this account. Buy it there, or name one that is."
    if not sender.can_text:
        return False, f"The {what} {named} cannot send texts. Take another one."
    return True, f"Texts are sent from {named}."


def _replies(sender: Sender, inbound: str) -> Check:
    if sender.inbound_url is None and sender.leaves_replies_to_numbers:
        return Check("replies", True, "What customers text goes where each number of the service says; look at those.")
    is_ours = sender.inbound_url == inbound
    said = f"What customers text comes to {inbound}." if is_ours else (
        f"What customers text does not come here at once. In {_CONSOLE}, let incoming messages go to {inbound} (POST)."
    )  # fmt: skip
    return Check("replies", is_ours, said)
