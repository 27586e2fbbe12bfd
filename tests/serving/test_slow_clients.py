"""Slow clients harm nobody but themselves, without a proxy in front: they cost no thread, and are cut off at last."""

from collections.abc import Callable

import pytest

from tests.client import Shop
from tests.running import until
from tests.serving import crowd
from tests.serving.web import Web, ask

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("serving")]

CROWD = 300
ROUNDS, BOUND_SECONDS = 15, 3.0
KINDS: dict[str, Callable[[Shop], crowd.Slowness]] = {
    "headers": lambda _: crowd.HEADERS,
    "bodies": lambda shop: crowd.bodies(shop.register_token),
}


@pytest.mark.parametrize("kind", KINDS)
def test_slow_clients_keep_nobody_waiting(web: Web, shop: Shop, kind: str) -> None:
    with crowd.crowd_at(web.base_url, CROWD, KINDS[kind](shop)) as slow:
        answers = ask(web, ROUNDS, BOUND_SECONDS)
        still_there = len(slow.waiting)

    assert [status for status, _ in answers] == [200, 201] * ROUNDS
    assert still_there == CROWD


@pytest.fixture(scope="module")
def threads(start: Callable[..., Web]) -> Web:
    return start("threads.conf.py")


@pytest.mark.parametrize("kind", KINDS)
def test_threads_would_all_be_held_by_slow_clients(threads: Web, kind: str) -> None:
    """The twin: four threads in each process are no match for them, so the test above looks at something."""
    until(lambda: [status for status, _ in ask(threads, 1, BOUND_SECONDS)] == [200, 201], what="free threads")

    with crowd.crowd_at(threads.base_url, CROWD, KINDS[kind](threads.shops[0])):
        answers = ask(threads, 1, BOUND_SECONDS)

    assert 0 in [status for status, _ in answers]


def test_slow_clients_are_cut_off_at_last(web: Web, shop: Shop) -> None:
    headers, body = (kind(shop) for kind in KINDS.values())

    with crowd.crowd_at(web.base_url, 20, headers) as first, crowd.crowd_at(web.base_url, 20, body) as second:
        until(lambda: len(first.told) + len(second.told) == 40, what="the end of 40 slow clients")

    assert first.told == [b""] * 20
    assert all(told.startswith(b"HTTP/1.1 408 ") and b"Send the request again" in told for told in second.told)
