"""JOIN: becomes a TapPass member, and a customer first if nobody has the number. That is no consent to marketing: it is not even asked."""

from dataclasses import dataclass

from pos.assistant import points
from pos.assistant.found import Found
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
    customer_id = asked.customer_id or identity.known_by_phone(asked.phone, origin="sms").id
    _, is_new = joining.join_by(customer_id, "sms", asked.now)
    return Found(Joined(is_new, points.of_customer(customer_id, asked.now)), customer_id)


def worded(found: Joined, language: str) -> list[str]:
    first = say("joined" if found.is_new else "is_a_member", language, {})
    return [first, *points.worded(found.points, language)]
