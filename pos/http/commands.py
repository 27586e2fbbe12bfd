"""What all commands share: a refusal is a sentence on the terminal, not a stack."""

from typing import Any, ClassVar

import click
import psycopg2
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError

from pos.connections import UnsafeLogin
from pos.errors import ShopError
from pos.http.problems import refusal_of, sentences
from pos.postgres_binaries import PostgresUnavailable


class CommandRefused(RuntimeError):
    """A refusal that only a command can meet, never a route; `advice` is the sentence, filled with the facts."""

    advice: ClassVar[str] = "{reason}"

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.advice.format(**facts))


class Command(click.Command):
    """A command that says what was refused and how to go on."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ShopError, CommandRefused, UnsafeLogin, PostgresUnavailable) as error:
            raise click.ClickException(str(error)) from error
        except ValidationError as error:
            raise click.ClickException(sentences(error.messages)) from error
        except IntegrityError as error:
            raise click.ClickException(str(refusal_of(error) or "The database refused this row.")) from error
        except (OperationalError, psycopg2.OperationalError) as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            advice = "`flask --app wsgi doctor` says more."
            raise click.ClickException(f"The database is out of reach: {reason}. {advice}") from error


class Group(AppGroup):
    """A group of such commands that grows out of one noun."""

    command_class = Command
