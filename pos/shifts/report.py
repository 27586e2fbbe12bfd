"""A report as people read it, made of the figures that it keeps. Pure: the same body always reads the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from pos.shifts.figures import Figures

COUNTED = ("cash", "card")
METHODS = ("cash", "card", "stripe", "external")
_SUMS = ("subtotal", "discount", "tax", "tip", "shipping", "fees", "total")
_MEASURES = ("quantity", "subtotal", "discount", "total", "tax")
_FACTS = (
    "kind",
    "number",
    "sequence",
    "made_at",
    "business_day",
    "currency",
    "tax_included",
    "register",
    "location",
    "shift",
)

Body = Mapping[str, Any]


def shown(body: Body, movements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The report of a body, as the API gives it; `movements` are those of its shift."""
    figures: Figures = body["figures"]
    return {
        **{name: body[name] for name in _FACTS},
        "orders": _orders(figures),
        "sales": _sales(figures),
        "discounts": _counted(figures, "discount", "kind"),
        "coupons": _counted(figures, "coupon", "code"),
        "points": _points(body),
        "tenders": tenders(body),
        "drawer": drawer(body),
        "stripe": {"to_come": _net(figures, "stripe"), **body["links"]},
        "balance": _balance(body),
        "movements": list(movements),
    }


def drawer(body: Body) -> dict[str, Any]:
    """What the drawer should hold, and what was counted. An addendum only tells by how much more it should have been."""
    figures = body["figures"]
    paid_in, paid_out = (_figure(figures, "moved", "amount", kind) for kind in ("paid_in", "paid_out"))
    payments, refunds = _figure(figures, "drawer", "payment"), _figure(figures, "drawer", "refund")
    expected = body["opening_float"] + payments - refunds + paid_in - paid_out
    return {
        "opening_float": body["opening_float"],
        "cash_payments": payments,
        "cash_refunds": refunds,
        "paid_in": paid_in,
        "paid_out": paid_out,
        "no_sale_count": _figure(figures, "moved", "count", "no_sale"),
        "expected": expected,
        **_compared(expected, body["counted"].get("cash")),
    }


def tenders(body: Body) -> list[dict[str, Any]]:
    """The money by how it came: cash and cards always, with what was counted of them, the others if there was any."""
    figures = body["figures"]
    used = [method for method in METHODS if method in COUNTED or _came(figures, method)]
    return [_tender(body, method) for method in used]


def _tender(body: Body, method: str) -> dict[str, Any]:
    figures = body["figures"]
    net = _net(figures, method)
    expected = {"cash": drawer(body)["expected"], "card": net}.get(method)
    return {
        "method": method,
        "payment_count": _figure(figures, "payment", "count", method),
        "payments": _figure(figures, "payment", "amount", method),
        "refund_count": _figure(figures, "refund", "count", method),
        "refunds": _figure(figures, "refund", "amount", method),
        "net": net,
        "expected": expected,
        **_compared(expected, body["counted"].get(method)),
    }


def _compared(expected: int | None, counted: int | None) -> dict[str, int | None]:
    """A difference is told, never judged: too much is above nothing."""
    is_both = expected is not None and counted is not None
    return {"counted": counted, "difference": counted - expected if is_both else None}  # type: ignore[operator]


def _orders(figures: Figures) -> dict[str, int]:
    return {
        "count": _figure(figures, "orders"),
        "canceled_count": _figure(figures, "canceled"),
        "voided_count": _figure(figures, "void", "count"),
        "voided_amount": _figure(figures, "void", "amount"),
    }


def _sales(figures: Figures) -> dict[str, Any]:
    sums = {name: _figure(figures, name) for name in _SUMS}
    return {"classes": _classes(figures), **sums, "net": sums["subtotal"] - sums["discount"]}


def _classes(figures: Figures) -> list[dict[str, Any]]:
    """Sales by kind, tax class and rate."""
    classes: dict[tuple[str, str, str], dict[str, int]] = {}
    for name, amount in figures.items():
        if name.startswith("class|"):
            _, kind, rate, measure, tax_class = name.split("|", 4)
            classes.setdefault((kind, tax_class, rate), dict.fromkeys(_MEASURES, 0))[measure] = amount
    return [
        {"kind": kind, "tax_class": tax_class, "tax_rate": rate, **sums}
        for (kind, tax_class, rate), sums in sorted(classes.items())
    ]


def _counted(figures: Figures, what: str, called: str) -> list[dict[str, Any]]:
    """What has a count and an amount under each of several names."""
    found: dict[str, dict[str, int]] = {}
    for name, amount in figures.items():
        if name.startswith(f"{what}|"):
            each, measure = _named(what, name)
            found.setdefault(each, {"count": 0, "amount": 0})[measure] = amount
    return [{called: each, **sums} for each, sums in sorted(found.items())]


def _named(what: str, figure: str) -> tuple[str, str]:
    """What a person named, a coupon's code, stands last; our own words stand before the measure."""
    _, first, second = figure.split("|", 2)
    return (second, first) if what == "coupon" else (first, second)


def _points(body: Body) -> dict[str, Any]:
    figures = body["figures"]
    kinds = {"given": "accumulate", "used": "redeem", "returned": "return", "reversed": "reverse"}
    return {name: abs(_figure(figures, "points", "amount", kind)) for name, kind in kinds.items()} | body["points"]


def _balance(body: Body) -> dict[str, int]:
    """What was sold, less what was given back, is kept or still due; and what is kept lies in this register's tenders, or elsewhere."""
    figures = body["figures"]
    kept, for_others = _figure(figures, "kept"), _figure(figures, "for_others")
    here = sum(_net(figures, method) for method in METHODS)
    return {
        "sold": _figure(figures, "total"),
        "given_back": _figure(figures, "given_back"),
        "kept": kept,
        "due_before": body["due_before"],
        "due_after": body["due_before"] + _figure(figures, "due"),
        "received": here,
        "received_elsewhere": kept - (here - for_others),
        "received_for_others": for_others,
    }


def _net(figures: Figures, method: str) -> int:
    return _figure(figures, "payment", "amount", method) - _figure(figures, "refund", "amount", method)


def _came(figures: Figures, method: str) -> bool:
    return any(_figure(figures, kind, "count", method) for kind in ("payment", "refund"))


def _figure(figures: Figures, *parts: str) -> int:
    return figures.get("|".join(parts), 0)
