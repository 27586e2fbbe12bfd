"""The first shop as a day sees it: with real commits, so that each row has a time of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.client import Shop


@pytest.fixture
def today(committed: Flask, shops: list[dict[str, Any]]) -> Iterator[Shop]:
    """The first shop, with real commits, so that each row has a time of its own."""
    with committed.app_context():
        yield Shop(committed.test_client(), **shops[0])
