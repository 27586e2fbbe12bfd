"""Runs in bad weather: the shop is busy, away, or answers with what nobody can read. And two who are at one run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from pos import clock, ids
from pos.db import find, transaction
from pos.sandbox.shop import acts
from pos.woocommerce import actions, flows, tasks
from pos.woocommerce.asking import Pace
from pos.woocommerce.flows import Progress
from pos.woocommerce.gateway import Gateway, Limits
from pos.woocommerce.models import SyncLog
from tests.running import race
from tests.woocommerce.test_sync import _LINES_APART, _ORDERS_APART
from tests.woocommerce.web import QUICK, WIDE, Web

pytestmark = pytest.mark.xdist_group("web_shop")
ORDERS, CUSTOMERS, ANYTHING = "GET /wp-json/wc/v3/orders", "GET /wp-json/wc/v3/customers", "GET /wp-json"


def _is_as_in_the_shop(web: Web) -> bool:
    return web.rows(_ORDERS_APART) == web.rows(_LINES_APART) == web.broken() == []


def _impatient(web: Web) -> None:
    """Nobody has ten seconds here."""
    settings = web.app.config["SETTINGS"].web_shop
    web.app.config["SANDBOX_SILENCE_SECONDS"] = 1.0
    web.app.extensions["woocommerce"] = Gateway(
        allows_loopback=False, own=settings.own_url, limits=Limits(seconds=0.5, attempt_seconds=0.5)
    )


def _begin_due(web: Web, now: datetime) -> list[dict[str, Any]]:
    """The clock comes by; gives the runs that it asked for."""
    with transaction(web.store_id, actor="test"):
        tasks.begin_due(now)
    return web.jobs("woocommerce.run")


def test_run_gets_through_whatever_passes(web: Web) -> None:
    faults = ["429", "500", "503", "reset", "html", "garbage"]
    web.order_faults(*((ORDERS, fault, 1) for fault in faults), *((CUSTOMERS, fault, 1) for fault in faults[:3]))

    log = web.sync(pace=replace(QUICK, tries=9))

    assert log["error_message"] is None
    assert _is_as_in_the_shop(web)
    struck = web.rows("SELECT fault, count(*) FROM sandbox_shop_requests WHERE fault IS NOT NULL GROUP BY 1")
    assert dict(struck) == {fault: 1 + (fault in faults[:3]) for fault in faults}


def test_run_gets_through_silence(web: Web) -> None:
    _impatient(web)
    web.order_faults((CUSTOMERS, "timeout_before", 1))

    assert web.sync("customers")["records_synced"] == web.value(
        "SELECT count(*) FROM sandbox_shop_things WHERE kind = 'customer'"
    )


def test_run_waits_as_long_as_the_shop_asks_for(web: Web) -> None:
    web.order_faults((CUSTOMERS, "429", 1))
    began = time.monotonic()

    web.sync("customers", pace=Pace(tries=2, first_pause=0.0, longest_pause=30.0))

    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("fault", ["429", "reset", "html"])
def test_run_that_does_not_get_through_goes_on_from_its_place(web: Web, fault: str) -> None:
    first = web.sync("customers", pace=WIDE)["records_synced"]
    before = web.digests()
    web.order_faults((ORDERS, fault, 100))

    failed = web.run(web.begin(), pace=WIDE)
    now = clock.now()

    assert (failed["status"], failed["runner"], failed["completed_at"] <= now) == ("failed", None, True)
    assert failed["error_message"]
    assert timedelta(minutes=4) < failed["next_retry_at"] - now < timedelta(minutes=6)
    assert failed["progress"]["done"] == ["categories", "products", "coupons", "customers"]
    assert first
    assert before["orders"] == web.digests()["orders"]

    web.order_faults()
    web.door.asked.clear()
    assert _begin_due(web, now + timedelta(minutes=4)) == []
    (job,) = _begin_due(web, now + timedelta(minutes=6))
    log = web.run(UUID(job["log_id"]), pace=WIDE)

    assert (log["status"], log["retry_count"]) == ("completed", 1)
    assert {asked.partition("?")[0].partition("/")[0] for asked in web.door.asked} == {"orders"}
    assert web.log(failed["id"])["next_retry_at"] is None
    assert _is_as_in_the_shop(web)


def test_each_failure_waits_longer_than_the_one_before_up_to_six_hours(web: Web) -> None:
    web.order_faults((ANYTHING, "503", 1000))
    waits: list[timedelta] = []
    log, now = web.run(web.begin()), clock.now()

    for _ in range(9):
        waits.append(log["next_retry_at"] - log["completed_at"])
        (job,) = _begin_due(web, now + timedelta(hours=7))
        web.rows("UPDATE procrastinate_jobs SET status = 'succeeded'")
        log = web.run(UUID(job["log_id"]))

    assert waits == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80, 160, 320, 360, 360)]


def test_run_that_fails_in_the_middle_of_a_list_goes_on_there(web: Web) -> None:
    log_id = web.begin()

    def stop(progress: Progress, *_: int) -> None:
        if progress.resource == "orders" and progress.offset >= 40:
            web.order_faults((ORDERS, "503", 100))

    flows.run(web.store_id, log_id, pace=QUICK, tell=stop)
    failed = web.log(log_id)
    web.order_faults()
    web.door.asked.clear()
    (job,) = _begin_due(web, clock.now() + timedelta(minutes=6))
    log = web.run(UUID(job["log_id"]))

    read = failed["progress"]["offset"]
    assert (failed["status"], 40 <= read < 60) == ("failed", True)
    assert f"offset={read - 1}" in web.door.asked[0]
    assert log["report"]["totals"]["shop"] == log["report"]["totals"]["books"]
    assert _is_as_in_the_shop(web)


def test_list_that_was_shortened_meanwhile_is_gone_on_with_all_the_same(web: Web) -> None:
    """Five of the first page go for good while nobody is at the run."""
    log_id = web.begin()

    def stop(progress: Progress, *_: int) -> None:
        if progress.resource == "orders" and progress.offset >= 40:
            web.order_faults((ORDERS, "503", 100))

    flows.run(web.store_id, log_id, pace=QUICK, tell=stop)
    web.order_faults()
    kept = web.rows(
        "SELECT wc_order_id FROM orders WHERE store_id = %(store)s AND source = 'woocommerce' ORDER BY 1 LIMIT 5"
    )
    for (number,) in kept:
        web.act(acts.delete, number)
    web.run(web.begin())

    assert web.value(
        "SELECT count(*) FROM orders WHERE store_id = %(store)s AND source = 'woocommerce'"
    ) == 5 + web.value("SELECT count(*) FROM sandbox_shop_things WHERE kind = 'order' AND state <> 'trash'")


def test_key_that_is_refused_waits_for_a_person_and_is_tried_again(web: Web) -> None:
    with transaction(web.store_id, actor="test"):
        known = actions.access(actions.shop())
        actions.connect(replace(known, key="ck_of_another"), {}, clock.now(), location_id=None, product_kind=None)

    failed = web.run(web.begin())

    assert failed["next_retry_at"] - failed["completed_at"] == timedelta(minutes=5)
    assert "does not accept the consumer key" in failed["error_message"]
    assert web.rows("SELECT detail ->> 'cause' FROM attention_items WHERE kind = 'web_shop'") == [("failed",)]
    assert _begin_due(web, clock.now() + timedelta(minutes=4)) == []
    assert len(_begin_due(web, clock.now() + timedelta(minutes=6))) == 1


def test_what_is_due_is_begun_once(synced: Web) -> None:
    noon = clock.now().replace(hour=20)

    (job,) = _begin_due(synced, noon + timedelta(days=1))
    assert _begin_due(synced, noon + timedelta(days=1, seconds=20)) == [job]
    assert synced.log(UUID(job["log_id"]))["sync_type"] == "incremental"


def test_drift_is_due_once_a_night_by_the_clock_of_the_store(synced: Web) -> None:
    # Los Angeles has 3 o'clock at 11 UTC in winter.
    night = datetime.fromisoformat("2026-12-01T11:20:00+00:00")

    (job,) = _begin_due(synced, night)
    log = synced.run(UUID(job["log_id"]))
    synced.rows("UPDATE sync_logs SET started_at = %(night)s WHERE id = %(log)s", night=night, log=job["log_id"])
    synced.rows("UPDATE procrastinate_jobs SET status = 'succeeded'")
    (again,) = _begin_due(synced, night + timedelta(minutes=10))

    assert (log["sync_type"], log["status"], log["records_changed"]) == ("drift", "completed", 0)
    assert synced.log(UUID(again["log_id"]))["sync_type"] == "incremental"


# --- two at once ------------------------------------------------------------------------------------------


def test_second_run_at_once_is_refused(web: Web) -> None:
    asked = {"type": "full"}
    first = web.shop.post("/sync/woocommerce", asked, as_="owner")
    second = web.shop.post("/sync/woocommerce", asked, as_="owner")

    assert (first.status_code, second.status_code, second.json["type"]) == (202, 409, "/problems/sync-is-running")


def test_of_runs_begun_in_the_same_moment_one_is_left(web: Web) -> None:
    def begin() -> int:
        with web.app.app_context():
            return web.shop.post("/sync/woocommerce", {"type": "full"}, as_="owner").status_code

    assert sorted(race([begin] * 4)) == [202, 409, 409, 409]


def test_run_of_somebody_who_died_is_taken_up(web: Web) -> None:
    log_id = web.begin()
    now = clock.now()

    assert _begin_due(web, now + timedelta(seconds=50)) == []
    (job,) = _begin_due(web, now + timedelta(seconds=70))

    assert job["log_id"] == str(log_id)
    assert web.run(log_id)["status"] == "completed"


@contextmanager
def _somebody_else(web: Web, log_id: UUID) -> Iterator[Any]:
    """What another runner does as soon as it is let, in the middle of the first one's run."""

    def take_up(progress: Progress, *_: int) -> None:
        if progress.resource == "orders" and not done.is_set():
            done.set()
            with transaction(web.store_id, actor="test"):
                actions.take_up(log_id, ids.uuid7(), clock.now())

    done = threading.Event()
    yield take_up
    assert done.is_set()


class Unfenced(flows._Run):
    """Does not look whether it is still its run."""

    def _mine(self) -> SyncLog:
        return find(SyncLog, self._log_id, lock=True)


def _orders(web: Web) -> int:
    return int(web.value("SELECT count(*) FROM orders WHERE store_id = %(store)s AND source = 'woocommerce'"))


def test_runner_that_lost_its_run_writes_nothing_more(web: Web) -> None:
    log_id = web.begin()

    with _somebody_else(web, log_id) as tell:
        flows.run(web.store_id, log_id, pace=QUICK, tell=tell)

    log = web.log(log_id)
    assert (_orders(web), log["status"], log["progress"]["offset"]) == (QUICK.page, "running", QUICK.page)
    assert web.run(log_id)["status"] == "completed"
    assert _is_as_in_the_shop(web)


def test_without_the_fence_it_writes_on(web: Web) -> None:
    """The twin of the test before."""
    log_id = web.begin()

    with _somebody_else(web, log_id) as tell:
        with transaction(web.store_id, actor="test"):
            row, shop = actions.take_up(log_id, ids.uuid7(), clock.now()), actions.shop()
            assert row is not None
            at, access = flows.house(web.store_id, shop, is_repairing=True), actions.access(shop)
            work = Unfenced(at, access=access, row=row, runner=ids.uuid7(), cursors={}, pace=QUICK, tell=tell)
        work.do()

    assert _orders(web) > QUICK.page


def test_runner_that_lost_its_run_does_not_end_it_when_the_shop_is_away(web: Web) -> None:
    log_id = web.begin()

    with _somebody_else(web, log_id) as tell:

        def lose(progress: Progress, *counts: int) -> None:
            tell(progress, *counts)
            if progress.resource == "orders":
                web.order_faults((ANYTHING, "503", 100))

        flows.run(web.store_id, log_id, pace=replace(QUICK, tries=1), tell=lose)

    assert web.log(log_id)["status"] == "running"


def test_two_runners_leave_what_one_would(web: Web) -> None:
    """The second takes the run up while the first is at it."""
    log_id = web.begin()

    def run() -> None:
        with web.app.app_context():
            flows.run(web.store_id, log_id, pace=QUICK)

    race([run, run, run])

    assert web.log(log_id)["status"] == "completed"
    assert _is_as_in_the_shop(web)
    assert web.sync()["records_changed"] == 0
