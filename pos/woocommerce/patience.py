"""How often something is tried that the books refuse."""

from sqlalchemy.exc import DBAPIError, IntegrityError

from pos.http.problems import WAITED_IN_VAIN

TRIES = 10


def may_pass(error: DBAPIError, attempt: int) -> bool:
    """Whoever was made at a counter in the same moment is found the next time; locks are waited for."""
    is_waited_for = getattr(error.orig, "pgcode", None) in WAITED_IN_VAIN
    return (is_waited_for and attempt < TRIES - 1) or (isinstance(error, IntegrityError) and attempt < 2)
