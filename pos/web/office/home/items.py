"""Attention items as people read them: what happened in a sentence, what it is about, and how it was settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pos.attention.models import AttentionItem
from pos.attention.sealed import BESIDE, opened
from pos.db import db, rows_of
from pos.web.office.actors import said_of
from pos.web.office.home.kinds import KINDS, Kind
from pos.web.office.things import PAGES, Named, Names, ids_in, names_of, page_of
from pos.web.office.writing import Writing

PAGE_ITEMS = 25
UNTOLD = "(unknown)"
_AMOUNTS = ("listed", "sold_at", "charged", "total", "amount", "tendered", "excess", "due")
_INSTANTS = ("placed_at", "received_at")


@dataclass(frozen=True)
class Told:
    """One item as its page shows it. `detail` is opened: what was sealed is in it."""

    id: UUID
    kind: Kind
    item: AttentionItem
    detail: Mapping[str, Any]
    names: Names
    sentence: str

    @property
    def settled_by(self) -> str:
        return said_of(self.item.resolved_by or "", {key: named.name for key, named in self.names.items()})

    @property
    def others(self) -> list[Mapping[str, Any]]:
        """What other registers told of the same sale."""
        return list(self.detail.get(BESIDE, ()))

    def of(self, table: str) -> str | None:
        """The id of the row of a table that the item is about."""
        mine, _, row_id = self.item.subject.partition(":")
        if mine == table:
            return row_id
        return next((each for each in ids_in(self.detail) if (table, each) in self.names), None)

    def goods(self, line: Mapping[str, Any]) -> str:
        """What a line of a refused sale is called: by the catalogue, or as the tablet said."""
        named = self.named("products", line.get("product_id"))
        return named.name if named else str(line.get("name") or line.get("sku") or UNTOLD)

    def moment(self, said: str, say: Writing) -> str:
        """An instant as a tablet told it, which may be any text."""
        try:
            return say.moment(said) or said
        except ValueError:
            return said

    def named(self, table: str, row_id: str | None) -> Named | None:
        return self.names.get((table, str(row_id)))

    def page(self, table: str) -> str | None:
        """Where the row of a table that the item is about is looked at; None if there is no such row or page."""
        row_id, (endpoint, parameter) = self.of(table), PAGES[table]
        if row_id is None or (table, row_id) not in self.names:
            return None
        return page_of(endpoint, **{parameter: row_id})


def listed(*, is_open: bool, kind: str | None, page: int, say: Writing) -> tuple[list[Told], bool]:
    """A page of items, newest first, and whether there are more: two statements."""
    found = rows_of(AttentionItem).where(AttentionItem.resolved_at.is_(None) == is_open)
    if kind:
        found = found.where(AttentionItem.kind == kind)
    found = found.order_by(AttentionItem.id.desc()).limit(PAGE_ITEMS + 1).offset((page - 1) * PAGE_ITEMS)
    rows = list(db.session.scalars(found))
    return told(rows[:PAGE_ITEMS], say), len(rows) > PAGE_ITEMS


def told(items: Sequence[AttentionItem], say: Writing) -> list[Told]:
    """Items in words: one statement for all that they name."""
    details = [opened(item) for item in items]
    names = _names(items, details)
    return [_told(item, detail, names, say) for item, detail in zip(items, details, strict=True)]


def _told(item: AttentionItem, detail: Mapping[str, Any], names: Names, say: Writing) -> Told:
    kind = KINDS[item.kind]
    bare = Told(item.id, kind, item, detail, names, "")
    sentence = kind.told.format_map(_Facts(_written(bare, say)))
    return Told(item.id, kind, item, detail, names, " ".join(sentence.split()))


def _names(items: Sequence[AttentionItem], details: Sequence[Mapping[str, Any]]) -> Names:
    ids = {each for item in items for each in ids_in((item.subject, item.resolved_by))} | {
        each for detail in details for each in ids_in(detail)
    }
    return names_of(ids)


class _Facts(dict[str, str]):
    """An item that lacks a fact is still told."""

    def __missing__(self, name: str) -> str:
        return UNTOLD


def _written(told: Told, say: Writing) -> dict[str, str]:
    """The facts of an item as its sentence takes them."""
    detail = told.detail
    facts = {name: str(value) for name, value in detail.items() if isinstance(value, str | int)}
    facts |= {name: say.money(detail[name]) for name in _AMOUNTS if isinstance(detail.get(name), int)}
    facts |= {name: say.moment(detail[name]) for name in _INSTANTS if isinstance(detail.get(name), str)}
    facts |= {name: "nothing that can be told" for name in ("listed",) if detail.get(name) is None}
    facts |= _rows_in_words(told)
    facts.setdefault("sold_as", facts["product"])
    wording = _WORDED.get(told.item.kind)
    return facts | (wording(detail, say) if wording else {})


def _rows_in_words(told: Told) -> dict[str, str]:
    """What the rows are called that an item names."""
    wanted = {
        "product": ("products", told.of("products")),
        "customer": ("customers", told.of("customers")),
        "held_by": ("customers", told.detail.get("held_by")),
        "register": ("registers", told.detail.get("register_id")),
        "coupon": ("coupons", told.detail.get("coupon_id")),
        "recipient": ("messages", told.of("messages")),
    }
    found = {name: told.named(table, row_id) for name, (table, row_id) in wanted.items()}
    unknown = {"recipient": "customers", "register": "a register that is gone"}
    return {name: named.name if named else unknown.get(name, UNTOLD) for name, named in found.items()}


# --- kinds whose facts need words of their own ----------------------------------------------------------------


def _clock(detail: Mapping[str, Any], say: Writing) -> dict[str, str]:
    seconds = detail.get("skew_seconds")
    if seconds is None:
        return {"skew_seconds": "nobody knows how much"}
    minutes = say.number(max(round(abs(seconds) / 60), 1))
    return {"skew_seconds": f"{minutes} min ({'ahead' if seconds > 0 else 'behind'})"}


def _unknown_item(detail: Mapping[str, Any], _: Writing) -> dict[str, str]:
    why = detail.get("why")
    return {"why": f", which is {why}" if why else ""}


def _coupon(detail: Mapping[str, Any], _: Writing) -> dict[str, str]:
    return {"why": str(detail.get("why") or "did not hold").rstrip(".")}


def _mismatch(detail: Mapping[str, Any], say: Writing) -> dict[str, str]:
    ours = detail.get("currency")
    asked, intent = detail.get("asked"), detail.get("payment_intent") or detail.get("dispute")
    return {
        "told": _in_currency(detail.get("told"), detail.get("told_currency") or ours, say),
        "asked": f", where {_in_currency(asked, ours, say)} was asked for" if asked is not None else "",
        "payment_intent": f"Stripe calls it {intent}." if intent else "",
    }


def _in_currency(amount: Any, currency: Any, say: Writing) -> str:
    if not isinstance(amount, int):
        return "nothing that can be counted"
    return say.money(amount, str(currency or say.currency).upper())


def _refund(detail: Mapping[str, Any], say: Writing) -> dict[str, str]:
    missing = detail.get("sold_meanwhile")
    return {
        "failure": str(detail.get("failure") or "nobody said why."),
        "sold_meanwhile": f" Meanwhile {say.number(missing)} of the goods were sold again." if missing else "",
    }


def _dispute(detail: Mapping[str, Any], _: Writing) -> dict[str, str]:
    reason = str(detail.get("reason") or "").replace("_", " ")
    return {"reason": f" as {reason}" if reason else ""}


def _alarm(detail: Mapping[str, Any], _: Writing) -> dict[str, str]:
    code = detail.get("code")
    return {"code": f" (error {code})" if code else "", "advice": str(detail.get("advice") or "it does not say why.")}


def _unclear(detail: Mapping[str, Any], _: Writing) -> dict[str, str]:
    return {"failure": str(detail.get("failure") or "")}


def _refused(detail: Mapping[str, Any], _: Writing) -> dict[str, str]:
    problem = detail.get("problem")
    told = problem if isinstance(problem, Mapping) else {}
    return {"problem": str(told.get("detail") or told.get("title") or "the reason cannot be read any more.")}


def _web_shop(detail: Mapping[str, Any], say: Writing) -> dict[str, str]:
    if detail.get("cause") == "repaired":
        mended = say.count(int(detail.get("changed") or 0), "record")
        return {
            "happened": f"Comparing the orders of three months found {mended} that the books did not have as the shop has them. They are mended."
        }
    reason = str(detail.get("reason") or "It does not say why.")
    return {"happened": f"The web shop could not be read to the end. {reason}"}


_WORDED = {
    "clock_skew": _clock,
    "unknown_item": _unknown_item,
    "coupon_drift": _coupon,
    "payment_mismatch": _mismatch,
    "refund_failed": _refund,
    "dispute": _dispute,
    "sms_alarm": _alarm,
    "sms_unclear": _unclear,
    "refused_sale": _refused,
    "web_shop": _web_shop,
}
