"""Rows some at a time. `itertools.batched` came with Python 3.12 only."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Each = TypeVar("Each")


def batched(rows: Iterable[Each], size: int) -> Iterator[tuple[Each, ...]]:
    """So many rows at a time, the last time fewer."""
    remaining = iter(rows)
    while batch := tuple(islice(remaining, size)):
        yield batch
