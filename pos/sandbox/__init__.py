"""The stand-in for payment providers without keys: their HTTP dialect, what a payer sees, and their webhooks.

It is registered in development only, and keeps its state in the tables `sandbox_*` (docs/sandbox.md).
"""

from flask import Flask

from pos.sandbox import events
from pos.sandbox import tasks as _tasks  # noqa: F401 - declares its jobs
from pos.sandbox.pages import blueprint as pages
from pos.sandbox.routes import blueprint as routes
from pos.sandbox.transport import transport

__all__ = ["init_app", "transport"]


def init_app(app: Flask) -> None:
    """Opens /_sandbox. `sandbox_post` sends the webhooks; a test may put its own there before the first one."""
    app.extensions["sandbox_post"] = events.post
    app.register_blueprint(pages)
    app.register_blueprint(routes)
