"""How a Chromium is found or installed, on a path with nothing but stand-ins."""

from pathlib import Path

import pytest

from tests.browser import chromium
from tests.running import race

CHROMIUM = "#!/bin/sh\nexit 0\n"
SUDO = '#!/bin/sh\nshift\nexec "$@"\n'


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_find_takes_the_one_that_runs(programs: Path) -> None:
    program(programs / "chromium", "#!/bin/sh\nexit 1\n")
    works = program(programs / "google-chrome", CHROMIUM)

    assert chromium.executable("/nowhere") == str(works)


def test_named_chromium_is_taken_or_refused(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "chromium", CHROMIUM)
    mine = program(programs / "mine", CHROMIUM)

    monkeypatch.setenv("CHROMIUM", str(mine))
    assert chromium.executable("/nowhere") == str(mine)
    monkeypatch.setenv("CHROMIUM", str(programs / "gone"))
    with pytest.raises(chromium.NoChromium, match="correct it, or unset it"):
        chromium.executable("/nowhere")


def test_two_that_ask_at_once_install_one(programs: Path) -> None:
    """apt-get knows no package until its lists are there."""
    kept = program(programs / "kept", CHROMIUM)
    apt = (
        f'echo "$*" >> {programs}/said',
        f'case "$*" in *update) : > {programs}/lists ;; esac',
        f"[ -e {programs}/lists ] || exit 100",
        f'case "$*" in *install*) /bin/cp {kept} {programs}/chromium ;; esac',
    )
    program(programs / "apt-get", "\n".join(("#!/bin/sh", *apt)))
    program(programs / "sudo", SUDO)

    found = race([lambda: chromium.executable("/nowhere")] * 2)

    assert found == [str(programs / "chromium")] * 2
    assert len((programs / "said").read_text().splitlines()) == 3
