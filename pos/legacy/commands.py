"""flask import, flask legacy: what older systems had is taken in (docs/migrating.md)."""

from flask import Flask

from pos.legacy import models as _models  # noqa: F401 - declares its tables
from pos.legacy.customer_info.commands import imports
from pos.legacy.readers.commands import reader
from pos.legacy.unification.commands import legacy


def init_app(app: Flask) -> None:
    legacy.add_command(reader)
    app.cli.add_command(imports)
    app.cli.add_command(legacy)
