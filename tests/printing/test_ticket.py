"""Kitchen tickets: quantities and names in large, what was voided as loud as what is to be made."""

from typing import Any

import pytest

from pos.printing.escpos import as_bytes
from pos.printing.layout import COLUMNS
from pos.printing.ticket import tickets
from tests.printing import papers
from tests.printing.printer import Printer, Row, printed


def on_paper(columns: int = 48, language: str = "en", **changes: Any) -> Printer:
    shown = tickets([papers.ticket(**changes)], papers.saying(language))
    return printed(as_bytes(shown, columns), columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_ticket_says_in_large_what_is_made(columns: int) -> None:
    done = on_paper(columns)

    large = [row.text for row in done.rows if row.size == 2]
    assert large[:2] == ["K7QXAB", "Table 7"]
    assert "3 × Wings" in large
    assert "VOID 1 × Onion rings" in " ".join(large).replace("   ", " ").replace("  ", " ")
    assert done.row("12 × Ñoquis").size == 2
    assert done.row("+ Extra hot").bold
    assert "sauce on the side" in done.text
    assert "allergic to nuts" in done.text
    assert "Also made at: Bar, Kitchen" in done.text
    assert (done.cuts, done.kicks) == (1, 0)


def test_tickets_of_several_stations_stand_below_each_other() -> None:
    both = [papers.ticket(), papers.ticket(station="Bar")]

    done = printed(as_bytes(tickets(both, papers.saying()), 32), 32)

    assert done.text.count("K7QXAB") == 2
    assert done.text.index("Kitchen") < done.text.index("Bar  ")
    assert done.cuts == 1


def test_name_that_goes_on_does_not_look_like_another_line() -> None:
    done = on_paper()

    assert [row.text for row in done.rows if "ampi" in row.text] == ["  champiñones"]


def test_units_that_are_not_equally_far_are_printed_as_one_quantity() -> None:
    done = on_paper()

    assert done.text.count("Wings") == 1


@pytest.mark.parametrize(("language", "said"), [("en", "Ordered 6:05 PM"), ("es", "Pedido a las 6:05 p.m.")])
def test_ticket_says_when_it_was_ordered_by_the_clock_on_the_wall(language: str, said: str) -> None:
    assert said in on_paper(language=language).text


def test_canceled_ticket_says_so_first() -> None:
    done = on_paper(is_canceled=True)

    assert done.rows[0] == Row("CANCELED", "center", bold=True, size=2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"station": "Bar"}, "Bar"),
        ({"station": None}, "Kitchen"),
        ({"tab_name": None}, "Ada"),
        ({"is_paid": False}, "NOT PAID YET"),
        ({"round": 3}, "Round 3"),
    ],
)
def test_ticket_says_where_whose_and_whether_it_is_paid(changes: dict[str, Any], said: str) -> None:
    assert said in on_paper(**changes).text


def test_paid_ticket_of_nobody_says_neither() -> None:
    done = on_paper(is_paid=True, tab_name=None, customer_name=None, note=None, elsewhere=[])

    for said in ("NOT PAID", "Ada", "Table", "Also", "allergic"):
        assert said not in done.text
