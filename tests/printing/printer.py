"""A receipt printer: takes the bytes, knows the commands that we send and no others, and tells what is on its paper.

It starts as the most awkward ones do: in a mode in which two bytes above 7F are one sign, and on a code page of its own. A line that does not
fit is an error here, where a real one would wrap it in the middle of an amount.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any

import segno
from PIL import Image, ImageDraw, ImageFont

ALIGNMENTS = ("left", "center", "right")
CODE_PAGES = {16: "cp1252"}
# What a character of font A and a line take, in dots of 203 dpi.
CELL_WIDTH, CELL_HEIGHT = 12, 30
_LETTER_HEIGHT, _MARGIN = 22, 24
_FONTS = ("DejaVuSansMono-Bold.ttf", "DejaVuSansMono.ttf")


class Misunderstood(AssertionError):
    """Bytes that this printer would not have understood, or would have understood as something else."""


@dataclass(frozen=True)
class Row:
    text: str
    align: str = "left"
    bold: bool = False
    size: int = 1


@dataclass(frozen=True)
class Square:
    """A QR code: its modules, row by row, and the dots of each. The tests have nothing that reads one; they compare it with the one that a
    text makes."""

    modules: tuple[bytes, ...]
    dots: int
    align: str

    def says(self, text: str) -> bool:
        return self.modules == tuple(bytes(row) for row in segno.make(text, error="m", micro=False).matrix)


@dataclass
class Printer:
    columns: int
    paper: list[Row | Square] = field(default_factory=list)
    cuts: int = 0
    kicks: int = 0
    _line: str = ""
    _align: str = "left"
    _bold: bool = False
    _size: int = 1
    _takes_two_bytes: bool = True
    _code_page: int = 0

    def take(self, sent: bytes) -> "Printer":
        """Prints what was sent, all of it. Raises Misunderstood."""
        rest = sent
        while rest:
            rest = rest[self._one(rest) :]
        if self._line:
            raise Misunderstood(f"a line without end: {self._line!r}")
        return self

    @property
    def rows(self) -> list[Row]:
        return [each for each in self.paper if isinstance(each, Row)]

    @property
    def squares(self) -> list[Square]:
        return [each for each in self.paper if isinstance(each, Square)]

    @property
    def text(self) -> str:
        return "\n".join(row.text for row in self.rows)

    def row(self, containing: str) -> Row:
        """The only row with this text in it."""
        [found] = [row for row in self.rows if containing in row.text]
        return found

    def _one(self, rest: bytes) -> int:
        """Does what the next command or sign says; how many bytes it was."""
        if rest[0] in (0x1B, 0x1C, 0x1D):
            return self._command(rest)
        if rest[:1] == b"\n":
            self._end_line()
        else:
            self._sign(rest[0])
        return 1

    def _sign(self, byte: int) -> None:
        if byte < 0x20 or byte == 0x7F:
            raise Misunderstood(f"control character {byte:#04x}")
        if byte >= 0x80 and (self._takes_two_bytes or self._code_page not in CODE_PAGES):
            raise Misunderstood(f"{byte:#04x} on a page that nobody chose")
        try:
            self._line += bytes([byte]).decode(CODE_PAGES.get(self._code_page, "ascii"))
        except UnicodeDecodeError as error:
            raise Misunderstood(f"{byte:#04x} is nothing on this page") from error

    def _end_line(self) -> None:
        if len(self._line) > self.columns // self._size:
            raise Misunderstood(f"{len(self._line)} characters of size {self._size}: {self._line!r}")
        self.paper.append(Row(self._line, self._align, self._bold, self._size))
        self._line = ""

    def _command(self, rest: bytes) -> int:
        """Two letters, then so many values: each command is known with all of its bytes."""
        if rest.startswith(b"\x1dv0\0"):
            return self._picture(rest)
        length, does = _COMMANDS.get(rest[:2], (0, None))
        values = rest[2 : 2 + length]
        if does is None or len(values) < length:
            raise Misunderstood(f"unknown command {rest[:6]!r}")
        does(self, values)
        return 2 + length

    def _reset(self, _: bytes) -> None:
        self._takes_two_bytes, self._code_page = True, 0
        self._align, self._bold, self._size = "left", False, 1

    def _take_one_byte_per_sign(self, _: bytes) -> None:
        self._takes_two_bytes = False

    def _choose_page(self, values: bytes) -> None:
        self._code_page = _one_of(CODE_PAGES, values)

    def _choose_bold(self, values: bytes) -> None:
        self._bold = bool(_one_of((0, 1), values))

    def _choose_align(self, values: bytes) -> None:
        self._align = ALIGNMENTS[_one_of(range(3), values)]

    def _choose_size(self, values: bytes) -> None:
        self._size = 2 if _one_of((0x00, 0x11), values) else 1

    def _cut(self, values: bytes) -> None:
        _one_of((0, 1), values)
        self.cuts += 1

    def _kick(self, values: bytes) -> None:
        """Which of the two drawers, and how long the pulse is."""
        _one_of((0, 1), values)
        self.kicks += 1

    def _feed_lines(self, values: bytes) -> None:
        if self._line:
            self._end_line()
        self.paper += [Row("")] * values[0]

    def _picture(self, rest: bytes) -> int:
        """GS v 0: the bytes of a row, how many rows, and these. All pictures are QR codes."""
        row_bytes, height = (int.from_bytes(rest[at : at + 2], "little") for at in (4, 6))
        end = 8 + row_bytes * height
        if len(rest) < end or not height:
            raise Misunderstood("a picture that ends too early")
        rows = [rest[at : at + row_bytes] for at in range(8, end, row_bytes)]
        self.paper.append(self._square(["".join(f"{byte:08b}" for byte in row) for row in rows]))
        return end

    def _square(self, rows: list[str]) -> Square:
        """Its first seven modules are dark, so their dots tell how large one is; within a module all are alike."""
        dots = (len(rows[0]) - len(rows[0].lstrip("1"))) // 7
        if not dots or len(rows) % dots or len(rows) > self.columns * CELL_WIDTH:
            raise Misunderstood("no QR code, or one that is wider than the paper")
        modules = tuple(bytes(int(row[at]) for at in range(0, len(rows), dots)) for row in rows[::dots])
        drawn = ["".join(str(module) * dots for module in row) for row in modules for _ in range(dots)]
        if [row[: len(rows)] for row in rows] != drawn:
            raise Misunderstood("a picture that is no QR code")
        return Square(modules, dots, self._align)

    def picture(self) -> Image.Image:
        """The paper, for people to look at."""
        heights = [_height(each) for each in self.paper]
        size = self.columns * CELL_WIDTH + 2 * _MARGIN, sum(heights) + 2 * _MARGIN
        drawn = Image.new("L", size, 255)
        pen, top = ImageDraw.Draw(drawn), _MARGIN
        for each, height in zip(self.paper, heights, strict=True):
            if isinstance(each, Row):
                self._draw_row(pen, each, top)
            else:
                self._draw_square(drawn, each, top)
            top += height
        pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=160)
        return drawn

    def _draw_row(self, pen: ImageDraw.ImageDraw, row: Row, top: int) -> None:
        width, font = CELL_WIDTH * row.size, _font(row)
        left = self._left(row.align, len(row.text) * width)
        for place, sign in enumerate(row.text):
            middle = left + place * width + width // 2
            pen.text((middle, top + _LETTER_HEIGHT * row.size), sign, fill=0, font=font, anchor="ms")

    def _draw_square(self, drawn: Image.Image, square: Square, top: int) -> None:
        for y, line in enumerate(square.modules):
            for x, is_dark in enumerate(line):
                if is_dark:
                    left = self._left(square.align, len(line) * square.dots) + x * square.dots
                    at = top + CELL_HEIGHT // 2 + y * square.dots
                    drawn.paste(0, (left, at, left + square.dots, at + square.dots))

    def _left(self, align: str, width: int) -> int:
        free = self.columns * CELL_WIDTH - width
        return _MARGIN + {"left": 0, "center": free // 2, "right": free}[align]


def _one_of(known: Container[int], values: bytes) -> int:
    if values[0] not in known:
        raise Misunderstood(f"unknown value {values!r}")
    return values[0]


# How many values a command takes, and what it does.
_COMMANDS: dict[bytes, tuple[int, Callable[[Printer, bytes], None]]] = {
    b"\x1b@": (0, Printer._reset),
    b"\x1c.": (0, Printer._take_one_byte_per_sign),
    b"\x1bt": (1, Printer._choose_page),
    b"\x1bE": (1, Printer._choose_bold),
    b"\x1ba": (1, Printer._choose_align),
    b"\x1d!": (1, Printer._choose_size),
    b"\x1bd": (1, Printer._feed_lines),
    b"\x1dV": (1, Printer._cut),
    b"\x1bp": (3, Printer._kick),
}


def printed(sent: bytes, columns: int) -> Printer:
    """What is on the paper of a printer with so many columns."""
    return Printer(columns).take(sent)


def _height(each: Row | Square) -> int:
    if isinstance(each, Row):
        return CELL_HEIGHT * each.size
    return len(each.modules) * each.dots + CELL_HEIGHT


def _font(row: Row) -> Any:
    try:
        return ImageFont.truetype(_FONTS[0] if row.bold else _FONTS[1], 20 * row.size)
    except OSError:
        return ImageFont.load_default(20 * row.size)
