"""flask analytics grant, status, revoke: the logins that questions are asked with (docs/questions.md)."""

import click
from flask import current_app

from pos.analytics.questions import granting
from pos.analytics.questions.logins import Wall
from pos.config import Settings


@click.command("grant")
@click.option("--new-password", is_flag=True, help="Give the logins another password; the old one ends at once.")
def grant(*, new_password: bool) -> None:
    """Set questions up, or bring them to what this version declares; may be repeated at any time, also while the shop sells."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        granted = granting.grant(settings, new_password=new_password)
    except granting.NeedsAdministrator as error:
        click.echo(error.script)
        if error.address:
            click.echo(f"-- then set ANALYST_DATABASE_URL={error.address}\n-- the password is shown this once")
        raise click.ClickException(
            f"{error} Have an administrator run the statements above, then repeat this command."
        ) from error
    except granting.CannotBeSetUp as error:
        raise click.ClickException(str(error)) from error
    click.echo("Questions are set up: the logins, the views and the policies are there.")
    if granted.address:
        click.echo(f"Set ANALYST_DATABASE_URL={granted.address}\nThe password is shown this once; keep it safe.")
    _tell_of(granted.lacking)


@click.command("status")
def status() -> None:
    """Say whether questions are set up and which walls stand around them; exit 1 if they are not, or if one is missing."""
    standing = granting.standing(current_app.config["SETTINGS"])
    if not standing.seen:
        raise click.ClickException("Questions are not set up: `flask --app wsgi analytics grant` does it.")
    for line in standing.seen + [f"stands: {wall}" for wall in standing.walls]:
        click.echo(line)
    if standing.faults:
        raise click.ClickException("; ".join(standing.faults))


@click.command("revoke")
@click.confirmation_option(prompt="Nobody can ask questions any more until they are set up again. Go on?")
def revoke() -> None:
    """Take the views and the logins away again."""
    try:
        granting.revoke(current_app.config["SETTINGS"])
    except granting.NeedsAdministrator as error:
        click.echo(error.script)
        raise click.ClickException(
            "The views are gone. Have an administrator run the statements above to end the logins."
        ) from error
    click.echo("Questions are not set up any more.")


def _tell_of(lacking: list[Wall]) -> None:
    if not lacking:
        click.echo("All walls stand.")
    for wall in lacking:
        click.echo(f"CAUTION: this login may not raise one wall: {wall.what}. A superuser may, with:")
        for line in wall.lines:
            click.echo(f"{line};")
