"""Documents on paper: wrapped by words, amounts whole and at the right edge, and no sign that a printer would take for a command."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.printing import paper
from pos.printing.escpos import as_bytes
from pos.printing.layout import COLUMNS, Line, laid_out, wrapped
from pos.printing.signs import printable
from tests.printing.printer import Misunderstood, Row, printed

BLOCKS = st.one_of(
    st.builds(
        paper.text,
        st.text(),
        align=st.sampled_from(paper.ALIGNMENTS),
        bold=st.booleans(),
        size=st.sampled_from(paper.SIZES),
    ),
    st.builds(paper.pair, st.text(), st.text(max_size=20), bold=st.booleans()),
    st.just(paper.rule()),
    st.just(paper.space()),
    st.builds(paper.qr, st.text(min_size=1, max_size=100)),
)
# What means something to a printer, and what means something to those who handle text.
HOSTILE = st.text(
    st.sampled_from(
        "\x00\x04\x05\x07\x10\x14\x18\x1b\x1c\x1d\n\r\t\x0b\x0c\x7f\x85\u2028\u202e\u200b\ufeff@!pViktdEa(1 €ñ汉🍺"
    )
)
PAPERS = st.builds(paper.document, st.text(), st.lists(BLOCKS, max_size=6), opens_drawer=st.booleans())


@pytest.mark.parametrize(
    ("said", "signs"),
    [
        ("Café de olla, ¡qué rico! Señor Ñandú", "Café de olla, ¡qué rico! Señor Ñandú"),
        ("5,00 €", "5,00 €"),
        ("₡1\u202f500,00", "¢1 500,00"),
        ("−$1.00", "-$1.00"),
        ("don’t — “stop”…", "don’t — “stop”…"),
        ("Cafe\u0301", "Café"),
        ("ẽłž ﬁ ①", "e?ž fi 1"),
        ("汉字 🍺 👩‍👩‍👧 👍🏽 ❤️", "?? ? ??? ? ?"),
        ("Łódź Žižkov Œuvre", "?ódz Žižkov Œuvre"),
        ("a\x1b@b\x00c\nd\te\u202ef", "a @b c d ef"),
        ("\u200b\ufeff", ""),
    ],
)
def test_signs_are_those_of_the_printer_or_a_question_mark(said: str, signs: str) -> None:
    assert printable(said) == signs


@given(st.one_of(st.text(), HOSTILE))
def test_no_text_holds_a_byte_that_could_be_a_command(said: str) -> None:
    sent = printable(said).encode("cp1252")

    assert all(0x20 <= byte < 0x7F or byte >= 0x80 for byte in sent)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three four", ["one two", "three four"]),
        ("  + one two three", ["  + one", "  two", "  three"]),
        ("2 × Hop-Smoked Wings", ["2 × Hop-", "Smoked", "Wings"]),
        ("abcdefghijklmnop", ["abcdefghij", "klmnop"]),
    ],
)
def test_text_is_wrapped_by_words(said: str, lines: list[str]) -> None:
    assert wrapped(said, 10) == lines


def test_name_is_wrapped_beside_its_amount() -> None:
    rows = _rows(paper.pair("2 × Café con leche de avena, extra grande", "$11.50"))

    assert rows == ["2 × Café con leche de     $11.50", "  avena, extra grande"]


def test_amount_stands_below_where_nothing_fits_beside_it() -> None:
    rows = _rows(paper.pair("Total", "-1.234.567.890,00 COP $"))

    assert rows == ["Total", "-1.234.567.890,00 COP $".rjust(32)]


def test_amount_that_is_wider_than_the_paper_is_not_cut() -> None:
    rows = _rows(paper.pair("Total", "9" * 50))

    assert "".join(row.strip() for row in rows) == "Total" + "9" * 50


@given(PAPERS, st.sampled_from(COLUMNS))
def test_no_line_is_wider_than_the_paper(document: paper.Document, columns: int) -> None:
    lines = [line for line in laid_out(document, columns) if isinstance(line, Line)]

    assert all(len(line.text) <= columns // line.size for line in lines)


# The first bytes wait for the library.
@settings(deadline=None)
@given(PAPERS, st.sampled_from(COLUMNS))
def test_printer_understands_all_of_any_paper(document: paper.Document, columns: int) -> None:
    """Cut once, at its end, and no drawer that nobody asked for."""
    done = printed(as_bytes(document, columns), columns)

    lines = [line for line in laid_out(document, columns) if isinstance(line, Line)]
    assert [row.text for row in done.rows if row.text] == [line.text for line in lines if line.text]
    assert (done.cuts, done.kicks) == (1, int(document["opens_drawer"]))
    codes = [block["text"] for block in document["blocks"] if block["kind"] == "qr"]
    assert [square.says(code) for square, code in zip(done.squares, codes, strict=True)] == [True] * len(codes)


@settings(deadline=None)
@given(HOSTILE, HOSTILE, st.sampled_from(COLUMNS))
def test_hostile_text_stays_text(name: str, note: str, columns: int) -> None:
    # A document of elsewhere has not been cleaned when it was made.
    blocks = [
        {"kind": "text", "text": note, "align": "left", "bold": False, "size": 1},
        {"kind": "pair", "left": name, "right": "$1.00", "bold": False},
    ]

    done = printed(as_bytes({"title": name, "blocks": blocks, "opens_drawer": False}, columns), columns)

    assert (done.cuts, done.kicks, done.squares) == (1, 0, [])
    assert "$1.00" in done.text


@given(st.text(), st.from_regex(r"-?\$?[0-9]{1,3}(,[0-9]{3}){0,3}\.[0-9]{2}", fullmatch=True), st.sampled_from(COLUMNS))
def test_amount_is_whole_and_at_the_right_edge(name: str, amount: str, columns: int) -> None:
    rows = [
        line.text
        for line in laid_out(paper.document("", [paper.pair(name, amount)]), columns)
        if isinstance(line, Line)
    ]

    assert [row for row in rows if len(row) == columns and row.endswith(f" {amount}")] != []


@pytest.mark.parametrize(
    "sent",
    [b"\x1b@a\x00\n", b"\x1b?\n", b"\x1bt\x00\n", b"\x1c.\xe9\n", b"\x1bt\x10\xe9\n", b"\x1c.\x1bt\x10\x81\n", b"a" * 33 + b"\n", b"a", b"\x1dV\x42\x00", b"\x1bp"],
)  # fmt: skip
def test_printer_of_the_tests_refuses_what_a_real_one_would_misread(sent: bytes) -> None:
    with pytest.raises(Misunderstood):
        printed(sent, 32)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize(("length", "dots"), [(60, 6), (300, 5), (2000, 2)])
def test_code_is_as_large_as_fits(columns: int, length: int, dots: int) -> None:
    done = printed(as_bytes(paper.document("", [paper.qr("https://x.y/".ljust(length, "a"))]), columns), columns)

    [square] = done.squares
    assert square.align == "center"
    assert square.dots >= dots
    assert not square.says("https://x.y/")


def test_look_reaches_the_printer() -> None:
    blocks = [paper.text("Ada", align="center", bold=True, size=2), paper.text("b", align="right"), paper.text("c")]

    done = printed(as_bytes(paper.document("", blocks), 32), 32)

    assert done.rows[:3] == [Row("Ada", "center", True, 2), Row("b", "right"), Row("c")]
    assert done.picture().width > 32 * 12


def _rows(block: paper.Block, columns: int = 32) -> list[str]:
    return [line.text for line in laid_out(paper.document("", [block]), columns) if isinstance(line, Line)]
