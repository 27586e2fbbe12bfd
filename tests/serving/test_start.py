"""An odd size of the web server ends its start with a sentence, wherever it is written."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from pos import cli
from tests.running import ROOT


@pytest.mark.parametrize("value", ["abc", "0", "257", "-1", "2.5", "²", "2 3"])
def test_odd_number_of_processes_ends_the_start_with_a_sentence(value: str, tmp_path: Path) -> None:
    ended = started(cli.processes()["web"], ROOT, POS_DATA_DIR=str(tmp_path), WEB_CONCURRENCY=value)

    assert ended.returncode != 0
    assert ended.stderr.startswith("TapPass cannot start: WEB_CONCURRENCY is")
    assert "Traceback" not in ended.stderr


def test_number_of_processes_is_read_from_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WEB_CONCURRENCY=none\nUNSET\n")
    command = ["gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "wsgi:app"]

    ended = started(command, tmp_path)

    assert ended.stderr == "TapPass cannot start: WEB_CONCURRENCY is 'none'; write a number from 1 to 256.\n"


def started(command: Sequence[str], folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    ours = {name: value for name, value in os.environ.items() if name not in ("WEB_CONCURRENCY", "POS_DATA_DIR")}
    env = ours | {"PATH": cli.environment()["PATH"]} | environ
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
