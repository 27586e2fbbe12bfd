"""A run: page after page is asked for outside of any transaction, and comes into the books in one, which also notes how far the run is.

So whatever is killed in between is gone on with where it was, by whoever takes the run up; and of two who are at one run only the latest
writes. A run that fails says why; if the shop was only away, it is gone on with later.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from pos import clock, crash, ids
from pos.db import transaction
from pos.statements import Statement
from pos.woocommerce import actions, alarm, report
from pos.woocommerce.asking import Pace, Page, Param, Shop, number_of
from pos.woocommerce.course import LONG_AGO, RESOURCES, Batch, House, Resource, house
from pos.woocommerce.fields import number_or_zero
from pos.woocommerce.found import Found
from pos.woocommerce.gateway import Access, Declined, Gateway, NotThere, TooLarge, Unreadable, WebShopFailure
from pos.woocommerce.models import WHOLE, SyncLog
from pos.woocommerce.patience import TRIES, may_pass
from pos.woocommerce.records import LeftOut

# What a shop shows as changed a moment later than it says is asked for twice.
OVERLAP = timedelta(minutes=10)
DRIFT_WINDOW = timedelta(days=92)
RETRY_AFTER, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
_ACTOR = "woocommerce"
_LEASE = Statement("""
    UPDATE sync_logs SET lease_until = :until, updated_at = now() WHERE store_id = :store AND id = :log AND runner = :runner
""")

log = structlog.get_logger()


class TakenOver(Exception):
    """Somebody else is at this run now."""


@dataclass
class Progress:
    """How far a run is. `since` is what each resource is asked from; `began` the shop's clock when each was asked for first, and the highest account."""

    done: list[str] = field(default_factory=list)
    resource: str | None = None
    offset: int = 0
    last: int = 0
    total: int | None = None
    since: dict[str, str] = field(default_factory=dict)
    began: dict[str, str] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)


Listener = Callable[[Progress, int, int], None]


def run(store_id: UUID, log_id: UUID, *, pace: Pace | None = None, tell: Listener = lambda *_: None) -> None:
    """Does a run, or goes on with it. `tell` hears after each page how far it is, how many records were read and how many differed."""
    runner = ids.uuid7()
    with transaction(store_id, actor=_ACTOR):
        row = actions.take_up(log_id, runner, clock.now())
        if row is None:
            return
        shop = actions.shop()
        access, cursors = actions.access(shop), dict(shop.cursors)
        at = house(store_id, shop, is_repairing=row.is_repairing)
        work = _Run(at, access=access, row=row, runner=runner, cursors=cursors, pace=pace or Pace(), tell=tell)
    try:
        _do(work)
    except TakenOver:
        log.info("sync_taken_over", log_id=str(log_id))


def _do(work: "_Run") -> None:
    """Raises TakenOver, and bugs."""
    try:
        work.do()
    except TakenOver:
        raise
    except WebShopFailure as failure:
        work.fail(failure)
    except Exception as bug:
        work.fail(bug)
        raise


class _Run:
    """One run by one runner."""

    def __init__(
        self,
        at: House,
        *,
        access: Access,
        row: SyncLog,
        runner: UUID,
        cursors: dict[str, str],
        pace: Pace,
        tell: Listener,
    ) -> None:
        self._house, self._log_id, self._runner, self._tell = at, row.id, runner, tell
        self._type, self._retry_count, self._cursors = row.sync_type, row.retry_count, cursors
        self._progress = Progress(**row.progress)
        self._report: dict[str, Any] = {"rows": [], "figures": {}, **row.report}
        self._synced, self._changed = row.records_synced, row.records_changed
        self._shop = Shop(current_app.extensions["woocommerce"], access, pace, self._at_it)

    def do(self) -> None:
        for name in _resources(self._type):
            if name not in self._progress.done:
                self._read(RESOURCES[name](self._house))
        with transaction(self._house.store_id, actor=_ACTOR):
            row, now = self._mine(), clock.now()
            shop = actions.shop(lock=True)
            if self._type != "drift" and self._house.is_repairing:
                actions.carry_on_from(shop, self._progress.began, now)
            self._report |= self._compared()
            self._write_down(row)
            actions.end(row, now)
            alarm.after_completed(shop, row, now)

    def fail(self, why: Exception) -> None:
        """The run is tried again, later each time, also after a no: keys are renewed, firewalls change. One kind alone waits for whoever wanted it."""
        may_pass = isinstance(why, Unreadable) or not isinstance(why, Declined)
        with transaction(self._house.store_id, actor=_ACTOR):
            row = self._mine()
            now = clock.now()
            pause = min(RETRY_AFTER * 2 ** min(self._retry_count, 10), LONGEST_RETRY)
            said = why.reason if isinstance(why, WebShopFailure) else f"An error of ours ({type(why).__name__})."
            actions.end(row, now, error=said, retry_at=now + pause if self._type in WHOLE else None)
            alarm.after_failed(actions.shop(), row, may_pass=may_pass)

    # --- reading ---

    def _read(self, resource: Resource) -> None:
        self._start(resource)
        if resource.name == "categories":
            pages = list(self._shop.all_pages(resource.path, resource.params))
            self._enter(resource, Batch([row for page in pages for row in page.rows]), pages[-1] if pages else None)
        else:
            params = self._params(resource)
            place = {"offset": self._progress.offset, "last": self._progress.last}
            asked_at = clock.now()
            for page in self._shop.pages(resource.path, params, **place):
                self._note_clock(resource, page.at)
                read_before = self._progress.last
                batch = Batch(page.rows, gone=self._gone(resource, page), after=read_before, asked_at=asked_at)
                self._progress.last = max([read_before, *map(number_of, page.rows)])
                self._enter(resource, batch, page)
                if self._is_known_from_here(resource, page):
                    break
                asked_at = clock.now()
        if resource.name == "customers":
            self._progress.began["customers"] = str(max(self._progress.last, self._known_account))
        self._progress.done.append(resource.name)
        self._progress.resource = None
        with transaction(self._house.store_id, actor=_ACTOR):
            self._write_down(self._mine())

    def _start(self, resource: Resource) -> None:
        """A resource from its beginning, unless a run that broke off was in the middle of it."""
        if self._progress.resource != resource.name:
            self._progress.resource, self._progress.offset, self._progress.last, self._progress.total = (
                resource.name,
                0,
                0,
                None,
            )
            self._progress.since[resource.name] = self._since(resource)
            if self._is_whole(resource):
                # What has no number is found anew, or was mended.
                self._note(Found(resource.name, seen=[0]))

    def _since(self, resource: Resource) -> str:
        """The instant from which the resource is asked for; "" for all of it."""
        if self._type == "drift":
            return (clock.now() - DRIFT_WINDOW).isoformat(timespec="seconds")
        is_whole = self._type == "full" or not resource.tells_changes
        return "" if is_whole else str(self._cursors.get(resource.name, ""))

    def _params(self, resource: Resource) -> dict[str, Param]:
        since = self._progress.since[resource.name]
        if not since:
            return resource.params | ({"order": "desc"} if self._is_newest_first(resource) else {})
        asked = "after" if self._type == "drift" else "modified_after"
        told = datetime.fromisoformat(since).replace(tzinfo=None).isoformat(timespec="seconds")
        return resource.params | {asked: told, "dates_are_gmt": "true"}

    def _is_newest_first(self, resource: Resource) -> bool:
        """Of accounts new ones are looked for."""
        return self._type == "incremental" and resource.name == "customers"

    @property
    def _known_account(self) -> int:
        """The highest number of an account in the last run that went through; -1 before the first."""
        return int(self._cursors.get("customers", -1))

    def _is_known_from_here(self, resource: Resource, page: Page) -> bool:
        numbers = [number_of(row) for row in page.rows]
        return self._is_newest_first(resource) and any(0 < number <= self._known_account for number in numbers)

    def _note_clock(self, resource: Resource, at: datetime | None) -> None:
        """Changes since now are asked for next time, by the shop's own clock; a proxy's may be ahead of it, so ours is the latest."""
        if at is not None and resource.tells_changes and resource.name not in self._progress.began:
            self._progress.began[resource.name] = (min(at, clock.now()) - OVERLAP).isoformat()

    def _is_whole(self, resource: Resource) -> bool:
        """Whether the shop is asked for all there is, so that what it does not list is not there."""
        return self._type == "drift" or not self._progress.since[resource.name]

    def _gone(self, resource: Resource, page: Page) -> list[int]:
        """What the books have between the records of this page and the last one, and the shop does not list; it is asked for by number, at last each
        alone, since a list that is read while it changes may pass over a record, and a plugin may hide some. What is there after all is taken in with
        the page."""
        if not self._is_whole(resource) or self._is_newest_first(resource):
            return []
        numbers = {number_of(row) for row in page.rows}
        since = self._progress.since[resource.name]
        with transaction(self._house.store_id, actor=_ACTOR):
            upto = None if page.is_last else max(numbers, default=0)
            between = resource.between(self._progress.last, upto, datetime.fromisoformat(since) if since else LONG_AGO)
        missed = sorted(set(between) - numbers)
        there = [row for some in _some(missed, 100) for row in self._shop.listed(resource.path, some)]
        found, gone = {number_of(row) for row in there}, []
        for number in missed:
            if number in found:
                continue
            row = self._shop.alone(resource.path, number)
            if row is None:
                gone.append(number)
            else:
                there.append(row)
        # Of one that is too large there is only the number: it is there, and stays as it is here.
        page.rows.extend(row for row in there if not isinstance(row, dict) or row.keys() != {"id"})
        return gone

    # --- writing ---

    def _enter(self, resource: Resource, batch: Batch, page: Page | None) -> None:
        """Brings a batch into the books, then writes down how far the run is."""
        with transaction(self._house.store_id, actor=_ACTOR):
            resource.look(batch)
        resource.more(self._shop, batch)
        if page is not None:
            self._progress.offset, self._progress.total = page.after, page.total
        found = self._taken(resource, batch)
        if page is not None and page.too_large_at is not None:
            found.append(self._left_out(resource, 0, LeftOut("too_large", place=page.too_large_at)))
        for each in found:
            self._count(each)
        with transaction(self._house.store_id, actor=_ACTOR):
            self._write_down(self._mine())
        crash.at("sync.page_taken")
        self._tell(self._progress, self._synced, self._changed)

    def _taken(self, resource: Resource, batch: Batch) -> list[Found]:
        """Of a batch that the books refuse each half is tried alone, until the record that is refused is left out."""
        for attempt in range(TRIES):
            try:
                return [self._once(resource, batch)]
            except DBAPIError as error:
                if not may_pass(error, attempt):
                    return self._in_halves(resource, batch, error)
        raise AssertionError("the last try does not pass")

    def _once(self, resource: Resource, batch: Batch) -> Found:
        with transaction(self._house.store_id, actor=_ACTOR):
            self._mine()
            found = resource.take(batch, clock.now())
            self._write_found(found)
            crash.at("sync.before_commit")
        return found

    def _in_halves(self, resource: Resource, batch: Batch, error: DBAPIError) -> list[Found]:
        if not isinstance(error, IntegrityError | DataError):
            raise error
        log.warning(
            "web_records_refused", resource=resource.name, count=len(batch.raw), cause=type(error.orig).__name__
        )
        if len(batch.raw) <= 1:
            if batch.gone or not batch.raw:
                raise error
            return [self._left_out(resource, number_of(batch.raw[0]), LeftOut("refused_by_the_books"))]
        half = len(batch.raw) // 2
        first, second = replace(batch, raw=batch.raw[:half], gone=[]), replace(batch, raw=batch.raw[half:])
        return [*self._taken(resource, first), *self._taken(resource, second)]

    def _left_out(self, resource: Resource, number: int, why: LeftOut) -> Found:
        found = Found(resource.name, seen=[number])
        found.leave_out(number, why)
        self._note(found)
        return found

    def _note(self, found: Found) -> None:
        with transaction(self._house.store_id, actor=_ACTOR):
            self._mine()
            self._write_found(found)

    def _write_found(self, found: Found) -> None:
        """A run that only looks mends nothing, so it settles nothing."""
        (found if self._house.is_repairing else replace(found, seen=[])).write(clock.now())

    # --- how far it is ---

    def _mine(self) -> SyncLog:
        """The log, if this is still its runner. Raises TakenOver."""
        row = actions.still(self._log_id, self._runner, clock.now())
        if row is None:
            raise TakenOver
        return row

    def _at_it(self, seconds: float) -> None:
        until = clock.now() + actions.LEASE + timedelta(seconds=seconds)
        with transaction(self._house.store_id, actor=_ACTOR):
            if not _LEASE.run(log=self._log_id, runner=self._runner, until=until):
                raise TakenOver

    def _count(self, found: Found) -> None:
        self._synced += len(found.seen)
        self._changed += found.changed
        report.count(self._report, found)
        for name, value in found.totals.items():
            self._progress.totals[name] = self._progress.totals.get(name, 0) + value

    def _write_down(self, row: SyncLog) -> None:
        row.progress, row.report = dict(vars(self._progress)), dict(self._report)
        row.records_synced, row.records_changed = self._synced, self._changed

    def _compared(self) -> dict[str, Any]:
        """What all orders that were read come to, in the shop and in the books."""
        since = self._progress.since.get("orders")
        if since is None or not self._progress.last or (since and self._type != "drift"):
            return {}
        placed_since = datetime.fromisoformat(since) if since else LONG_AGO
        return report.compared(self._progress.totals, self._progress.last, placed_since)


def look(store_id: UUID, name: str, number: int) -> None:
    """Reads one record anew, of which the shop has hinted that it changed. Raises what may pass, so that it is tried again."""
    with transaction(store_id, actor=_ACTOR):
        try:
            shop_row = actions.shop()
        except actions.NotConnected:
            # It was parted from in the meantime.
            return
        access, at = actions.access(shop_row), house(store_id, shop_row, is_repairing=True)
    gateway: Gateway = current_app.extensions["woocommerce"]
    shop, resource = Shop(gateway, access, Pace(tries=2)), RESOURCES[name](at)
    asked_at = clock.now()
    batch = _hinted(shop, resource, number)
    if batch is None:
        return
    batch.asked_at = asked_at
    with transaction(store_id, actor=_ACTOR):
        resource.look(batch)
    resource.more(shop, batch)
    for attempt in range(TRIES):
        try:
            with transaction(store_id, actor=_ACTOR):
                resource.take(batch, clock.now()).write(clock.now())
            return
        except DBAPIError as error:
            if not may_pass(error, attempt):
                raise


def _hinted(shop: Shop, resource: Resource, number: int) -> Batch | None:
    """The record of a hint, of a variation its product; None if there is nothing to be read."""
    try:
        raw = shop.get(f"{resource.path}/{number}").body
        if resource.name == "products" and isinstance(raw, dict) and raw.get("type") == "variation":
            parent = number_or_zero(raw, "parent_id")
            if not parent:
                log.warning("web_shop_hint_without_parent", wc_id=number)
                return None
            raw = shop.get(f"{resource.path}/{parent}").body
    except NotThere:
        return Batch([], gone=[number])
    except (Declined, TooLarge) as failure:
        if isinstance(failure, Unreadable) or failure.status == 404:
            # WooCommerce is not there at this moment.
            raise
        log.warning("web_shop_declined", code=failure.code)
        return None
    return Batch([raw])


def _resources(sync_type: str) -> Sequence[str]:
    if sync_type == "drift":
        return ("orders",)
    return tuple(RESOURCES) if sync_type in ("full", "incremental") else (sync_type,)


def _some(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (numbers[at : at + size] for at in range(0, len(numbers), size))
