"""A run of the import: a transaction for each batch, so that what is done is done, wherever it breaks off."""

from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from pos import clock
from pos.care.rows import open_books
from pos.db import transaction
from pos.http.commands import CommandRefused
from pos.http.problems import WAITED_IN_VAIN
from pos.legacy.customer_info import taking
from pos.legacy.customer_info.known import Known
from pos.legacy.customer_info.records import Told
from pos.legacy.customer_info.taking import Place, Taken
from pos.legacy.flows import Course
from pos.statements import Statement

# Sales to the customers of a batch wait for its end. The points of a recent order take some milliseconds, so many orders are a
# batch, too; a single customer with more of them is one alone.
BATCH, MOST_ORDERS = 200, 500
_TRIES = 20
# Imports of one store take turns: two that read the same file would else wait for each other in a circle. A turn may take longer
# than anybody at the counter would wait, so this statement, and no other, has more patience.
_ALONE = Statement("""
    SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0;
    SELECT pg_advisory_xact_lock(hashtextextended('customer_info:' || :store ::text, 0));
    SET LOCAL lock_timeout TO DEFAULT; SET LOCAL statement_timeout TO DEFAULT
""")


class TooBusy(CommandRefused):
    """A batch could not be taken in because others kept changing the same rows."""

    advice = "Others were changing the same customers in each of {tries} tries ({reason}). Run the same command again."


def take(course: Course, batch: Sequence[Told], memory: Known) -> Taken:
    """Takes a batch in. Whoever was made at the counter in the same moment is found with the next try, and whoever is being sold to is
    waited for. `memory` is what a dry run would have made by now; else it stays empty. Raises TooBusy."""
    for _ in range(_TRIES):
        try:
            return _try(course, batch, memory)
        except (IntegrityError, OperationalError) as error:
            if not _may_pass(error):
                raise
            # Its first line names the rule or the lock; those that follow would tell values.
            reason = str(error.orig).partition("\n")[0]
    raise TooBusy(tries=_TRIES, reason=reason)


def _try(course: Course, batch: Sequence[Told], memory: Known) -> Taken:
    with transaction(course.store_id, actor="import"):
        _ALONE.run()
        open_books()
        known = memory if course.is_dry_run else Known()
        place = Place(course.house(clock.now()), course.country, course.timezone, course.as_of)
        return taking.take(batch, known, place, is_dry_run=course.is_dry_run)


def _may_pass(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "pgcode", None) in WAITED_IN_VAIN
