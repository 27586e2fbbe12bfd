"""What has changed since somebody saved a chart: in the views that it reads, and in the columns of its answer. In words, and pure."""

from collections.abc import Mapping, Sequence
from typing import Any

# Columns in their order, each with name and type.
Shape = Sequence[Mapping[str, Any]]
NOT_ASKED_ANY_MORE = "What this question asks for is not there any more, or may not be asked."


def of_views(agreed: Mapping[str, Shape], found: Mapping[str, Shape]) -> list[str]:
    """A sentence for each view that is gone, and for each column that went, came, or is of another type."""
    told = [f"{view} is gone." for view in agreed if view not in found]
    for view, shape in found.items():
        told += _between(agreed.get(view, shape), shape, view)
    return told


def of_answers(agreed: Shape, found: Shape) -> list[str]:
    """The same for the columns of an answer."""
    return _between(agreed, found, "The answer")


def _between(agreed: Shape, found: Shape, what: str) -> list[str]:
    before, after = _types(agreed), _types(found)
    gone = [f"{what} has no column “{name}” any more." for name in before if name not in after]
    new = [f"{what} has a new column “{name}”." for name in after if name not in before]
    other = [
        f"{what} has “{name}” as {after[name]}; it was {kind}."
        for name, kind in before.items()
        if after.get(name, kind) != kind
    ]
    return [*gone, *new, *other]


def _types(shape: Shape) -> dict[str, str]:
    return {str(column["name"]): str(column["type"]) for column in shape}
