"""What each status of the shop means here."""

import pytest

from pos.woocommerce.statuses import CALLED_OFF, DONE, DRAFTS, PAID, STATUSES, WAITING, Meaning, meaning

# WooCommerce's own: https://woocommerce.com/document/managing-orders/order-statuses/
TABLE = {
    "pending": ("open", False), "on-hold": ("open", False), "processing": ("open", True), "completed": ("completed", True),
    "refunded": ("completed", True), "cancelled": ("canceled", False), "failed": ("canceled", False), "trash": ("canceled", False),
}  # fmt: skip


@pytest.mark.parametrize("has_paid_date", [True, False])
@pytest.mark.parametrize("status", TABLE)
def test_status_means_the_same_whenever_it_was_paid(status: str, has_paid_date: bool) -> None:
    assert meaning(status, has_paid_date=has_paid_date) == Meaning(*TABLE[status])


def test_table_is_complete() -> None:
    assert STATUSES.keys() == TABLE.keys()
    assert not STATUSES.keys() & set(DRAFTS)
    assert {PAID, WAITING, DONE, CALLED_OFF} == set(STATUSES.values())


@pytest.mark.parametrize(("has_paid_date", "means"), [(True, PAID), (False, WAITING)])
@pytest.mark.parametrize("status", ["awaiting-pickup", "", "shipped", "Completed!"])
def test_status_of_a_plugin_is_read_by_whether_it_was_paid(status: str, has_paid_date: bool, means: Meaning) -> None:
    assert meaning(status, has_paid_date=has_paid_date) == means
