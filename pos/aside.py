"""Long computations step aside: where requests share a thread, all others would wait for them."""

from collections.abc import Callable
from typing import Any

_through: Callable[..., Any] | None = None


def compute(function: Callable[..., Any], *values: Any) -> Any:
    """What the function gives or raises. In a web process it runs in a thread, and other requests go on meanwhile."""
    result, error = _through(_outcome, (function, values)) if _through else _outcome(function, values)
    if error:
        raise error
    return result


def go_through(apply: Callable[..., Any] | None) -> None:
    """From now on `apply(function, values)` does the computing; None: here and now, as in commands and tests."""
    global _through  # noqa: PLW0603 - set once, by the process that serves
    _through = apply


def _outcome(function: Callable[..., Any], values: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    """gevent prints the stack of what a thread raises, though a wrong password is nothing to print."""
    try:
        return function(*values), None
    except Exception as error:
        return None, error
