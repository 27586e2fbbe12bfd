"""Runs commands that are killed on their way: python -m tests.legacy.unification.mortal.

Each line of its input is a JSON list of the settings as environment variables, a point or null, and a command. Each is done by a
process of its own, forked from this one, which has made the application and is connected to nothing. It answers with the exit code,
below nothing for a signal, and with what was said.
"""

import json
import os
import sys
from dataclasses import replace

from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.orm import configure_mappers

from pos import config, create_app


def main() -> None:
    apps: dict[str, Flask] = {}
    configure_mappers()
    for line in sys.stdin:
        settings, point, *words = json.loads(line)
        database = settings["DATABASE_URL"]
        if database not in apps:
            apps[database] = create_app(config.read(settings))
        sys.stdout.write(json.dumps(_lived(apps[database], point, words)) + "\n")
        sys.stdout.flush()


def _lived(app: Flask, point: str | None, words: list[str]) -> tuple[int, str]:
    heard, mouth = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(mouth, 1)
        os.dup2(mouth, 2)
        os.close(heard)
        _live(app, point, words)
    os.close(mouth)
    with os.fdopen(heard) as told:
        said = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def _live(app: Flask, point: str | None, words: list[str]) -> None:
    """Never returns."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], crash_at=point)
    code = 1
    try:
        app.cli.main(args=words, prog_name="flask", obj=ScriptInfo(create_app=lambda: app))
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
