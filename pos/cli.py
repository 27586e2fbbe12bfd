"""flask up, flask doctor, flask jobs: running the whole, looking after it, and the worker."""

import os
import shlex
import socket
import sys
from functools import partial
from pathlib import Path

import click
import procrastinate
from flask import Flask, current_app
from flask_migrate import upgrade

from pos import connections, doctor, jobs
from pos.config import Settings
from pos.db import db
from pos.demo import commands as demo
from pos.http.commands import Command, Group
from pos.supervisor import supervise

PROCFILE = Path(__file__).parents[1] / "Procfile"
jobs_group = Group("jobs", help="Work for later.")


@click.command("up", cls=Command)
def up() -> None:
    """Run everything: database, migrations, demo store if empty, web and worker. Ctrl-C ends it all."""
    settings: Settings = current_app.config["SETTINGS"]
    upgrade()
    if not settings.is_production:
        click.echo("Looking for the demo store (the first start makes it, which takes some seconds) …")
        demo.seed_if_empty()
        demo.refresh(settings)
    db.engine.dispose()
    home = settings.data_dir if settings.is_embedded else None
    sys.exit(supervise(processes(), env=environment(), server_home=home, announce=partial(greet, settings)))


@click.command("doctor", cls=Command)
def doctor_command() -> None:
    """Check settings, database mode, migrations, row security, guards, jobs and books; says what to do."""
    findings = list(doctor.examine(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_fine else 'MEND'} {finding.subject:14} {finding.detail}")
    sys.exit(0 if all(finding.is_fine for finding in findings) else 1)


@jobs_group.command("work")
def work() -> None:
    """Run the worker: takes jobs until SIGTERM, then finishes those in hand."""
    settings: Settings = current_app.config["SETTINGS"]
    current_app.extensions["login"] = connections.WORKER
    connections.require_safe(settings, connections.WORKER)
    jobs.work(connections.address(settings, connections.WORKER))


@jobs_group.command("retry")
def retry() -> None:
    """Give the failed jobs to the worker once more."""
    settings: Settings = current_app.config["SETTINGS"]
    connections.connect(settings, connections.WORKER).close()  # says at once that the database is away
    dsn = connections.address(settings, connections.WORKER)
    with jobs.queue.replace_connector(procrastinate.SyncPsycopgConnector(conninfo=dsn)) as queue, queue.open():
        failed = list(queue.job_manager.list_jobs(status="failed"))
        for job in failed:
            assert job.id is not None, "a listed job has an id"
            queue.job_manager.retry_job_by_id(job.id, retry_at=procrastinate.utils.utcnow())
    click.echo(f"{len(failed)} job(s) will be tried again")


def processes() -> dict[str, list[str]]:
    """The Procfile's processes that stay: web and worker."""
    lines = (line.partition(":") for line in PROCFILE.read_text().splitlines() if ":" in line)
    return {name: shlex.split(command) for name, _, command in lines if name != "release"}


def environment() -> dict[str, str]:
    """Ours, with the programs of this virtual environment found first."""
    programs = str(Path(sys.executable).parent)
    return dict(os.environ) | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}", "PYTHONUNBUFFERED": "1"}


def greet(settings: Settings) -> bool:
    """Says where to look once the web answers, so that the first click works; whether it has."""
    try:
        socket.create_connection((settings.host, settings.port), timeout=0.2).close()
    except OSError:
        return False
    click.echo(banner(settings))
    return True


def banner(settings: Settings) -> str:
    """Where to look and, in development, how to get in."""
    base = settings.public_base_url
    lines = ["", f"  TapPass runs at {base}", f"  API documentation {base}/api/docs", f"  health {base}/readyz"]
    shown = None if settings.is_production else demo.credentials(settings)
    if shown:
        lines += ["", f"  demo credentials (also in {demo.credentials_file(settings)}):"]
        lines += [f"    {name:15} {value}" for name, value in shown.items()]
    return "\n".join([*lines, "", "  Ctrl-C ends it.", ""])


def init_app(app: Flask) -> None:
    app.cli.add_command(up)
    app.cli.add_command(doctor_command)
    app.cli.add_command(jobs_group)
