"""kill -9 at every step of a text, in the middle of a campaign: nothing is lost, nothing is sent twice, and whoever may not be texted
is not.

For each point of pos.crash a real worker runs into it and dies there, all of them on the same crowd (soak/crowd.py), of which
every state of consent and every hour of the day is. Then a worker without a point does the rest.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pos import cli, clock, crash, create_app, postgres
from pos.db import db
from pos.messaging import flows
from soak import crowd as crowds
from soak.crowd import Crowd
from tests import databases
from tests.client import Shop
from tests.races.twins import broken_rules
from tests.running import PATIENCE_SECONDS, environment, process, rows, say, superuser_of, until, value

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("texts")]

POINTS = [point for point in crash.POINTS if point.startswith("text.")]
SIZE = 96
# What is under way was begun a minute ago, and whoever did it is long dead.
_OVERDUE = (
    "UPDATE messages SET sending_at = sending_at - interval '1 minute' WHERE status IN ('sending', 'unknown')",
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'",
    "DELETE FROM procrastinate_jobs WHERE task_name = 'messaging.sweep'",
)
_SWEEP = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'messaging.sweep', '{\"timestamp\": 0}')"
_OURS = "SELECT status, count(*) FROM messages WHERE store_id = %s AND direction = 'out' GROUP BY status"


@dataclass(frozen=True)
class Death:
    """How a worker ended at a point, how many texts Twilio had been given before it, and what stood in the books afterwards."""

    is_killed: bool
    said: str
    given: tuple[int, int]
    stands: dict[str, int]


@dataclass(frozen=True)
class Afterwards:
    app: Flask
    shop: Shop
    books: Any
    crowd: Crowd
    deaths: dict[str, Death]
    broken_meanwhile: set[str]
    begun: datetime


@pytest.fixture(scope="module")
def afterwards(
    server: postgres.Server, shops: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Afterwards]:
    name, folder = f"t_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("texts")
    databases.copy(server, name)
    with ExitStack() as stack:
        stack.callback(databases.drop, server, name)
        books = stack.enter_context(superuser_of(server, name))
        app = create_app(databases.settings(server, name))
        stack.callback(give_back, app)
        seed = random.SystemRandom().randrange(10**6)
        say(f"seed {seed}")
        begun = clock.now()
        crowd = crowds.planted(books, shops[0]["store_id"], SIZE, random.Random(seed))
        env = environment(server, name, folder)
        deaths = {point: die(books, folder, env, crowd, point) for point in POINTS}
        shop = Shop(app.test_client(), **shops[0])
        broken = broken_rules(app, shop)
        repair(books, folder, env, crowd)
        yield Afterwards(app, shop, books, crowd, deaths, broken, begun)


def give_back(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def die(books: Any, folder: Path, env: dict[str, str], crowd: Crowd, point: str) -> Death:
    """A worker does what there is to do as far as the point."""
    before = len(crowds.given_to_twilio(books))
    crowds.ask(books, "messaging.deliver", store_id=crowd.store_id)
    with process(point, folder, env | {"CRASH_AT": point}, cli.processes()["worker"]) as worker:
        until(lambda: worker.poll() is not None, PATIENCE_SECONDS, what=f"the end of the worker at {point}")
    said = (folder / f"{point}.log").read_text(errors="replace")
    given = len(crowds.given_to_twilio(books))
    return Death(worker.returncode == -9, said, (before, given), dict(rows(books, _OURS, crowd.store_id)))


def repair(books: Any, folder: Path, env: dict[str, str], crowd: Crowd) -> None:
    """A worker without a point does the rest."""
    for statement in (*_OVERDUE, _SWEEP):
        rows(books, statement)
    with process("last worker", folder, env, cli.processes()["worker"]):
        is_written = "SELECT count(*) > 0 FROM campaigns WHERE id = %s AND reached_id IS NOT NULL"
        until(
            lambda: value(books, is_written, crowd.campaign_id) and not crowds.on_the_way(books, crowd),
            PATIENCE_SECONDS,
            what="the rest of the texts",
        )


def test_each_point_of_a_text_is_killed_at(afterwards: Afterwards) -> None:
    assert {point: (death.is_killed, f"CRASH_AT={point} reached" in death.said) for point, death in afterwards.deaths.items()} == (
        dict.fromkeys(POINTS, (True, True))
    )  # fmt: skip


def test_each_death_leaves_what_its_point_says(afterwards: Afterwards) -> None:
    deaths = afterwards.deaths
    for point in ("text.claimed", "text.calling"):
        # Nothing was said to Twilio, and the books say that it may have been
        assert deaths[point].given[0] == deaths[point].given[1]
        assert deaths[point].stands["sending"] >= 1
    called = deaths["text.called"]
    assert called.given[1] > called.given[0]
    told = deaths["text.told"]
    assert told.given[1] > told.given[0]
    assert told.stands["sent"] >= 1


def test_exactly_who_may_be_texted_is_and_each_once(afterwards: Afterwards) -> None:
    say(str(crowds.figures(afterwards.books, afterwards.crowd)))
    most_dropped = flows.AT_ONCE * len(POINTS)
    found = crowds.violations(
        afterwards.books, afterwards.crowd, afterwards.begun, clock.now(), most_dropped=most_dropped
    )
    assert list(found) == []


def test_books_are_clean_after_the_deaths_and_after_the_repair(afterwards: Afterwards) -> None:
    assert afterwards.broken_meanwhile == set()
    assert broken_rules(afterwards.app, afterwards.shop) == set()
