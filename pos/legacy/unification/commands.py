"""flask legacy plan, unify, verify, rollback, finish (docs/migrating.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import click

from pos.http.commands import Group
from pos.legacy import flows as courses
from pos.legacy.flows import Course
from pos.legacy.unification import flows
from pos.legacy.unification.balance import WIDTH, Line
from pos.legacy.unification.old_base import OldBase
from pos.legacy.unification.plan import plan

_EVERY = 20_000
legacy = Group("legacy", help="Make the older back end's tables of customers one, with a way back (docs/migrating.md).")
STORE = click.option("--store", "slug", help="The store's slug; needed where there are several.")
SOURCE = click.option(
    "--source",
    metavar="URL",
    help="The old database. Default: LEGACY_DATABASE_URL, else the schema legacy of TapPass' own.",
)


class _Told:
    """Says on stderr how far it is, now and then."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._began: dict[str, float] = {}

    def __call__(self, what: str, count: int) -> None:
        before, began = self._counts.get(what, 0), self._began.setdefault(what, perf_counter())
        self._counts[what] = before + count
        if before // _EVERY != self._counts[what] // _EVERY:
            rate = before / max(perf_counter() - began, 0.001)
            click.echo(f"  {self._counts[what]:,} {what} ({rate:,.0f} a second) …", err=True)


@legacy.command("plan")
@STORE
@SOURCE
@click.option("--lines", default=20, show_default=True, help="So many lines of each kind; --lines 1000000 for all.")
def plan_command(slug: str | None, source: str | None, lines: int) -> None:
    """Print what `unify` would do: matches, conflicts field by field, orphans, unusable phones. Writes nothing."""
    with _both(slug, source) as (base, course):
        click.echo(f"{base.place} → store {course.slug}")
        for line in plan(base, course, flows.matched(base, course), lines).shown():
            click.echo(line)


@legacy.command("unify")
@STORE
@SOURCE
def unify_command(slug: str | None, source: str | None) -> None:
    """Make the old tables one: backups, customers, points, consents, orders. Stop the older system first; may be run again."""
    with _both(slug, source) as (base, course):
        click.echo("Writers of the old tables wait from here on (for at most the run), readers do not.", err=True)
        done = flows.unify(base, course, _Told())
    figures = done.figures
    if done.was_resumed:
        click.echo("The last run broke off after its people were carried; what was left has been done now.")
    click.echo(
        f"{figures['people']:,} people ({figures['made']:,} new, {figures['found']:,} known already), {figures['members']:,} new members, "
        f"{figures['carried_points']:,} points, {figures['orders']:,} orders, {figures['consents']:,} answers about texts"
    )
    click.echo(
        f"{figures['shared']:,} numbers were somebody else's, {figures['unusable']:,} people have no usable one: see GET /api/v1/attention-items; "
        f"{done.repointed:,} orders of duplicates were repointed"
    )
    click.echo("Prove it with `flask --app wsgi legacy verify`; `rollback` takes it back.")


@legacy.command("verify")
@STORE
@SOURCE
def verify_command(slug: str | None, source: str | None) -> None:
    """Print the balance sheet, before and after; exit 1 on a difference that no rule explains."""
    with _both(slug, source) as (base, course):
        lines = flows.verify(base, course)
    _show(lines, course)
    if not all(line.is_clean for line in lines):
        raise click.ClickException("The sheet is not clean. Nothing was changed; `rollback` takes the move back.")
    click.echo("Clean.")


@legacy.command("rollback")
@STORE
@SOURCE
@click.option("--yes", is_flag=True, help="Do not ask.")
def rollback_command(slug: str | None, source: str | None, *, yes: bool) -> None:
    """Put the old tables back as they were, and carry there what was sold since. TapPass keeps its rows."""
    with _both(slug, source) as (base, course):
        if not yes:
            click.confirm(f"Make {base.place} the truth of {course.slug} again?", abort=True)
        for line in flows.rollback(base, course).shown(course.currency):
            click.echo(line)
    click.echo("The old tables are as they were, with what came since. `unify` may be run again.")


@legacy.command("finish")
@STORE
@SOURCE
@click.option("--now", is_flag=True, help="Do not wait until the 30 days are over.")
def finish_command(slug: str | None, source: str | None, *, now: bool) -> None:
    """Drop the backups, if the sheet is clean and 30 days have passed. After that there is no way back."""
    with _both(slug, source) as (base, course):
        flows.finish(base, course, is_now=now)
    click.echo("The backups are dropped.")


@contextmanager
def _both(slug: str | None, source: str | None) -> Iterator[tuple[OldBase, Course]]:
    course = courses.course(slug)
    with flows.old_base_of(source) as base:
        yield base, course


def _show(lines: list[Line], course: Course) -> None:
    click.echo(f"store {course.slug} ({course.name})\n{'':{WIDTH}} {'before':>18} {'after':>18}")
    for line in lines:
        click.echo(line.shown(course.currency))
