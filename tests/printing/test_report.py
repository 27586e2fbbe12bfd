"""Reports on paper: all figures of X, Z and addendum, and sums that can be added up by hand."""

import re
from typing import Any

import pytest

from pos.printing.escpos import as_bytes
from pos.printing.layout import COLUMNS
from pos.printing.report import report
from tests.printing import papers
from tests.printing.printer import Printer, printed


def on_paper(columns: int = 48, language: str = "en", country: str = "US", **changes: Any) -> Printer:
    shown = report(papers.report(**changes), papers.saying(language, country))
    return printed(as_bytes(shown, columns), columns)


def amount_of(done: Printer, label: str) -> str:
    """The amount of the only row that begins with this label."""
    [found] = [
        row.text
        for row in done.rows
        if re.match(rf"{re.escape(label)}  +\S", row.text) or row.text.startswith(f"{label} $")
    ]
    return found.removeprefix(label).strip()


@pytest.mark.parametrize("columns", COLUMNS)
def test_z_tells_all_figures(columns: int) -> None:
    done = on_paper(columns)

    assert done.row("Z report 17").size == 2
    for label, amount in {
        "Net sales": "$1,050.00", "Tip": "$42.00", "Total": "$1,178.63", "Voided (3)": "$24.75", "Coupons (4)": "$20.00",
        "  WELCOME10 (4)": "$20.00", "Cash (30)": "$450.00", "Card (28)": "$680.00", "Card by link (2)": "$50.00",
        "Opening float": "$150.00", "+ cash taken": "$450.00", "- cash given back": "$8.00", "+ paid in": "$20.00",
        "- paid out": "$50.00", "= expected": "$562.00", "Counted": "$560.00", "To come from Stripe": "$50.00",
        "Links that wait (1)": "$26.63", "Due before": "$13.00", "+ sold": "$1,178.63", "- received": "$1,152.00",
        "= due now": "$26.63", "Outstanding": "125,300",
    }.items():  # fmt: skip
        assert amount_of(done, label) == amount, label
    assert "flowers for the tables" in done.text
    assert "DOES NOT ADD UP" not in done.text


@pytest.mark.parametrize("columns", COLUMNS)
def test_z_ends_with_its_digests_whole(columns: int) -> None:
    rows = [row.text for row in on_paper(columns).rows if row.text]

    assert rows[-6:] == ["Digest", "3f" * 16, "3f" * 16, "Of the one before", "a0" * 16, "a0" * 16]


def test_x_says_that_it_closes_nothing_and_has_no_digest() -> None:
    uncounted = papers.REPORT["drawer"] | {"counted": None, "difference": None}
    shift = papers.REPORT["shift"] | {"closed_at": None}

    done = on_paper(
        kind="x", number=None, sequence=None, digest=None, previous_digest=None, made_at=None, drawer=uncounted, shift=shift,
        tenders=[papers.REPORT["tenders"][1] | {"counted": None, "difference": None}],
    )  # fmt: skip

    assert done.row("X report").size == 2
    for said in ("Digest", "Closed", "Counted", "Difference", "Sequence", "Made"):
        assert said not in done.text


def test_addendum_names_its_z() -> None:
    assert "Z report 17, addendum 2" in on_paper(kind="addendum", ordinal=2).text.replace("\n", " ")


@pytest.mark.parametrize(("part", "figure"), [("balance", "sold"), ("balance", "due_before"), ("drawer", "paid_out")])
def test_sum_that_is_wrong_is_told_on_the_paper(part: str, figure: str) -> None:
    figures = papers.REPORT[part] | {figure: papers.REPORT[part][figure] + 1}

    assert "DOES NOT ADD UP" in on_paper(**{part: figures}).text


@pytest.mark.parametrize("columns", COLUMNS)
def test_report_speaks_spanish(columns: int) -> None:
    done = on_paper(columns, "es", "ES", currency="USD")

    assert "Informe Z 17" in done.text
    for said in ("VENTAS", "CAJÓN", "= pendiente ahora", "+ vendido", "Huella", "Devuelto", "1178,63"):
        assert said.lower() in done.text.lower().replace(".", ""), said


def test_report_of_a_quiet_day_is_short() -> None:
    nothing: dict[str, Any] = dict.fromkeys(papers.REPORT["points"], 0)

    done = on_paper(
        discounts=[],
        coupons=[],
        movements=[],
        points=nothing,
        stripe={"to_come": 0, "links_waiting_count": 0, "links_waiting": 0},
    )

    for said in ("DISCOUNTS", "POINTS", "BY LINK", "PAID IN AND OUT"):
        assert said not in done.text
