"""What all commands share: a refusal is a sentence on the terminal, not a stack."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import IntegrityError, OperationalError

from pos.connections import UnsafeLogin
from pos.errors import ShopError
from pos.http.problems import refusal_of


class Command(click.Command):
    """A command that says what was refused and how to go on."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ShopError as error:
            raise click.ClickException(str(error)) from error
        except IntegrityError as error:
            raise click.ClickException(str(refusal_of(error) or "The database refused this row.")) from error
        except UnsafeLogin as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            reason = str(error.orig).splitlines()[0]
            raise click.ClickException(
                f"The database is out of reach: {reason}. `flask --app wsgi doctor` says more."
            ) from error


class Group(AppGroup):
    """A group of such commands that grows out of one noun."""

    command_class = Command
