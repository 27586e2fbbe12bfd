"""kill -9 at every step of a payment by link: nothing is lost, and Stripe is asked for nothing twice.

For each point of pos.crash a real process runs into it and dies there, each with an order of its own. Then one worker
without a point does what they left, and what has to hold is looked at for all of them.
"""

import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from pos import cli, crash, create_app, postgres
from pos.checkout import flows
from pos.db import db
from pos.sandbox import events
from soak import stripe
from tests import databases
from tests.checkout.stripe import asked_link
from tests.client import Shop
from tests.races.twins import broken_rules
from tests.running import (
    WebClient,
    environment,
    is_ready,
    process,
    race,
    rows,
    say,
    superuser_of,
    sweep_now,
    until,
    value,
    web_server,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("crash")]

PATIENCE_SECONDS = 60
_EVENT = """
    SELECT body FROM sandbox_objects
     WHERE kind = 'event' AND body ->> 'type' = 'checkout.session.completed'
       AND body -> 'data' -> 'object' -> 'metadata' ->> 'order_id' = %s
"""
# A worker looks at the rows that it finds overdue as soon as it starts. Those of one point are not to be another's.
_FRESH = (
    "UPDATE payment_links SET updated_at = now()",
    "UPDATE refunds SET created_at = now(), sent_at = CASE WHEN sent_at IS NULL THEN NULL ELSE now() END",
    "UPDATE procrastinate_workers SET last_heartbeat = now()",
)
# Nobody need wait for the seconds after which something counts as left behind.
_OVERDUE = (
    "UPDATE payment_links SET updated_at = updated_at - interval '1 minute'",
    "UPDATE refunds SET created_at = created_at - interval '1 minute', sent_at = sent_at - interval '1 minute'",
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'",
)
# A worker that died at another point may have had one in hand. It is to be alone, so the next one would wait for it.
_NO_SWEEP_IN_HAND = "DELETE FROM procrastinate_jobs WHERE task_name = 'checkout.sweep' AND status = 'doing'"
# As the worker does every fifteen seconds.
_TAKE_UP = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'take_up_stalled_jobs', '{\"timestamp\": 0}')"
_BUSY = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') AND task_name LIKE ANY(%s)"
_OURS = ["checkout.%", "sandbox.deliver%"]


@dataclass(frozen=True)
class Point:
    """What leads to a point, what is there when the process has died, and what has to come of it: the link's status in
    the books, what stands at Stripe (active links, open sessions, refunds), and the order's."""

    act: str
    left: tuple[str, int, int, int, str]
    then: tuple[str, int, int, int, str]


_MADE = ("active", 1, 0, 0, "unpaid")
_CLOSED = ("canceled", 0, 0, 0, "unpaid")
_PAID = ("completed", 0, 0, 0, "paid")
_REFUNDED = ("completed", 0, 0, 1, "refunded")
POINTS = {
    "link.calling": Point("ask", ("creating", 0, 0, 0, "unpaid"), _MADE),
    "link.called": Point("ask", ("creating", 1, 0, 0, "unpaid"), _MADE),
    "link.made": Point("ask", _MADE, _MADE),
    "expiry.expired": Point("expire", ("expired", 1, 1, 0, "unpaid"), ("expired", 0, 0, 0, "canceled")),
    "close.calling": Point("withdraw", ("canceled", 1, 1, 0, "unpaid"), _CLOSED),
    "close.deactivated": Point("withdraw", ("canceled", 0, 1, 0, "unpaid"), _CLOSED),
    "close.called": Point("withdraw", _CLOSED, _CLOSED),
    "close.closed": Point("withdraw", _CLOSED, _CLOSED),
    "settle.told": Point("pay", ("active", 0, 1, 0, "unpaid"), _PAID),
    "settle.applied": Point("pay", ("active", 0, 1, 0, "unpaid"), _PAID),
    "settle.committed": Point("pay", ("completed", 0, 1, 0, "paid"), _PAID),
    "refund.calling": Point("refund", _PAID, _REFUNDED),
    "refund.called": Point("refund", ("completed", 0, 0, 1, "paid"), _REFUNDED),
    "refund.settled": Point("refund", _REFUNDED, _REFUNDED),
}
OF_THE_WEB = [point for point in POINTS if POINTS[point].act == "pay"]
OF_THE_WORKER = [point for point in POINTS if point not in OF_THE_WEB]


@dataclass
class Town:
    """One shop with a healthy web, and processes that come and go beside it."""

    shop: Shop
    client: WebClient
    books: Any
    folder: Path
    environ: Callable[..., dict[str, str]]
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def order(self, point: str) -> dict[str, Any]:
        return self.shop.get(f"/orders/{self.orders[point]['id']}").json  # type: ignore[no-any-return]

    @property
    def truth(self) -> Any:
        return self.client.open("/_sandbox/stripe/truth.json", method="GET").json

    def worker(self, name: str, **more: str) -> Any:
        return process(name, self.folder, self.environ(**more), cli.processes()["worker"])

    def flask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [*cli.processes()["worker"][:3], *words]
        return subprocess.run(command, env=self.environ(), capture_output=True, text=True, check=False, timeout=60)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def run(self, *statements: str) -> None:
        for statement in statements:
            rows(self.books, statement)

    def guest(self, point: str, **form: str) -> None:
        """Opens the page at Stripe, or sends its form."""
        url = self.order(point)["payment_link"]["provider_url"]
        answer = self.client.open(
            url.removeprefix(self.client.base_url),
            method="POST" if form else "GET",
            data=form or None,
            allow_redirects=False,
        )
        assert answer.status_code in (200, 303), answer.text

    def stands(self, point: str) -> tuple[str, int, int, int, str]:
        """As `Point` says it."""
        order, truth = self.order(point), self.truth
        link = order["payment_link"]
        made = truth["links"]["by_link_id"].get(link["id"], [])
        sessions = """SELECT count(*) FROM sandbox_objects WHERE kind = 'checkout.session' AND body ->> 'status' = 'open'
                         AND body ->> 'payment_link' = ANY(%s)"""
        refunds = sum(each["metadata"].get("order_id") == order["id"] for each in truth["refunds"]["list"])
        active = sum(link_id in truth["links"]["active"] for link_id in made)
        status = "canceled" if order["status"] == "canceled" else order["payment_status"]
        return link["status"], active, value(self.books, sessions, made), refunds, status


@dataclass(frozen=True)
class Death:
    """How a process ended at a point, and what it left."""

    is_killed: bool
    said: str
    left: tuple[str, int, int, int, str]


@dataclass(frozen=True)
class Afterwards:
    """What was found when all was repaired."""

    town: Town
    deaths: dict[str, Death]
    broken_meanwhile: set[str]
    audits: tuple[str, str]
    reconciled: str


@pytest.fixture(scope="module")
def afterwards(
    server: postgres.Server, shops: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Afterwards]:
    name, folder = f"t_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("crash")
    databases.copy(server, name)
    with ExitStack() as stack:
        stack.callback(databases.drop, server, name)
        books = stack.enter_context(superuser_of(server, name))
        app = create_app(databases.settings(server, name))
        stack.callback(give_back, app)
        base_url = stack.enter_context(web_server(server, name, folder, WEB_CONCURRENCY="1"))
        client = WebClient(base_url)

        def environ(**more: str) -> dict[str, str]:
            return environment(server, name, folder, PUBLIC_BASE_URL=base_url, **more)

        town = Town(client.shop(shops[0]), client, books, folder, environ)
        prepare(town)
        deaths = die_in_the_web(town, server, name) | {point: die_in_the_worker(town, point) for point in OF_THE_WORKER}
        broken = broken_rules(app, town.shop)
        repair(town)
        said = [town.flask(*words).stdout for words in (("audit",), ("payments", "reconcile"), ("audit",))]
        yield Afterwards(town, deaths, broken, (said[0], said[2]), said[1])


def give_back(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def prepare(town: Town) -> None:
    """Each point gets its order; what comes before its step is done by a worker without a point."""
    for point, known in POINTS.items():
        town.orders[point] = town.shop.sell(items=[{"sku": "IPA", "quantity": 2}], join=True)
        if known.act != "ask":
            asked_link(town.shop, town.orders[point])
    linked = [point for point, known in POINTS.items() if known.act != "ask"]
    with town.worker("first worker"):
        until(
            lambda: all(town.order(point)["payment_link"]["status"] == "active" for point in linked), PATIENCE_SECONDS
        )
        for point in linked:
            town.guest(point)
            if POINTS[point].act == "refund":
                town.guest(point, outcome="pay")
        paid = [point for point, known in POINTS.items() if known.act == "refund"]
        until(lambda: all(town.order(point)["payment_status"] == "paid" for point in paid), PATIENCE_SECONDS)
        # The events of all that are told, and the sessions that were only looked at are closed with their paid links.
        town.run(_OVERDUE[0])
        sweep_now(town.books)
        until(lambda: not value(town.books, _BUSY, _OURS), PATIENCE_SECONDS, what="the first worker's end of work")


def die_in_the_web(town: Town, server: postgres.Server, name: str) -> dict[str, Death]:
    """Stripe posts its event to a web that dies of it. No worker is there yet to send it again."""

    def die(point: str) -> Death:
        town.guest(point, outcome="pay")
        event = value(town.books, _EVENT, town.orders[point]["id"])
        where = town.folder / point
        where.mkdir()
        with web_server(server, name, where, CRASH_AT=point, WEB_CONCURRENCY="1") as base_url:
            with pytest.raises(requests.ConnectionError):
                posted(base_url, event)
            log = where / "web.log"
            until(lambda: "SIGKILL" in log.read_text(), what="gunicorn's word on its child")
            said = log.read_text()
            # One that is told to end while it starts its next child waits for that for fifteen seconds.
            until(lambda: is_ready(base_url), PATIENCE_SECONDS, what="gunicorn's next child")
        return Death("was sent SIGKILL" in said, said, town.stands(point))

    found = race([partial(die, point) for point in OF_THE_WEB])
    return dict(zip(OF_THE_WEB, found, strict=True))


def posted(base_url: str, event: dict[str, Any]) -> requests.Response:
    body, headers = events.signed(event, databases.STRIPE_SECRET)
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{base_url}/webhooks/stripe", data=body, headers=headers, timeout=PATIENCE_SECONDS)


def die_in_the_worker(town: Town, point: str) -> Death:
    """What leads to the point is asked for, and a worker does it as far as the point."""
    act(town, point)
    town.run(*_FRESH)
    with town.worker(point, CRASH_AT=point) as worker:
        until(lambda: worker.poll() is not None, PATIENCE_SECONDS, what=f"the end of the worker at {point}")
    return Death(worker.returncode == -9, town.log(point), town.stands(point))


def act(town: Town, point: str) -> None:
    order, what = town.orders[point], POINTS[point].act
    if what == "ask":
        asked_link(town.shop, order)
    elif what == "withdraw":
        assert town.shop.request("DELETE", f"/orders/{order['id']}/payment-link").status_code == 200
    elif what == "refund":
        asked = {"amount": town.order(point)["total"], "reason": "flat"}
        assert town.shop.post(f"/orders/{order['id']}/refunds", asked, as_="owner").status_code == 201
    else:
        expired = "UPDATE payment_links SET expires_at = now() - interval '1 second' WHERE order_id = %s"
        rows(town.books, expired, order["id"])
        town.run(_NO_SWEEP_IN_HAND)
        sweep_now(town.books)


def repair(town: Town) -> None:
    """A worker takes up the jobs of the dead ones, its sweep does the rest, and Stripe's events come again."""
    town.run(*_OVERDUE, _TAKE_UP)
    with town.worker("last worker"):
        until(
            lambda: (
                not value(town.books, _BUSY, _OURS) and all(town.stands(p) == known.then for p, known in POINTS.items())
            ),
            PATIENCE_SECONDS,
            what="the repair of all that was left",
        )


def test_every_point_is_killed_at() -> None:
    assert set(POINTS) == {
        point for point in crash.POINTS if not point.startswith(("text.", "unify.", "rollback.", "sync."))
    }


@pytest.mark.parametrize("point", POINTS)
def test_kill_at_any_point_is_repaired(afterwards: Afterwards, point: str) -> None:
    death = afterwards.deaths[point]
    assert (death.is_killed, f"CRASH_AT={point} reached" in death.said) == (True, True), death.said[-2000:]
    # Stripe may have told of the refund before the process that asked for it was dead.
    lefts = {POINTS[point].left, _REFUNDED} if point == "refund.called" else {POINTS[point].left}
    assert death.left in lefts
    assert afterwards.town.stands(point) == POINTS[point].then


def test_books_are_clean_all_the_time(afterwards: Afterwards) -> None:
    """After the last death, after the repair, and after reconcile."""
    assert afterwards.broken_meanwhile == set()
    assert [audit.endswith(" 0 violation(s)\n") for audit in afterwards.audits] == [True, True], afterwards.audits


def test_points_are_there_for_what_stayed_paid(afterwards: Afterwards) -> None:
    """The customer of all orders is a member."""
    earned = {point: afterwards.town.order(point)["points"]["earned"] for point in POINTS}

    assert earned == {point: 16 if known.then == _PAID else 0 for point, known in POINTS.items()}


def test_reconcile_finds_nothing_that_was_told(afterwards: Afterwards) -> None:
    assert afterwards.reconciled == "Done: the books say what Stripe says.\n"


def test_stripe_was_asked_for_nothing_twice(afterwards: Afterwards) -> None:
    truth = afterwards.town.truth
    say(f"{truth['links']['count']} links, {truth['payments']['count']} payments, {truth['refunds']['count']} refunds")
    assert truth["links"]["count"] == len(POINTS)
    assert truth["payments"]["count"] == len(OF_THE_WEB) + 3
    assert truth["refunds"]["count"] == 3
    assert list(stripe.violations(afterwards.town.books, truth)) == []


@pytest.mark.parametrize(
    ("app", "broken"), [("wsgi:app", set()), ("tests.races.forgetful:app", {"provider_event.effect"})]
)
def test_twin_that_notes_an_event_before_its_effect_is_found(twin_town: "TwinTown", app: str, broken: set[str]) -> None:
    # Given a paid link, whose event kills a web between its steps
    committed, shop, event = twin_town.app, twin_town.shop, twin_town.event
    with twin_town.web(app) as base_url:
        with pytest.raises(requests.ConnectionError):
            posted(base_url, event)
        until(lambda: is_ready(base_url), PATIENCE_SECONDS, what="gunicorn's next child")

    # When Stripe posts it again, to one that lives
    body, headers = events.signed(event, databases.STRIPE_SECRET)
    assert committed.test_client().post("/webhooks/stripe", data=body, headers=headers).status_code == 200

    # Then the audit finds what the twin has lost
    assert broken_rules(committed, shop) == broken
    order_id = event["data"]["object"]["metadata"]["order_id"]
    assert shop.get(f"/orders/{order_id}").json["payment_status"] == ("unpaid" if broken else "paid")


@dataclass(frozen=True)
class TwinTown:
    """A database of the twin's own, with an event of Stripe's that nobody has heard of yet."""

    app: Flask
    shop: Shop
    event: dict[str, Any]
    web: Callable[[str], Any]


@pytest.fixture
def twin_town(
    server: postgres.Server,
    database: str,
    committed: Flask,
    *,
    superuser: Any,
    shops: list[dict[str, Any]],
    tmp_path: Path,
) -> TwinTown:
    shop = Shop(committed.test_client(), **shops[0])
    order = shop.sell(payment_link={})
    with committed.app_context():
        flows.make_link(uuid.UUID(shop.store_id), uuid.UUID(order["payment_link"]["id"]))
    url = shop.get(f"/orders/{order['id']}").json["payment_link"]["provider_url"]
    committed.test_client().post(url[url.index("/_sandbox") :], data={"outcome": "pay"})
    more = {"CRASH_AT": "settle.told", "WEB_CONCURRENCY": "1"}
    return TwinTown(
        committed,
        shop,
        value(superuser, _EVENT, order["id"]),
        lambda app: web_server(server, database, tmp_path, command=[*cli.processes()["web"], app], **more),
    )
