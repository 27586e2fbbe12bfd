"""What is told of one thing that was looked at, of Stripe's or Twilio's settings: is it fine, and if not, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`advice` is for people, and holds no secret; what is fine may be told of as well."""

    name: str
    is_fine: bool
    advice: str
