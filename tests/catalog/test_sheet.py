"""A sheet of products as spreadsheets save it, read and written."""

from typing import Any

import pytest

from pos.catalog.sheet import COLUMNS, MAX_LINES, Line, UnreadableSheet, decoded, read, written

PINT = {
    "sku": "IPA", "name": "House IPA", "kind": "food", "category": "Beer", "price": 850, "sale_price": None,
    "is_open_price": False, "tax_class": "standard", "needs_preparation": True, "stock_quantity": 12, "status": "active",
    "modifiers": [{"name": "Size", "min": 0, "max": 1, "choices": [{"name": "Large", "price": 100}]}], "price_rules": [],
    "image_url": None, "station": "Bar",
}  # fmt: skip


def fields(text: str, currency: str = "USD") -> list[dict[str, Any]]:
    sheet = read(text, currency)
    assert sheet.faults == []
    return [line.fields for line in sheet.lines]


def faults(text: str, currency: str = "USD") -> list[tuple[int, str | None]]:
    return [(fault.line, fault.column) for fault in read(text, currency).faults]


def test_what_was_written_is_read_again() -> None:
    evil = PINT | {
        "sku": "E",
        "name": '=HYPERLINK("x"),\n"y"',
        "category": "'-",
        "price": 5,
        "sale_price": 0,
        "stock_quantity": None,
    }

    text = "".join(written([PINT, evil], "USD"))

    assert text.startswith(
        "\ufeff" + ",".join(COLUMNS) + "\r\nIPA,House IPA,food,Beer,8.50,,no,standard,yes,12,active,"
    )
    assert "'=HYPERLINK" in text
    assert read(text, "USD").lines == [
        Line(line, product["sku"], {name: product[name] for name in COLUMNS if name != "sku"})
        for line, product in ((2, PINT), (3, evil))
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_separators_and_line_ends_of_all_spreadsheets(separator: str, end: str, before: str) -> None:
    rows = [["SKU", " Name ", "price"], ["A", "Two\nlines", "8.5"], ["", "", ""], ["B", 'Say "x"', "9"]]
    quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows)

    sheet = read(before + end.join(separator.join(row) for row in quoted) + end, "USD")

    assert [(line.line, line.sku, line.fields) for line in sheet.lines] == [
        (2, "A", {"name": "Two\nlines", "price": 850}),
        (4, "B", {"name": 'Say "x"', "price": 900}),
    ]


@pytest.mark.parametrize(
    ("cell", "separator", "currency", "amount"),
    [
        ("8.50", ",", "USD", 850),
        ("8", ",", "USD", 800),
        ("8.5", ",", "USD", 850),
        ("8.500", ",", "USD", 850),
        ("0.05", ",", "USD", 5),
        ("8,50", ";", "EUR", 850),
        ("8.50", ";", "EUR", 850),
        ("850", ",", "JPY", 850),
        ("1.250", ",", "KWD", 1250),
    ],
)
def test_amount_is_of_the_currency(cell: str, separator: str, currency: str, amount: int) -> None:
    assert fields(f"sku{separator}price\nA{separator}{cell}\n", currency) == [{"price": amount}]


@pytest.mark.parametrize(
    "cell", ['"8,50"', "$8.50", "8.50 USD", "8.505", "-8", "'-8", "1e3", "٨", "9" * 14, "8.5.0", "10000000001"]
)
def test_amount_that_cannot_be_meant_is_pointed_at(cell: str) -> None:
    assert faults(f"sku,price\nA,1\nB,{cell}\n") == [(3, "price")]


@pytest.mark.parametrize("cell", ["8.505", "1.234,50", "1'000"])
def test_thousands_are_never_guessed(cell: str) -> None:
    assert faults(f"sku;price\nA;{cell}\n", "EUR") == [(2, "price")]


def test_empty_cell_says_that_there_is_none_or_nothing() -> None:
    head, empty = ",".join(COLUMNS), "A" + "," * (len(COLUMNS) - 1)

    assert fields(f"{head}\n{empty}\nB\n") == [
        {"category": None, "sale_price": None, "stock_quantity": None, "modifiers": [], "price_rules": [], "image_url": None, "station": None}
    ] * 2  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "meant"), [("yes", True), ("TRUE", True), ("WAHR", True), ("1", True), ("No", False), ("falsch", False)]
)
def test_flag_is_read_as_spreadsheets_write_it(cell: str, meant: bool) -> None:
    assert fields(f"sku,is_open_price\nA,{cell}") == [{"is_open_price": meant}]


def test_each_cell_that_cannot_be_read_is_named() -> None:
    text = "\n".join(
        [
            "sku,needs_preparation,stock_quantity,modifiers,price_rules",
            "A,perhaps,1.5,{},[",
            ",,,,",
            " ,yes,1,[],[]",
            "B,yes,1,[],[]",
            "B,yes,1,[],[]",
            "C,yes,1,[],[],more",
        ]
    )

    assert faults(text) == [
        (2, "needs_preparation"), (2, "stock_quantity"), (2, "modifiers"), (2, "price_rules"), (4, "sku"), (6, "sku"), (7, None),
    ]  # fmt: skip
    assert all(fault.detail.endswith(".") and len(fault.detail) > 15 for fault in read(text, "USD").faults)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one of them is sku"),
        ("name,price\nA,1", "one of them is sku"),
        ("sku,colour\nA,red", "no column 'colour'"),
        ("sku,price,price\nA,1,2", "price is there twice"),
        ("sku,name\nA,M\ufffdller", "UTF-8"),
        ("sku,name\nA,M\0ller", "UTF-8"),
        ('sku,name\nA,"never ends', "quotation mark"),
        ('sku,name\nA,"x"y', "line 2"),
        ("sep=|\nsku|name\nA|x", "commas, semicolons or tabs"),
        ("sku\n" + "\n".join(str(number) for number in range(MAX_LINES + 1)), "10,000 lines"),
        ("PK\x03\x04 a workbook", "no column"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(UnreadableSheet, match=said):
        read(text, "USD")


def test_sheet_of_ten_thousand_lines_is_read() -> None:
    assert len(read("sku\n" + "\n".join(str(number) for number in range(MAX_LINES)), "USD").lines) == MAX_LINES


def test_line_that_excel_puts_first_is_passed_over() -> None:
    sheet = read("sep=;\r\nsku;price\r\nA;8,50\r\nB;x\r\n", "EUR")

    assert ([line.line for line in sheet.lines], [fault.line for fault in sheet.faults]) == ([3, 4], [4])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_file_is_decoded_as_it_was_saved(encoding: str) -> None:
    text = "sku,name\r\nA,Müller’s Weißbier\r\n"

    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("raw", ["sku,name\nA,x".encode("utf-16-le"), b"sku\n\0", b"sku\n\x81\xff"])
def test_file_that_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableSheet, match="CSV UTF-8"):
        decoded(raw)
