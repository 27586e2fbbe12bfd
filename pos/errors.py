"""Refusals: each rule raises a class named for it; http/problems.py gives them their status."""

import re
from typing import Any, ClassVar


class ShopError(Exception):
    """A refusal that the caller can do something about.

    `title` names the kind, `advice` is the sentence for this case, filled with the facts, which also
    become attributes. The slug of the problem type is the class name in kebab case.
    """

    title: ClassVar[str] = ""
    advice: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        self.__dict__.update(facts)
        super().__init__(self.advice.format(**facts))

    @classmethod
    def slug(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(ShopError):
    """404: it is not there, or it is another store's, which is the same answer."""

    title = "Not found"
    advice = "There is no {what} with this id in this store."


class Conflict(ShopError):
    """409: right request, wrong state."""


class Refused(ShopError):
    """422: understood and refused by a rule."""


class Forbidden(ShopError):
    """403: this caller may not."""


class Unauthenticated(ShopError):
    """401: we do not know who this is."""

    title = "Sign in first"
    advice = "Send a valid token: Authorization: Bearer <register token or store API key>."


class TooManyTries(ShopError):
    """429: wrong guesses are used up."""

    title = "Too many tries"
    advice = "Too many failed tries. {then}"


class Unreadable(ShopError):
    """400: the request cannot be read at all."""

    title = "Unreadable request"
    advice = "{reason}"


class Unavailable(ShopError):
    """503: nothing is wrong with the request; try again in a moment."""

    title = "Try again in a moment"
    advice = "The service cannot reach its database right now. Nothing was changed; send the request again."


class Invalid(Refused):
    """A field's content breaks a rule: `pointer` is a JSON pointer to it, `reason` says what to do."""

    title = "Invalid request"
    advice = "{reason}"


class InvalidPhone(Invalid):
    title = "Not a phone number"
    advice = "{reason}"
