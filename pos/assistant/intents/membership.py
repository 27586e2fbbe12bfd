"""JOIN: becomes a TapPass member, and a customer first if nobody has the number. That is no consent to marketing: it is not even asked."""

from dataclasses import dataclass

from pos.assistant.found import Act, Found, Intent
from pos.assistant.intents import points as said_of_points
from pos.assistant.tools import points
from pos.checkout import joining
from pos.customers import identity
from pos.messaging.inbox import Asked
from pos.messaging.wording import say


@dataclass(frozen=True)
class Joined:
    """Whether the membership is new, and the points with it."""

    is_new: bool
    points: points.Points | points.NoMember


def join(asked: Asked) -> Found[Joined]:
    """The customer is locked by whoever took the text, or here as it is made. May be repeated."""
    assert asked.phone is not None
    customer_id = asked.customer_id or identity.known_by_phone(asked.phone, origin="sms").id
    _, is_new = joining.join_by(customer_id, "sms", asked.now)
    return Found(Joined(is_new, points.of_customer(customer_id, asked.now)), customer_id)


def worded(found: Joined, language: str) -> list[str]:
    first = say("joined" if found.is_new else "is_a_member", language, {})
    return [first, *said_of_points.worded(found.points, language)]


INTENTS = (
    Intent(
        "join",
        Act("join", join),
        worded,
        words={"en": ("join",), "es": ("unirme",)},
        examples={
            "en": (
                "join",
                "how do I join",
                "I want to become a member",
                "sign up",
                "can I join the club",
                "how can I become a member",
            ),
            "es": (
                "unirme",
                "como puedo hacerme miembro",
                "quiero ser miembro",
                "quiero unirme",
                "quiero inscribirme",
                "como puedo unirme",
            ),
        },
        about="anybody",
        in_passing="how_to_join",
    ),
)
