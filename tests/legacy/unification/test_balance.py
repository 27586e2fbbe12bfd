"""The balance sheet finds what went wrong: faults are planted on both sides, one by one, and taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.legacy.unification.old import Town, sheet
from tests.legacy.unification.trading import JOSE

# One worker makes what all of them look at.
pytestmark = pytest.mark.xdist_group("legacy_balance")

OF_MOVE = "(SELECT id FROM orders WHERE source = 'import' AND status = 'completed' ORDER BY id LIMIT 1)"
ENTRY = "(SELECT id FROM point_entries ORDER BY id LIMIT 1)"
JOSES = f"(SELECT id FROM customers WHERE phone = '{JOSE}')"
TOMAS = "(kind, number) IN (('user', 10), ('customer', 12))"
REMEMBER = "UPDATE source_ids SET digest = customer_id"
TRIGGER = "CREATE TRIGGER create_customer_on_user_insert AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION create_customer()"

# A fault in the books, how it is taken back, and the lines that tell of it.
BOOKS = {
    "a row that became nobody": (
        "UPDATE source_ids SET number = -1, unification_id = NULL WHERE kind = 'user' AND number = 1",
        "UPDATE source_ids SET number = 1, unification_id = (SELECT id FROM unifications) WHERE number = -1",
        {"rows of users"},
    ),
    "points that were not carried": (
        f"UPDATE point_entries SET cause = 'x' || cause WHERE id = {ENTRY}",
        f"UPDATE point_entries SET cause = substr(cause, 2) WHERE id = {ENTRY}",
        {"points above nothing", "points, all added up"},
    ),
    "a no that became a yes": (
        f"UPDATE customers SET sms_consent = true WHERE phone = '{JOSE}'",
        f"UPDATE customers SET sms_consent = false WHERE phone = '{JOSE}'",
        {"sms: no, the stricter of all rows"},
    ),
    "an order of another total": (
        f"UPDATE orders SET fees = fees + 1, total = total + 1 WHERE id = {OF_MOVE}",
        f"UPDATE orders SET fees = fees - 1, total = total - 1 WHERE id = {OF_MOVE}",
        {"spent, by completed orders", "people whose orders differ"},
    ),
    "an order of somebody else": (
        f"UPDATE orders SET customer_id = {JOSES} WHERE id = {OF_MOVE}",
        f"UPDATE orders SET customer_id = (SELECT customer_id FROM source_ids WHERE order_id = orders.id) WHERE id = {OF_MOVE}",
        {"people whose orders differ"},
    ),
    "two who became one": (
        f"{REMEMBER}, is_main = false WHERE {TOMAS}; UPDATE source_ids SET customer_id = {JOSES} WHERE {TOMAS}",
        f"UPDATE source_ids SET customer_id = digest::uuid, is_main = (kind = 'customer') WHERE {TOMAS}",
        {"distinct people", "people whose orders differ"},
    ),
}
# The same in the old base.
OLD = {
    "the trigger again": (
        TRIGGER, "DROP TRIGGER create_customer_on_user_insert ON users", {"trigger create_customer_on_user_insert"},
    ),
    "a row of a user": (
        "UPDATE users SET is_active = NOT is_active WHERE id = 1", "UPDATE users SET is_active = NOT is_active WHERE id = 1",
        {"rows of users changed since"},
    ),
    "an order": (
        "INSERT INTO orders (order_number, status) VALUES ('L-9', 'completed')", "DELETE FROM orders WHERE order_number = 'L-9'",
        {"orders written there since"},
    ),
    "an order without its customer": (
        "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey; UPDATE orders SET customer_id = 99 WHERE id = 1",
        "UPDATE orders SET customer_id = 3 WHERE id = 1", {"orders whose customer is not there"},
    ),
    "another total": (
        "UPDATE orders SET total = total + 1 WHERE id = 1", "UPDATE orders SET total = total - 1 WHERE id = 1",
        {"spent, by completed orders", "people whose orders differ"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def unified(module_town: Town) -> Town:
    module_town.done("unify")
    return module_town


@pytest.mark.parametrize("fault", BOOKS)
def test_sheet_shows_a_fault_of_the_books(unified: Town, fault: str) -> None:
    plant, mend, lines = BOOKS[fault]

    with _planted(
        unified, f"SET session_replication_role = replica; {plant}", f"SET session_replication_role = replica; {mend}"
    ):
        assert _differing(unified) == (1, lines)

    assert _differing(unified) == (0, set())


@pytest.mark.parametrize("fault", OLD)
def test_sheet_shows_what_was_written_in_the_old_base(unified: Town, fault: str) -> None:
    plant, mend, lines = OLD[fault]

    unified.old(plant)
    found = _differing(unified)
    unified.old(mend)

    assert found == (1, lines)
    assert _differing(unified) == (0, set())


@contextmanager
def _planted(town: Town, plant: str, mend: str) -> Iterator[None]:
    town.books(plant)
    try:
        yield
    finally:
        town.books(mend)


def _differing(town: Town) -> tuple[int, set[str]]:
    result = town.legacy("verify")
    return result.exit_code, {what for what, line in sheet(result.stdout).items() if "DIFFERS" in line[2]}
