"""What came of a run: counted, told on a page for the terminal, and in files where it is too much for one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import orjson

from pos.legacy.customer_info.fields import shown
from pos.legacy.customer_info.reading import Piece
from pos.legacy.customer_info.records import Fault, Told
from pos.legacy.customer_info.rejects import Lines, row_of
from pos.legacy.customer_info.taking import OddTotal, Taken

# Names that nothing here stands for, and rejects, that are shown; a file of another kind would have thousands.
MOST_NAMES, MOST_SHOWN = 20, 10
_NAMES_KEPT = 1000

# The figures of a batch, in the order in which they are told.
_FIGURES = {
    "made": ("customer made", "customers made"),
    "found": ("customer found by the number", "customers found by their numbers"),
    "members": ("member made", "members made"),
    "orders": ("order taken in", "orders taken in"),
    "products": ("product made, not for sale", "products made, not for sale"),
    "unchanged": ("record unchanged", "records unchanged"),
    "changed_since": (
        "record differs from what was taken in: left as it was taken in",
        "records differ from what was taken in: left as they were taken in",
    ),
    "shared": (
        "customer whose number somebody else has: kept without it",
        "customers whose number somebody else has: kept without it",
    ),
    "unusable": ("customer without a usable number", "customers without a usable number"),
    "erased": ("record of somebody who was erased here: left out", "records of people who were erased here: left out"),
}  # fmt: skip
_TOTALS = "total does not add up: kept as recorded", "totals do not add up: kept as recorded"
_PASSED_OVER = "field passed over", "fields passed over"
_REJECTED = "record rejected", "records rejected"
_REJECTED_ORDERS = "order rejected, not its customer", "orders rejected, not their customers"
_NEW = ("made", "found", "members", "orders", "products")


@dataclass
class Report:
    """The counts of a run. `rejects` and `totals` are files that are made when there is something for them."""

    rejects: Lines
    totals: Lines
    digits: int
    read: int = 0
    read_bytes: int = 0
    was_broken_off: bool = False
    rejected: int = 0
    rejected_orders: int = 0
    figures: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    _first: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, path: Path, digits: int) -> "Report":
        """A report whose rejects go to this path, and the totals that do not add up to a file beside it. Raises CannotWrite."""
        rejects = Lines(path)
        rejects.require_free()
        totals = Lines(path.with_name(f"{path.stem}-totals.jsonl"))
        totals.require_free()
        return cls(rejects, totals, digits)

    @property
    def has_rejects(self) -> bool:
        return bool(self.rejected or self.rejected_orders)

    @property
    def has_news(self) -> bool:
        """Whether anything was taken in."""
        return any(self.figures[name] for name in _NEW)

    def count(self, piece: Piece, told: Told | None, faults: Sequence[Fault]) -> None:
        """Counts a record that was read, and writes down what is wrong with it."""
        self.read += 1
        self.read_bytes += piece.weight
        if told is None:
            self.rejected += 1
        else:
            self.rejected_orders += len({fault.field.partition("]")[0] for fault in faults})
            self._pass_over(told.unknown)
        for fault in faults:
            self.rejects.add(row_of(piece, fault))
            if len(self._first) < MOST_SHOWN:
                self._first.append(_line(piece, fault))

    def add(self, taken: Taken, pieces: Mapping[str, Piece]) -> None:
        """Adds what came of a batch; `pieces` tell where its customers stand."""
        self.figures.update({name: getattr(taken, name) for name in _FIGURES})
        for odd in taken.odd_totals:
            self.totals.add(self._total(odd, pieces[odd.customer]))
        self.flush()

    def flush(self) -> None:
        self.rejects.flush()
        self.totals.flush()

    def close(self) -> None:
        self.rejects.close()
        self.totals.close()

    def page(self, again: str, seconds: float) -> Iterator[str]:
        """The lines for the terminal: figures, then what to do. `again` is the command that takes in what was mended."""
        yield f"{_counted(self.read, 'record', 'records')} read, {self.read / max(seconds, 0.001):,.0f} a second"
        for name, words in _FIGURES.items():
            if self.figures[name]:
                yield _counted(self.figures[name], *words)
        if self.totals.count:
            yield _counted(self.totals.count, *_TOTALS)
        if self.unknown:
            yield f"{_counted(len(self.unknown), *_PASSED_OVER)}: {self._passed_over()}"
        if self.rejected:
            yield _counted(self.rejected, *_REJECTED)
        if self.rejected_orders:
            yield _counted(self.rejected_orders, *_REJECTED_ORDERS)
        yield from ["", *self._first] if self._first else []
        if self.rejects.count > len(self._first):
            yield f"… and {self.rejects.count - len(self._first):,} more"
        yield ""
        yield from self._to_do(again)

    def _to_do(self, again: str) -> Iterator[str]:
        if self.totals.count:
            yield f"The totals that do not add up are in {self.totals.path}."
        if self.figures["shared"] or self.figures["unusable"]:
            yield "The attention items say who has no number of their own (GET /api/v1/attention-items)."
        if self.rejects.count:
            yield f"What was rejected is in {self.rejects.path}, a line for each fault: mend `record` in it, then run"
            yield f"  {again}"
        if self.was_broken_off or self.rejects.count:
            return
        if not self.has_news:
            yield "0 changes: all of it was taken in before." if self.read else "0 changes: there was nothing in it."
        else:
            yield "Done. The same command once more would change nothing."

    def _pass_over(self, names: Sequence[str]) -> None:
        self.unknown.update(name for name in names if name in self.unknown or len(self.unknown) < _NAMES_KEPT)

    def _passed_over(self) -> str:
        names = [f"{shown(name)} ({count:,})" for name, count in self.unknown.most_common(MOST_NAMES)]
        return ", ".join([*names, "…"] if len(self.unknown) > MOST_NAMES else names)

    def _total(self, odd: OddTotal, piece: Piece) -> bytes:
        recorded, computed = self._as_told(odd.recorded), self._as_told(odd.computed)
        place = {"file": piece.file, "line": piece.line, "id": odd.customer, "order": odd.order}
        return orjson.dumps(place | {"recorded": recorded, "computed": computed})

    def _as_told(self, amount: int) -> orjson.Fragment:
        """In whole units, as it stands in the file."""
        return orjson.Fragment(f"{Decimal(amount).scaleb(-self.digits):f}")


def default_path(data_dir: Path, written_at: str) -> Path:
    """Where rejects go unless somebody names another file."""
    return data_dir / "imports" / f"customer-info-rejects-{written_at}.jsonl"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:10,} {one if count == 1 else many}"


def _line(piece: Piece, fault: Fault) -> str:
    """A reject for the terminal, without the value: what is printed is kept in logs and screenshots, and a rejected value may be
    somebody's name. A file's name may contain signs that a terminal obeys."""
    file = piece.file if piece.file.isprintable() else shown(piece.file)
    return f"{file}:{piece.line} {fault.field or 'record'}: {fault.rule or fault.reason}"
