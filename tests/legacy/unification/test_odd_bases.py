"""Old bases in which something was deleted, is no whole number, or is known here by an e-mail alone."""

from pathlib import Path

from tests.legacy.telling import customer, written
from tests.legacy.unification.old import Town, sheet
from tests.legacy.unification.trading import JOSE

FRACTIONS = """
    ALTER TABLE customers ALTER loyalty_points TYPE numeric(10, 2);
    UPDATE customers SET loyalty_points = 120.75 WHERE id = 3;
    UPDATE customers SET loyalty_points = 'NaN' WHERE id = 2;
    UPDATE customers SET loyalty_points = -0.5 WHERE id = 12;
"""
# José's main row, and all there is of Nils.
DELETED = """
    UPDATE orders SET customer_id = 10 WHERE customer_id = 5;
    DELETE FROM customer_profiles WHERE customer_id = 5;
    DELETE FROM orders WHERE customer_id = 2;
    DELETE FROM customers WHERE id IN (2, 5);
"""


def test_points_that_are_not_whole_are_told_and_stay_there(town: Town) -> None:
    town.old(FRACTIONS)
    before = town.dump()

    planned = town.done("plan")
    town.done("unify")
    lines, points = sheet(town.done("verify")), town.points()
    town.done("rollback", "--yes")

    assert "922 are carried as adjustments; 0 below nothing" in planned
    assert points == 922
    assert lines["rows with points that are not whole"] == (
        "3", "0", "fractions stay there; what is no number is none",
    )  # fmt: skip
    assert lines["points above nothing"] == ("922", "922", "ok")
    assert town.dump() == before


def test_rows_that_were_deleted_after_the_way_back_stand_in_no_ones_way(town: Town) -> None:
    town.done("unify")
    town.old("UPDATE customers SET city = 'Lagos' WHERE id = 3")
    town.done("rollback", "--yes")
    town.old(DELETED)

    town.done("unify")
    overwritten = town.old("SELECT content ->> 'city' FROM overwritten_rows")
    town.shop.sell(phone=JOSE, payment={"method": "cash"})
    town.done("verify")
    town.done("rollback", "--yes")
    owners = town.old("SELECT DISTINCT customer_id FROM orders WHERE id BETWEEN 9 AND 13 OR order_number LIKE 'TP-%'")
    town.done("unify")

    assert overwritten == town.old("SELECT content ->> 'city' FROM overwritten_rows") == [("Lagos",)]
    assert owners == [(10,)]
    assert town.done("verify").endswith("Clean.\n")
    assert town.broken_rules() == []


def test_unify_takes_no_yes_of_who_is_known_by_an_e_mail_alone(town: Town, tmp_path: Path) -> None:
    """Ida and Ole came here without a number, Eva with another one; Ole's in the old base is Ada's."""
    for name, phone in (("Ida", "none"), ("Ole", "none"), ("Eva", "415-555-0141")):
        told = customer(id=name, firstName=name, lastName="Holm", email=f"{name}@example.com", phone=phone)
        (tmp_path / f"customer_info_{name}.json").write_bytes(written(told))
    words = ("import", "customer-info", str(tmp_path), "--store", town.shop.slug)
    assert town.app.test_cli_runner().invoke(args=words).exit_code == 0
    old_ids = [
        town.add("customers", first_name=name, last_name="Holm", email=f"{name}@example.com", phone=phone, sms_consent=sms, marketing_consent=not sms)
        for name, phone, sms in (("Ida", "415-555-0142", True), ("Ole", "503-555-0101", False), ("Eva", "415-555-0143", True))
    ]  # fmt: skip

    town.done("unify")
    lines = sheet(town.done("verify"))

    asked = "SELECT phone, sms_consent, marketing_consent FROM customers WHERE id = %s"
    assert [town.books(asked, [str(town.customer_of(old_id))]) for old_id in old_ids] == [
        [("+14155550142", None, False)], [(None, False, None)], [("+14155550141", None, False)],
    ]  # fmt: skip
    assert lines["sms: yes, the stricter of all rows"] == ("7", "5", "2 answered here, or were found by e-mail only")
    assert lines["marketing: yes, the stricter of all rows"][2] == "1 answered here, or were found by e-mail only"
    assert town.broken_rules() == []
