"""The JSON of numbers that change hands."""

from pos.customers.schemas import phone
from pos.http.schemas import Body, Text


class NumberChange(Body):
    phone = phone(required=True)


class NotThisPersonIn(Body):
    name = Text(most=200, allow_none=True)
    phone = phone()


class ClaimIn(Body):
    name = Text(least=1, most=200)
    tappass_id = Text(least=1, most=50)
