"""The shop is asked patiently: page after page, again after a pause when it is busy or away, for fewer at once when they are too many.

Pages go by offset, since the shop knows no "after this one". When something was deleted in between, all that comes later has moved up. So
each page begins with the record that the one before ended with; if it does not, it is looked for further up. What is read twice is not
written twice.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from pos.woocommerce.fields import number_or_zero
from pos.woocommerce.gateway import Access, Answer, Down, Gateway, NotThere, TooLarge, Unreadable

Param = str | int
# A page for people instead of data passes, or stays until somebody comes.
_TRIES_UNREADABLE = 3


@dataclass(frozen=True)
class Pace:
    """How often something is tried, and how long it is waited between: twice as long each time. In seconds."""

    tries: int = 8
    first_pause: float = 1.0
    longest_pause: float = 60.0
    page: int = 100
    # How often, at most, it is said that the shop is still being asked.
    told_every: float = 10.0


@dataclass(frozen=True)
class Page:
    """Records as the shop told them. `after` is the offset of the next page, `total` how many there are, `at` the shop's clock; after one that
    `is_last` there are no more. Of a record that is too large to be read alone there is only its place."""

    rows: list[Any]
    after: int
    total: int | None
    at: datetime | None
    is_last: bool = False
    too_large_at: int | None = None


def number_of(raw: Any) -> int:
    """The shop's number of a record, 0 if it has none."""
    return number_or_zero(raw, "id") if isinstance(raw, dict) else 0


class Shop:
    """One shop to ask. `at_it` is called now and then while it is asked, with the seconds for which nothing will be heard."""

    def __init__(
        self, gateway: Gateway, access: Access, pace: Pace, at_it: Callable[[float], None] = lambda _: None
    ) -> None:
        self._gateway, self._access, self._pace, self._at_it = gateway, access, pace, at_it
        self.requests, self._told_at = 0, time.monotonic()

    def get(self, path: str, **params: Param) -> Answer:
        """One answer. Raises Down and Unreadable after the last try, Declined, NotThere, TooLarge."""
        return self._patiently(lambda: self._gateway.get(self._access, path, params))

    def rows(self, path: str, **params: Param) -> Answer:
        """One answer that has to be a list: what a firewall says with 200 tells of no record that it is not there. Raises as `get`."""

        def ask() -> Answer:
            answer = self._gateway.get(self._access, path, params)
            if not isinstance(answer.body, list):
                raise Unreadable("not-a-list", 200)
            return answer

        return self._patiently(ask)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        unreadable = 0
        for attempt in range(1, self._pace.tries + 1):
            self.requests += 1
            self._tell()
            try:
                return ask()
            except (Down, Unreadable) as error:
                unreadable += isinstance(error, Unreadable)
                if attempt == self._pace.tries or unreadable == _TRIES_UNREADABLE:
                    raise
                self._wait(attempt, error.retry_after if isinstance(error, Down) else None)
        raise AssertionError("a last try raises")

    def listed(self, path: str, numbers: Sequence[int]) -> list[Any]:
        """The records with these numbers, as far as there are any, in as many answers as it takes; one that is too large alone is told by its
        number, and no more."""
        try:
            found: list[Any] = self.rows(path, include=",".join(map(str, numbers)), per_page=len(numbers)).body
        except TooLarge:
            if len(numbers) == 1:
                return [{"id": numbers[0]}]
            half = len(numbers) // 2
            return [*self.listed(path, numbers[:half]), *self.listed(path, numbers[half:])]
        return found

    def alone(self, path: str, number: int) -> Any:
        """The record with this number, which a list does not name though it ought to; None if there is none, or only in the trash."""
        try:
            found = self.get(f"{path}/{number}").body
        except NotThere:
            return None
        except TooLarge:
            return {"id": number}
        return None if isinstance(found, dict) and found.get("status") == "trash" else found

    def all_pages(self, path: str, params: Mapping[str, Param]) -> Iterator[Page]:
        """The same as `pages` of a list that knows no offset, only pages, and in which a record may have moved up."""
        size = self._pace.page
        for page in count(1):
            answer = self.rows(path, **params, per_page=size, page=page)
            rows = answer.body
            is_last = not rows or (len(rows) < size and answer.pages is not None and page >= answer.pages)
            yield Page(rows, page * size, answer.total, answer.at, is_last)
            if is_last:
                return

    def pages(self, path: str, params: Mapping[str, Param], *, offset: int = 0, last: int = 0) -> Iterator[Page]:
        """All records from an offset on, the oldest first unless it is asked otherwise. `last` is the number of the record before the
        offset, if it is known; of a list in the order of numbers nothing is passed over."""
        size, seen, is_ordered = (
            self._pace.page,
            list[int](),
            params.get("orderby") == "id" and params.get("order") == "asc",
        )
        while True:
            again = 1 if is_ordered and last and offset and size > 1 else 0
            try:
                answer = self.rows(path, **params, per_page=size, offset=offset - again)
            except TooLarge:
                if size == 1:
                    yield Page([], offset + 1, None, None, too_large_at=offset)
                    offset += 1
                size = max(size // 2, 1)
                continue
            rows = answer.body
            if again and _has_moved_up(rows, last):
                offset = max(offset - size, 0)
                continue
            before, offset = offset, offset - again + len(rows)
            fresh = [row for row in rows if number_of(row) != last] if again else rows
            # What is told as the total may be of another time. A shop that does not know the offset tells the same page again.
            is_at_end = len(rows) < size and (answer.total is None or offset >= answer.total)
            before_this, seen = seen, [number_of(row) for row in rows]
            is_last = offset <= before or is_at_end or seen == before_this
            last = max([last, *seen])
            yield Page(fresh, offset, answer.total, answer.at, is_last)
            if is_last:
                return
            size = min(size * 2, self._pace.page)

    def _tell(self) -> None:
        """A page may take a hundred requests, and longer than anybody waits for a word."""
        if time.monotonic() - self._told_at >= self._pace.told_every:
            self._at_it(0)
            self._told_at = time.monotonic()

    def _wait(self, attempt: int, asked: float | None) -> None:
        pause = self._pace.first_pause * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        pause = min(max(pause, asked or 0), self._pace.longest_pause)
        self._at_it(pause)
        time.sleep(pause)


def _has_moved_up(rows: Sequence[Any], last: int) -> bool:
    """Whether a page does not begin with a record that was read, though the shop keeps to the order of numbers."""
    numbers = [number_of(row) for row in rows]
    return not numbers or (numbers[0] > last and numbers == sorted(numbers))
