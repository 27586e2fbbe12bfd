"""How old a customer is: pure. A birth date tells it, else what an older system recorded."""

from calendar import isleap
from datetime import date
from typing import Any

SOURCES = ("date_of_birth", "recorded")


def age_of(born_on: date | None, recorded: int | None, today: date) -> dict[str, Any]:
    """`age` in whole years and `age_source`, where it comes from; both None for whom nothing is known.

    A recorded age is given as it was recorded, since nobody knows how long before its day the birthday was.
    """
    if born_on is not None:
        return {"age": whole_years(born_on, today), "age_source": "date_of_birth"}
    return {"age": recorded, "age_source": None if recorded is None else "recorded"}


def whole_years(born_on: date, today: date) -> int:
    """Birthdays so far; of a 29 February it is the first of March in other years, as for birthday points
    (pos/loyalty/rules.py). Never below 0: a day that has begun in UTC may not have begun at the store."""
    is_moved = (born_on.month, born_on.day) == (2, 29) and not isleap(today.year)
    birthday = (3, 1) if is_moved else (born_on.month, born_on.day)
    return max(today.year - born_on.year - ((today.month, today.day) < birthday), 0)
