"""The Chromium that the browser tests drive: one that is here already, or one that is installed for them."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")
INSTALL_SECONDS, ANSWER_SECONDS = 600, 60
ADVICE = (
    "The browser tests need Chromium, and it could not be installed. Install it yourself (on Debian: apt-get install "
    "chromium), or say in the environment variable CHROMIUM where it is."
)


class NoChromium(Exception):
    """Nothing was found and nothing could be installed; says what to do."""


def executable(of_playwright: str) -> str:
    """The path of a Chromium that runs. `of_playwright` is where Playwright keeps its own, if it has one.

    Installs one if there is none, once also if several processes ask at the same time. Raises NoChromium.
    """
    with (Path(tempfile.gettempdir()) / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := _find(of_playwright):
            return found
        for command in _ways():
            _run(command, INSTALL_SECONDS)
            if found := _find(of_playwright):
                return found
    raise NoChromium(ADVICE)


def _find(of_playwright: str) -> str | None:
    """Who names one in CHROMIUM wants that one and no other."""
    if named := os.environ.get("CHROMIUM"):
        if not _runs(named):
            raise NoChromium(f"CHROMIUM is {named!r}, which is no Chromium that runs; correct it, or unset it.")
        return named
    on_path = [path for name in NAMES if (path := shutil.which(name))]
    return next((path for path in (*on_path, of_playwright) if _runs(path)), None)


def _runs(path: str) -> bool:
    """Some distributions ship a script by that name which only tells how to install it."""
    return bool(shutil.which(path)) and _run([path, "--version"], ANSWER_SECONDS)


def _ways() -> Iterator[list[str]]:
    """The commands that may bring one, the likeliest first. Playwright's download brings no libraries of the system."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get"):
        yield [*as_root, *APT, "install", "-y", "chromium"]
        yield [*as_root, *APT, "update"]
        yield [*as_root, *APT, "install", "-y", "chromium"]
        yield [*as_root, sys.executable, "-m", "playwright", "install-deps", "chromium"]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


def _run(command: list[str], patience_seconds: float) -> bool:
    try:
        quiet = {"capture_output": True, "stdin": subprocess.DEVNULL}
        return subprocess.run(command, check=False, timeout=patience_seconds, **quiet).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
