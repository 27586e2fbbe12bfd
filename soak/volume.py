"""A disk of a limited size for the product's data: a file system in a file, or in memory where that is not possible."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MEBIBYTES = 700
_CHUNK = 1024 * 1024


class Volume:
    """What is mounted at `folder`; it can be filled to the last block, and freed."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.kind = folder, kind
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Random data, so that nothing can be compressed; the last blocks one by one."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (_CHUNK, 4096):
                with suppress(OSError):
                    while filler.write(os.urandom(size)) == size:
                        pass

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


@contextmanager
def mounted(folder: Path) -> Iterator[Volume | None]:
    """A volume at this (empty) folder; None where nothing may be mounted."""
    kind = _mount_file(folder) or _mount_memory(folder)
    if kind is None:
        yield None
        return
    try:
        folder.chmod(0o755)
        yield Volume(folder, kind)
    finally:
        _run("umount", str(folder)) or _run("umount", "--lazy", str(folder))


def _mount_file(folder: Path) -> str | None:
    """ext4 in a sparse file beside the folder; what is synced is really written."""
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(_MEBIBYTES * 1024 * 1024)
    made = _run("mkfs.ext4", "-q", "-m", "0", str(image)) and _run("mount", "-o", "loop", str(image), str(folder))
    if made:
        # Left there it would be in the way of nobody, but it is not ours.
        (folder / "lost+found").rmdir()
        return f"ext4 of {_MEBIBYTES} MiB in a file"
    image.unlink()
    return None


def _mount_memory(folder: Path) -> str | None:
    made = _run("mount", "-t", "tmpfs", "-o", f"size={_MEBIBYTES}m", "tmpfs", str(folder))
    return f"tmpfs of {_MEBIBYTES} MiB" if made else None


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
