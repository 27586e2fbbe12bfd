"""flask assistant: what was asked, asked again."""

from datetime import UTC, datetime
from uuid import UUID

import click
from flask import Flask

from pos.assistant.replay import replay
from pos.db import transaction
from pos.http.commands import Group
from pos.stores.queries import store_by_slug

assistant = Group("assistant", help="Questions in words (docs/assistant.md).")


class _RolledBack(Exception):
    """Nothing of a replay is kept."""


@assistant.command("replay")
@click.argument("slug")
@click.option("--conversation", type=click.UUID, help="Only this conversation.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was asked from this day on (UTC).")
@click.option("--check", is_flag=True, help="Exit with 1 if anything would be understood otherwise.")
def replay_command(slug: str, conversation: UUID | None, since: datetime | None, check: bool) -> None:
    """Ask again what was asked of a store, and show what would be understood otherwise today. Changes nothing."""
    with transaction(None):
        store_id = store_by_slug(slug).id
    found = None
    try:
        with transaction(store_id, actor="replay"):
            found = replay(conversation, since.replace(tzinfo=UTC) if since else None)
            raise _RolledBack
    except _RolledBack:
        pass
    assert found is not None
    for each in found.differences:
        click.echo(f"{each.at:%Y-%m-%d %H:%M} {each.channel}  {each.text!r}\n  then: {each.then}\n  now:  {each.now}")
    click.echo(f"{found.questions} question(s), {len(found.differences)} understood otherwise.")
    if check and found.differences:
        raise SystemExit(1)


def init_app(app: Flask) -> None:
    app.cli.add_command(assistant)
