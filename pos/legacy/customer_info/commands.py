"""flask import customer-info: the chat service's customers and their orders, taken in from files."""

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import click
from flask import current_app

from pos import clock
from pos.config import Settings
from pos.http.commands import Group
from pos.legacy.customer_info import flows, records
from pos.legacy.customer_info.fields import FIRST_DAY
from pos.legacy.customer_info.known import Known
from pos.legacy.customer_info.reading import Piece, open_path
from pos.legacy.customer_info.records import WHOLE_RECORD, Fault, Told
from pos.legacy.customer_info.report import Report, default_path
from pos.legacy.flows import Course, course

imports = Group("import", help="Take in customers and orders from files of older systems (docs/migrating.md).")
# A batch is over when it has so many bytes, too: customers with thousands of orders are held one by one.
_MOST_BYTES = 4 * 1024 * 1024
# Records after which a run without a terminal says how far it is.
_SAID_AFTER = 10_000
_COMMAND = "flask --app wsgi import customer-info"

Batch = list[tuple[Piece, Told]]
Tell = Callable[[Report], None]


@imports.command("customer-info")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--store", "slug", help="The store, by its slug. Default: the only one.")
@click.option("--location", help="Where the orders were sold, by its name. Default: the store's first location.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day on which ages were recorded. Default: today.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Where rejects go. Default: a file in <POS_DATA_DIR>/imports.")  # fmt: skip
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Read and count all of it, and write nothing but the rejects.")  # fmt: skip
def customer_info(
    path: Path,
    slug: str | None,
    location: str | None,
    as_of: datetime | None,
    rejects: Path | None,
    *,
    is_dry_run: bool,
) -> None:
    """Take in customers and their orders from JSON: a folder of files with one customer each, or a .jsonl file with one on each line.

    May be repeated and broken off at any time: what was taken in stays as it is. Exits 1 if something was rejected.
    """
    reading, now = open_path(path), clock.now()
    way = course(slug, location=location, as_of=as_of.date() if as_of else None, is_dry_run=is_dry_run)
    today = clock.business_day(now, way.timezone)
    _require_been(way.as_of, today)
    settings: Settings = current_app.config["SETTINGS"]
    report = Report.at(rejects or default_path(settings.data_dir, f"{now:%Y%m%dT%H%M%S%fZ}"), way.digits)
    began = time.monotonic()
    with closing(report), _progress(reading.size) as tell:
        _run(reading, way, today, report, tell)
    click.echo(f"{way.slug}{', as it would be: nothing was written' if is_dry_run else ''}")
    click.echo("\n".join(report.page(_again(report, slug, location, as_of), time.monotonic() - began)))
    if report.was_broken_off:
        raise click.ClickException("Broken off. What is counted above stays; the same command goes on from there.")
    sys.exit(1 if report.has_rejects else 0)


def _run(reading: Iterable[Piece], way: Course, today: date, report: Report, tell: Tell) -> None:
    """Takes in all that is read, until Ctrl-C or too much traffic puts an end to it."""
    memory = Known()
    try:
        for batch in _batches(reading, way, today, report):
            if batch:
                taken = flows.take(way, [told for _, told in batch], memory)
                report.add(taken, {told.id: piece for piece, told in batch})
            tell(report)
    except KeyboardInterrupt:
        report.was_broken_off = True
    except flows.TooBusy as busy:
        click.echo(str(busy), err=True)
        report.was_broken_off = True


@dataclass
class _Pile:
    """The customers of some records, until they are enough for a batch."""

    batch: Batch = field(default_factory=list)
    records: int = 0
    size: int = 0
    orders: int = 0

    def has_room_for(self, told: Told | None) -> bool:
        return told is None or self.orders + len(told.orders) <= flows.MOST_ORDERS

    def add(self, piece: Piece, told: Told | None) -> None:
        self.records, self.size = self.records + 1, self.size + piece.weight
        if told:
            self.batch.append((piece, told))
            self.orders += len(told.orders)

    @property
    def is_full(self) -> bool:
        return self.records >= flows.BATCH or self.size >= _MOST_BYTES


def _batches(reading: Iterable[Piece], way: Course, today: date, report: Report) -> Iterator[Batch]:
    """The customers of some records at a time; those that are rejected are counted and left out."""
    pile = _Pile()
    for piece in reading:
        told = _read(piece, way, today, report)
        if not pile.has_room_for(told):
            yield pile.batch
            pile = _Pile()
        pile.add(piece, told)
        if pile.is_full:
            yield pile.batch
            pile = _Pile()
    yield pile.batch


def _read(piece: Piece, way: Course, today: date, report: Report) -> Told | None:
    if piece.content is None:
        report.count(piece, None, (Fault(WHOLE_RECORD, piece.fault or ""),))
        return None
    told, faults = records.read(piece.content, digits=way.digits, today=today)
    report.count(piece, told, faults)
    return told


def _require_been(as_of: date, today: date) -> None:
    if as_of > today:
        raise click.BadParameter(f"{as_of} has not been yet; today is {today}.", param_hint="--as-of")
    if as_of < FIRST_DAY:
        raise click.BadParameter(f"{as_of} is too long ago; ages can be from {FIRST_DAY} on.", param_hint="--as-of")


@contextmanager
def _progress(size: int) -> Iterator[Tell]:
    """A bar on a terminal, else a line now and then: on stderr, so that the page can be kept."""
    if not sys.stderr.isatty():
        yield _Lines(size, time.monotonic())
        return
    shown = click.progressbar(length=size, label="Taking in", file=sys.stderr, item_show_func=_records)
    with shown as bar:
        yield lambda report: bar.update(report.read_bytes - bar.pos, report.read)


def _records(count: int | None) -> str:
    return f"{count or 0:,} records"


@dataclass
class _Lines:
    """Progress where there is no terminal."""

    size: int
    began: float
    said: int = 0

    def __call__(self, report: Report) -> None:
        if report.read // _SAID_AFTER > self.said:
            self.said = report.read // _SAID_AFTER
            rate = report.read / max(time.monotonic() - self.began, 0.001)
            part = f", {100 * report.read_bytes // self.size} %" if self.size else ""
            click.echo(f"{report.read:,} records, {rate:,.0f}/s{part} …", err=True)


def _again(report: Report, slug: str | None, location: str | None, as_of: datetime | None) -> str:
    """The command that takes in what was mended."""
    day = as_of.date().isoformat() if as_of else None
    options = {"--store": slug, "--location": location, "--as-of": day}
    said = [word for option, value in options.items() if value for word in (option, value)]
    return f"{_COMMAND} {shlex.join([str(report.rejects.path), *said])}"
