"""Reports and kitchen tickets by the API: of a register's own drawer, and of what the kitchen's screen shows."""

import uuid
from typing import Any

import pytest
from flask import Flask

from pos import clock
from pos.printing.layout import COLUMNS
from tests.checkout.counter import add_round, approved, cancel, done, refund, void
from tests.checkout.test_offline import sold
from tests.client import Shop, new_key
from tests.printing.printer import Printer, printed
from tests.refusals import slug_of
from tests.shifts.drawer import closed, counted, opened, report

BYTES = {"as": "escpos"}


def paper(shop: Shop, path: str, columns: int = 48, as_: str = "register", **asked: Any) -> Printer:
    answer = shop.get(path, as_=as_, query_string=BYTES | {"columns": columns} | asked)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/octet-stream"
    return printed(answer.data, columns)


def busy(shop: Shop) -> dict[str, Any]:
    """A shift in which something of everything has happened; it is still open."""
    shift = opened(shop)
    shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=100, payment={"method": "cash", "tendered": 3000})
    gone = shop.sell(items=[{"sku": "TEE-BLK-M", "quantity": 1}], payment={"method": "card"})
    refund(shop, gone, amount=500)
    shop.sell(phone="(415) 555-0177", join=True, payment={"method": "card"})
    shop.sell(tab_name="Table 7")
    cancel(shop, shop.sell(), as_="owner")
    for moved in ({"kind": "paid_in", "amount": 500}, {"kind": "paid_out", "amount": 700}, {"kind": "no_sale"}):
        done(shop.post(f"/shifts/{shift['id']}/movements", moved | {"reason": "ice & limes"}, as_="owner"), 201)
    return shift


@pytest.mark.parametrize("columns", COLUMNS)
def test_x_is_printed_of_an_open_shift_and_z_of_a_closed_one(shop: Shop, columns: int) -> None:
    shift = busy(shop)
    shown = report(shop, shift)

    x = paper(shop, f"/shifts/{shift['id']}/report/paper", columns)
    z = closed(shop, shift, cash=shown["drawer"]["expected"] - 200)
    by_shift, by_id = (
        paper(shop, path, columns) for path in (f"/shifts/{shift['id']}/report/paper", f"/z-reports/{z['id']}/paper")
    )

    assert x.row("X report").size == 2
    assert "Digest" not in x.text
    assert by_shift.text == by_id.text
    assert by_id.row("Z report 1").size == 2
    assert by_id.row("= expected").text.endswith(dollars(z["drawer"]["expected"]))
    assert by_id.row("Difference").text.endswith("-$2.00")
    assert by_id.row("= due now").text.endswith(dollars(z["balance"]["due_after"]))
    assert z["digest"][:32] in by_id.text
    assert z["digest"][32:] in by_id.text
    assert "DOES NOT ADD UP" not in x.text + by_id.text
    assert "ice & limes" in by_id.text


def test_all_amounts_of_a_report_are_on_its_paper(shop: Shop) -> None:
    shift = busy(shop)
    z = closed(shop, shift, cash=0, card=0)

    text = paper(shop, f"/z-reports/{z['id']}/paper").text

    sums = {"sales": ("subtotal", "net", "tax", "tip", "total"), "drawer": tuple(set(z["drawer"]) - {"no_sale_count"}),
            "balance": ("sold", "received", "due_before", "due_after")}  # fmt: skip
    told = [z[part][name] for part, names in sums.items() for name in names]
    assert [amount for amount in told if dollars(amount) not in text] == []


def test_addendum_is_printed_with_its_number(shop: Shop) -> None:
    shift = opened(shop)
    during = clock.now().isoformat()
    closed(shop, shift)
    sold(shop, placed_at=during)
    closed(shop, opened(shop))
    [addendum] = [each for each in done(shop.get("/z-reports"))["data"] if each["kind"] == "addendum"]

    told = paper(shop, f"/z-reports/{addendum['id']}/paper").text

    assert "Z report 1, addendum 1" in told.replace("\n", " ")
    assert addendum["digest"][:32] in told
    assert dollars(addendum["sales"]["total"]) in told
    assert "DOES NOT ADD UP" not in told


def test_another_register_gets_no_paper_of_a_drawer(shop: Shop, other_shop: Shop) -> None:
    shift = opened(shop)
    z = closed(shop, shift)

    for path in (f"/shifts/{shift['id']}/report/paper", f"/z-reports/{z['id']}/paper"):
        assert other_shop.get(path).status_code == 404
        assert shop.get(path, as_="nobody").status_code == 401
        assert shop.get(path, as_="owner").status_code == 200
        assert slug_of(shop.get(path, query_string={"columns": 80})) == (422, "invalid")
    assert shop.get(f"/z-reports/{new_key()}/paper").status_code == 404


def test_report_in_spanish(shop: Shop) -> None:
    shift = opened(shop)

    assert "Informe X" in paper(shop, f"/shifts/{shift['id']}/report/paper", language="es").text


def test_count_of_cards_is_on_the_paper(shop: Shop) -> None:
    shift = opened(shop)
    counted(shop, shift, 20000, card=100)

    text = paper(shop, f"/shifts/{shift['id']}/report/paper").text

    assert "  difference" in text


def test_ticket_says_what_the_kitchen_makes(shop: Shop) -> None:
    order = shop.sell(
        items=[{"sku": "IPA", "quantity": 3, "note": "one in a tall glass"}], tab_name="Table 7", note="nuts!"
    )

    ticket = paper(shop, f"/orders/{order['id']}/ticket", 32)

    assert ticket.row(order["reference"]).size == 2
    assert ticket.row("3 × House IPA").size == 2
    assert ticket.row("Table 7").size == 2
    for said in ("one in a tall glass", "nuts!", "Kitchen", "NOT PAID YET"):
        assert said in ticket.text
    assert ticket.kicks == 0


def test_each_paper_is_printed_by_a_server_that_commits(committed: Flask, shops: list[dict[str, Any]]) -> None:
    """Inside a test's savepoint a transaction bears more statements than it does outside."""
    shop = Shop(committed.test_client(), **shops[0])
    shift = opened(shop)
    order = shop.sell(payment={"method": "cash"})
    x = f"/shifts/{shift['id']}/report/paper"
    told = [paper(shop, path).text for path in (f"/orders/{order['id']}/receipt", f"/orders/{order['id']}/ticket", x)]
    z = closed(shop, shift)

    told.append(paper(shop, f"/z-reports/{z['id']}/paper").text)

    assert [
        said in text for said, text in zip(("Total", "1 × House IPA", "X report", "Z report 1"), told, strict=True)
    ] == [True] * 4


def test_each_round_is_a_ticket_of_its_own(committed: Flask, shops: list[dict[str, Any]]) -> None:
    # A round is what one transaction added.
    shop = Shop(committed.test_client(), **shops[0])
    order = shop.sell(tab_name="Table 7")
    done(add_round(shop, order, {"sku": "PRETZEL", "quantity": 2}), 201)
    path = f"/orders/{order['id']}/ticket"

    first, second, both = (paper(shop, path, **asked).text for asked in ({"round": 1}, {"round": 2}, {}))

    assert "Pretzel" not in first
    assert "House IPA" not in second
    assert "Round 2" in second
    assert both.index("House IPA") < both.index("Pretzel")


def test_voided_line_is_told(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}])
    done(void(shop, order, "PRETZEL", headers=approved(shop)))

    assert paper(shop, f"/orders/{order['id']}/ticket").row("VOID 1 × Pretzel").size == 2


def test_canceled_order_is_told_to_the_kitchen(shop: Shop) -> None:
    order = shop.sell()
    cancel(shop, order, as_="owner")

    assert paper(shop, f"/orders/{order['id']}/ticket").row("CANCELED").size == 2


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"round": 9}, 404),
        ({"station_id": str(uuid.uuid4())}, 404),
        ({"station_id": "none"}, 200),
        ({"station_id": "bar"}, 422),
        ({"round": 0}, 422),
    ],
)
def test_ticket_that_is_not_there_is_not_found(shop: Shop, asked: dict[str, Any], status: int) -> None:
    assert shop.get(f"/orders/{shop.sell()['id']}/ticket", query_string=asked).status_code == status


def test_order_with_nothing_to_make_has_no_ticket(shop: Shop, other_shop: Shop) -> None:
    water = shop.sell(items=[{"sku": "WATER", "quantity": 1}])

    assert slug_of(shop.get(f"/orders/{water['id']}/ticket")) == (404, "not-found")
    assert other_shop.get(f"/orders/{shop.sell()['id']}/ticket").status_code == 404


def dollars(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}${abs(amount) / 100:,.2f}"
