"""What is printed in the tests: a place, an order with everything on it, a kitchen ticket, a report that adds up."""

from copy import deepcopy
from typing import Any

from pos.printing.saying import Place, Saying
from pos.printing.words import Words

PLACE = Place(
    store="Hop & Vine", location="Downtown", address="12 Market St, San Francisco", timezone="America/Los_Angeles"
)
URL = "https://pos.example.com/hop-vine/o/AAAAAAAAAAAAAAAAAAAAAA"
_LINE = {"quantity": 1, "modifiers": [], "note": None, "discount": 0, "tax_rate": "0.082500"}
LATTE = _LINE | {
    "name": "Café con leche de avena, extra grande", "quantity": 2, "unit_price": 575, "subtotal": 1150, "discount": 115, "tax": 85,
    "modifiers": [{"name": "Oat milk", "price": 50}, {"name": "Large", "price": 75}], "note": "one without foam",
}  # fmt: skip
TEE = _LINE | {"name": "Tee, black, M", "unit_price": 2500, "subtotal": 2500, "tax": 206}
WATER = _LINE | {"name": "Water", "unit_price": 200, "subtotal": 200, "tax": 0, "tax_rate": "0.000000"}
ORDER: dict[str, Any] = {
    "reference": "K7QXAB", "status": "completed", "source": "tablet", "currency": "USD", "tax_included": False, "subtotal": 3850, "discount": 115,
    "tax": 291, "tip": 300, "shipping": 0, "fees": 0, "total": 4326, "amount_due": 0, "note": None, "tab_name": None,
    "placed_at": "2026-03-14T01:05:00.000000Z", "public_url": URL, "lines": [LATTE, TEE, WATER],
    "discounts": [{"name": "WELCOME10", "kind": "coupon", "off": 115}],
    "payments": [
        {"id": "p1", "method": "cash", "amount": 2000, "tendered": 2020, "status": "succeeded"},
        {"id": "p2", "method": "card", "amount": 2326, "tendered": None, "status": "succeeded"},
        {"id": "p3", "method": "stripe", "amount": 999, "tendered": None, "status": "failed"},
    ],
    "refunds": [
        {"payment_id": "p2", "amount": 216, "status": "succeeded"},
        {"payment_id": "p2", "amount": 777, "status": "failed"},
    ],
    "points": {"earned": 37, "redeemed": 0, "balance": 412},
    "customer": {"name": "Ada Example", "phone": "+14155550132"},
}  # fmt: skip
TICKET: dict[str, Any] = {
    "reference": "K7QXAB", "round": 2, "station": None, "tab_name": "Table 7", "customer_name": "Ada", "note": "allergic to nuts",
    "is_paid": False, "is_canceled": False, "fired_at": "2026-03-14T01:05:00.000000Z",
    "lines": [
        {"line_id": "a", "name": "Wings", "modifiers": ["Extra hot"], "note": "sauce on the side", "status": "waiting", "quantity": 1},
        {"line_id": "a", "name": "Wings", "modifiers": ["Extra hot"], "note": "sauce on the side", "status": "making", "quantity": 2},
        {"line_id": "b", "name": "Ñoquis con crema y champiñones", "modifiers": [], "note": None, "status": "waiting", "quantity": 12},
        {"line_id": "c", "name": "Onion rings", "modifiers": [], "note": None, "status": "void", "quantity": 1},
    ],
    "elsewhere": [{"station": "Bar", "status": "making"}, {"station": None, "status": "waiting"}],
}  # fmt: skip
_CLASS = {"kind": "food", "tax_class": "standard", "tax_rate": "0.082500"}
REPORT: dict[str, Any] = {
    "id": "0", "kind": "z", "number": 17, "sequence": 42, "ordinal": None, "digest": "3f" * 32, "previous_digest": "a0" * 32,
    "made_at": "2026-03-14T06:31:00Z", "business_day": "2026-03-13", "currency": "USD", "tax_included": False,
    "register": {"id": "r", "name": "Counter 1"}, "location": {"id": "l", "name": "Downtown", "timezone": "America/Los_Angeles"},
    "shift": {
        "id": "s", "opened_at": "2026-03-13T16:00:00Z", "opened_by": "Grace", "closed_at": "2026-03-14T06:31:00Z", "closed_by": None,
    },
    "orders": {"count": 61, "canceled_count": 2, "voided_count": 3, "voided_amount": 2475},
    "sales": {
        "classes": [
            _CLASS | {"quantity": 140, "subtotal": 98000, "discount": 3000, "total": 95000, "tax": 7838},
            _CLASS | {"kind": "merch", "quantity": 4, "subtotal": 10000, "discount": 0, "total": 10000, "tax": 825},
        ],
        "subtotal": 108000, "discount": 3000, "net": 105000, "tax": 8663, "tip": 4200, "shipping": 0, "fees": 0, "total": 117863,
    },
    "discounts": [{"kind": "coupon", "count": 4, "amount": 2000}, {"kind": "comp", "count": 1, "amount": 1000}],
    "coupons": [{"code": "WELCOME10", "count": 4, "amount": 2000}],
    "points": {"given": 1050, "used": 300, "returned": 0, "reversed": 20, "outstanding": 125300, "outstanding_worth": 125300},
    "tenders": [
        {"method": "cash", "payment_count": 30, "payments": 45000, "refund_count": 1, "refunds": 800, "net": 44200, "expected": 56200,
         "counted": 56000, "difference": -200},
        {"method": "card", "payment_count": 28, "payments": 68000, "refund_count": 1, "refunds": 2000, "net": 66000, "expected": 66000,
         "counted": 66000, "difference": 0},
        {"method": "stripe", "payment_count": 2, "payments": 5000, "refund_count": 0, "refunds": 0, "net": 5000, "expected": None,
         "counted": None, "difference": None},
    ],
    "drawer": {
        "opening_float": 15000, "cash_payments": 45000, "cash_refunds": 800, "paid_in": 2000, "paid_out": 5000, "no_sale_count": 2,
        "expected": 56200, "counted": 56000, "difference": -200,
    },
    "stripe": {"to_come": 5000, "links_waiting_count": 1, "links_waiting": 2663},
    "balance": {
        "sold": 117863, "given_back": 2800, "received": 115200, "received_elsewhere": 0, "received_for_others": 1500,
        "due_before": 1300, "due_after": 2663,
    },
    "movements": [
        {"id": "1", "kind": "paid_in", "amount": 2000, "reason": "change from the bank", "by": "Grace",
         "created_at": "2026-03-13T18:00:00Z"},
        {"id": "2", "kind": "paid_out", "amount": 5000, "reason": "flowers for the tables, and the window cleaner", "by": "Lin",
         "created_at": "2026-03-13T21:15:00Z"},
        {"id": "3", "kind": "no_sale", "amount": 0, "reason": "a guest wanted coins", "by": None, "created_at": "2026-03-13T22:00:00Z"},
    ],
}  # fmt: skip


def saying(language: str = "en", country: str | None = "US", currency: str = "USD", place: Place = PLACE) -> Saying:
    return Saying(place, Words(language, country), currency)


def order(**changes: Any) -> dict[str, Any]:
    """The order, with some of it otherwise."""
    return deepcopy(ORDER) | changes


def ticket(**changes: Any) -> dict[str, Any]:
    return deepcopy(TICKET) | changes


def report(**changes: Any) -> dict[str, Any]:
    return deepcopy(REPORT) | changes
