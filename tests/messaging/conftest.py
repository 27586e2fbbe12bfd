"""A shop that texts, with real commits."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.client import Shop
from tests.messaging.sandboxed import Texts


@pytest.fixture
def texts(committed: Flask, superuser: Any, shops: list[dict[str, Any]]) -> Iterator[Texts]:
    with committed.app_context():
        yield Texts(committed, superuser, Shop(committed.test_client(), **shops[0]))
