"""What a dump holds, table by table: the number of rows and a digest that does not depend on their order."""

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pos.backup import BackupFailed
from pos.backup.programs import failure

# The counters behind identity columns belong to no snapshot; their values are kept under this name.
SEQUENCES = "(sequences)"
_COPY = re.compile(rb'COPY public\.("(?:[^"]|"")+"|[^ ]+) .*FROM stdin;\n')
_SETVAL = b"SELECT pg_catalog.setval("
_END = b"\\.\n"
_BYTES = 16


@dataclass(frozen=True)
class Table:
    """How many rows, and the sum of their digests, as hexadecimal digits."""

    rows: int
    digest: str


def read(lines: Iterable[bytes]) -> dict[str, Table]:
    """The tables in the lines of a plain dump (`pg_dump --data-only` or `pg_restore --data-only`).

    In COPY's text form each row is exactly one line. Digests are added up, since two dumps of the same rows may
    have them in another order.
    """
    remaining = iter(lines)
    found: dict[str, Table] = {}
    counters: list[bytes] = []
    for line in remaining:
        if begin := _COPY.fullmatch(line):
            found[begin[1].decode().strip('"')] = _table(remaining)
        elif line.startswith(_SETVAL):
            counters.append(line)
    return found | {SEQUENCES: _table(iter([*counters, _END]))}


def _table(lines: Iterable[bytes]) -> Table:
    count = total = 0
    for line in lines:
        if line == _END:
            break
        count += 1
        total += int.from_bytes(hashlib.blake2b(line, digest_size=_BYTES).digest(), "big")
    return Table(count, f"{total % (1 << 8 * _BYTES):032x}")


def of(command: Sequence[str], env: Mapping[str, str] | None, *, what: str) -> dict[str, Table]:
    """The tables in what a program writes. Raises BackupFailed when it fails."""
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
        ) as program:
            assert program.stdout is not None, "it was asked for"
            found = read(program.stdout)
        if program.returncode:
            said.seek(0)
            raise failure(what, said.read())
    return found


def differences(expected: Mapping[str, Table], found: Mapping[str, Table]) -> list[str]:
    """A sentence for each table that is not the same in both."""
    sentences = []
    for name in sorted(expected.keys() | found.keys()):
        before, after = expected.get(name), found.get(name)
        if before is None or after is None:
            sentences.append(f"the table {name} is {'missing' if after is None else 'too much'}")
        elif before.rows != after.rows:
            sentences.append(f"{name} has {after.rows} of {before.rows} rows")
        elif before != after:
            sentences.append(f"{name} has other rows than were backed up")
    return sentences


def require_counts(counted: Mapping[str, int], found: Mapping[str, Table]) -> None:
    """Raises BackupFailed unless the dump has every row that was counted in its snapshot."""
    lacking = [f"{name} {found[name].rows if name in found else 0} of {count}" for name, count in counted.items()
               if name not in found or found[name].rows != count]  # fmt: skip
    if lacking:
        raise BackupFailed(f"The dump does not hold all rows ({'; '.join(lacking)}); nothing was kept of it.")
