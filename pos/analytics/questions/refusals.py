"""Why a question gets no answer."""

from pos.errors import Refused, Unavailable


class QueryRefused(Refused):
    """Asked for more than is allowed, or in other words than the grammar knows."""

    title = "This cannot be asked"
    advice = "{reason}"


class QueryFailed(Refused):
    """Allowed, but PostgreSQL cannot work it out."""

    title = "The question does not work out"
    advice = "{reason}"


class QueryTooSlow(Refused):
    title = "The question takes too long"
    advice = "An answer has {seconds} seconds. Ask for fewer days or fewer tables at once, or take one of the reports (GET /reports/sales and the others)."


class AnalystNotSetUp(Unavailable):
    """No login for questions, or one that would see too much: nothing is ever asked with another one."""

    title = "Questions are not set up"
    advice = "{reason} Run `flask --app wsgi analytics grant` on the server (docs/questions.md)."


class AnalystBusy(Unavailable):
    title = "Others are asking right now"
    advice = "All places for questions are taken, of which a store has {count}. Ask again in a moment."
