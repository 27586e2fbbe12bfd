"""A run of the import: a transaction for each batch, so that what is done is done, wherever it breaks off."""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from pos import clock
from pos.db import transaction
from pos.legacy.books import open_books
from pos.legacy.customer_info import taking
from pos.legacy.customer_info.known import Known
from pos.legacy.customer_info.records import Told
from pos.legacy.customer_info.taking import Place, Taken
from pos.legacy.flows import Course
from pos.statements import Statement

BATCH = 200
_TRIES = 5
# Imports of one store take turns: two that read the same file would else wait for each other in a circle.
_ALONE = Statement("SELECT pg_advisory_xact_lock(hashtextextended('customer_info:' || :store ::text, 0))")


def take(course: Course, batch: Sequence[Told], memory: Known) -> Taken:
    """Takes a batch in. Whoever was made at the counter in the same moment is found with the next try. `memory` is what a dry run
    would have made by now; else it stays empty."""
    for is_last in (False,) * (_TRIES - 1) + (True,):
        try:
            with transaction(course.store_id, actor="import"):
                _ALONE.run()
                open_books()
                known = memory if course.is_dry_run else Known()
                return taking.take(
                    batch,
                    known,
                    Place(course.house(clock.now()), course.country, course.timezone, course.as_of),
                    is_dry_run=course.is_dry_run,
                )
        except IntegrityError:
            if is_last:
                raise
    raise AssertionError("the last try returns or raises")
