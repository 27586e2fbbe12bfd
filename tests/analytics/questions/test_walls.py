"""Every wall alone, against all that hostile.py thinks of: what each stops by itself, and that none lets another store's row through."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from uuid import UUID

import psycopg2
import pytest

from pos.analytics.questions import grammar
from pos.analytics.questions.functions import LANGUAGES
from pos.analytics.questions.refusals import QueryRefused
from pos.analytics.questions.views import VIEWS
from tests import databases
from tests.analytics.questions.asking import Granted, connected, digest, marks, own_memory_bytes, said, slot_of
from tests.analytics.questions.hostile import HOSTILE, all_of

MOST_MEMORY_BYTES = 450 * 2**20
KINDS = [*HOSTILE]
CHANGING = {"calls what has an effect", "stacks statements", "changes the session", "eats what there is"}
TWIN_OPEN = """
    GRANT EXECUTE ON ALL ROUTINES IN SCHEMA pg_catalog TO PUBLIC; GRANT TEMPORARY ON DATABASE "{name}" TO PUBLIC;
    GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@pytest.fixture(scope="module")
def twin(granted: Granted) -> Iterator[str]:
    """A copy of the database in which the second wall was never raised."""
    name = f"{granted.database}_w1"
    with granted.app.app_context():
        databases.db.engine.dispose()
    databases.copy(granted.server, name, template=granted.database)
    with databases.superuser_in(granted.server, name) as cursor:
        cursor.execute(TWIN_OPEN.format(name=name))
        for language in LANGUAGES:
            cursor.execute(f"GRANT USAGE ON LANGUAGE {language} TO PUBLIC")
    yield name
    databases.drop(granted.server, name)


def _of(kind: str, granted: Granted) -> list[str]:
    return [text for each, text in all_of(granted.theirs.store_id) if each == kind]


@pytest.mark.parametrize("kind", KINDS)
def test_api_refuses_or_answers_harmlessly(granted: Granted, kind: str) -> None:
    theirs, before = marks(granted), digest(granted)

    answers = {text: granted.mine.post("/analytics/query", {"sql": text}, as_="owner") for text in _of(kind, granted)}

    statuses = Counter(answer.status_code for answer in answers.values())
    assert set(statuses) <= {200, 422}, statuses
    assert [
        text
        for text, answer in answers.items()
        if any(mark in answer.get_data(as_text=True) for mark in theirs - _asked(text))
    ] == []
    assert digest(granted) == before


def _asked(text: str) -> frozenset[str]:
    """A refusal may repeat what was asked."""
    return frozenset(mark for mark in ("EUR", "Cafe") if mark.lower() in text.lower())


@pytest.mark.parametrize("kind", KINDS)
def test_login_of_a_slot_meets_two_walls_without_the_grammar(granted: Granted, kind: str) -> None:
    theirs, before = marks(granted), digest(granted)

    _, leaks, locks, memory, slowest = _raw(granted, kind, theirs, None)

    assert leaks == []
    assert locks == []
    assert memory < MOST_MEMORY_BYTES, f"{memory / 2**20:.0f} MiB"
    assert slowest < 3
    assert digest(granted) == before


def test_each_wall_alone_stops_its_share(granted: Granted, twin: str, capsys: pytest.CaptureFixture[str]) -> None:
    theirs, shares, leaks = marks(granted), {}, []
    for kind in KINDS:
        texts = _of(kind, granted)
        with_both, leaked, *_ = _raw(granted, kind, theirs, None)
        with_first, leaked_first, *_ = _raw(granted, kind, theirs, twin)
        leaks += leaked + leaked_first
        shares[kind] = (len(texts), sum(map(_is_refused, texts)), len(with_both), len(with_first))

    _show(capsys, shares)
    asked, by_grammar, by_both, by_first = map(sum, zip(*shares.values(), strict=True))
    assert leaks == []
    assert asked > 200
    # The grammar refuses all but what only looks hostile; the second wall stops what the first one, of rows, does not know.
    assert by_grammar > 0.95 * asked
    assert by_first < by_both - 30
    assert by_first > 0.4 * asked


def test_without_the_policy_the_tests_see_the_leak(granted: Granted, twin: str) -> None:
    theirs = marks(granted)
    with databases.superuser_in(granted.server, twin) as cursor:
        cursor.execute("SET LOCAL app.allow_drop = on")
        cursor.execute("ALTER POLICY analyst ON public.products USING (true)")
    with _seat(granted, twin) as connection:
        seen = said(connection, _all("report_products")).text

    assert any(mark in seen for mark in theirs)


def test_views_show_rows_of_the_lease_alone(granted: Granted) -> None:
    theirs = marks(granted)
    with slot_of(granted, granted.store_id) as mine, slot_of(granted, UUID(granted.theirs.store_id)) as other:
        seen = {view.name: (said(mine, _all(view.name)), said(other, _all(view.name))) for view in VIEWS}

    assert [name for name, (mine, _) in seen.items() if any(mark in mine.text for mark in theirs)] == []
    assert [name for name, came in seen.items() if came[0].state or came[1].state] == []
    assert granted.theirs.products["TEE-BLK-M"] in seen["report_order_lines"][1].text


def test_setting_says_nothing(granted: Granted) -> None:
    theirs = marks(granted)
    with slot_of(granted, granted.store_id) as connection:
        said(connection, f"SET app.store_id = '{granted.theirs.store_id}'")
        said(connection, "SET row_security = off")
        seen = [said(connection, _all(view.name)).text for view in VIEWS]

    assert not any(mark in text for mark in theirs for text in seen)


def test_growing_question_is_refused_before_it_grows() -> None:
    (text,) = [text for _, text in all_of("x") if text.count("a + a") > 20]

    with pytest.raises(QueryRefused):
        grammar.judge(text, 100)


def _show(capsys: pytest.CaptureFixture[str], shares: dict[str, tuple[int, ...]]) -> None:
    lines = [f"{'refused by each alone':24}{'asked':>8}{'grammar':>9}{'walls 1, 2':>12}{'wall 1':>8}"]
    for kind, counts in [*shares.items(), ("all", tuple(map(sum, zip(*shares.values(), strict=True))))]:
        lines.append(f"{kind:24}{counts[0]:>8}{counts[1]:>9}{counts[2]:>12}{counts[3]:>8}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


def _all(view: str) -> str:
    return f"SELECT * FROM analytics.{view}"


def _is_refused(text: str) -> bool:
    try:
        grammar.judge(text, 100)
    except QueryRefused:
        return True
    return False


@cache
def _raw(
    granted: Granted, kind: str, theirs: frozenset[str], database: str | None
) -> tuple[list[str], list[str], list[str], int, float]:
    """The texts that were refused, those that showed another store, locks that were left, memory, and the longest time."""
    refused, leaks, locks, memory, slowest = [], [], [], 0, 0.0
    # What only the grammar can stop: PostgreSQL plans for as long as it takes, and looks at no clock meanwhile.
    waiting = [text for text in _of(kind, granted) if text.count("a + a") < 20]
    while waiting:
        with _seat(granted, database) as connection:
            pid = connection.info.backend_pid
            while waiting and not connection.closed:
                text = waiting.pop(0)
                came = said(connection, text)
                refused += [text] if came.state else []
                leaks += [text] if any(mark in came.text and mark not in text for mark in theirs) else []
                slowest = max(slowest, came.seconds)
                locks += _locks(pid, granted, text)
                # Whoever got through may have changed the session; the next one begins anew.
                if connection.closed or (came.state is None and kind in CHANGING):
                    break
            memory = max(memory, own_memory_bytes(pid))
    return refused, leaks, locks, memory, slowest


@contextmanager
def _seat(granted: Granted, database: str | None) -> Iterator[psycopg2.extensions.connection]:
    """A slot's connection, to the database or to its twin."""
    with slot_of(granted, granted.store_id) as lent:
        if database is None:
            yield lent
            return
        with closing(_twin_of(lent, granted, database)) as connection:
            _bind(granted, database, connection)
            yield connection


def _twin_of(lent: psycopg2.extensions.connection, granted: Granted, database: str) -> psycopg2.extensions.connection:
    """The same login in another database; it may connect once at a time."""
    role = lent.info.user
    lent.close()
    return connected(granted, role, database)


def _bind(granted: Granted, database: str, connection: psycopg2.extensions.connection) -> None:
    """The twin's own leases, which nobody else writes."""
    with databases.superuser_in(granted.server, database) as cursor:
        cursor.execute(
            "UPDATE analyst_leases SET store_id = %s, backend_pid = %s, leased_until = now() + interval '20 s' WHERE role_name = %s",
            [str(granted.store_id), connection.info.backend_pid, connection.info.user],
        )


def _locks(pid: int, granted: Granted, text: str) -> list[str]:
    """Locks that outlived the statement, of a session that has no transaction open by its own will."""
    with databases.superuser_in(granted.server, "postgres") as cursor:
        cursor.execute(
            "SELECT l.locktype, l.mode FROM pg_locks l WHERE l.pid = %s AND l.locktype <> 'virtualxid' AND l.mode <> 'AccessShareLock'",
            [pid],
        )
        return [f"{text}: {row}" for row in cursor.fetchall()]
