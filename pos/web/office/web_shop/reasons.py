"""Why something of the web shop was left out, or taken in with a remark: a table. A reason without an entry has no words, which a test
notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos.web.office.writing import Writing


@dataclass(frozen=True)
class Reason:
    """`told` is what is so, with facts in braces; `advice` what to do about it, in the shop or here."""

    title: str
    told: str
    advice: str


_MEND = "Open it in the shop, put it right and save it; the next sync takes it in."
_PLUGIN = "Open it in the shop and save it once. If it comes again, a plugin changes what the shop tells: ask who looks after the shop."

REASONS: dict[str, Reason] = {
    "foreign_currency": Reason(
        "another currency",
        "It was sold in {currency}, and the books are kept in {ours}: {total} {currency} are not counted here.",
        "Orders of two currencies cannot be added up. Count it where that currency is counted; here it stays left out.",
    ),
    "no_total": Reason("no total", "It says no total, or one below zero.", _MEND),
    "no_date": Reason("no date", "It does not say when it was placed.", _MEND),
    "odd_date": Reason("an odd date", "Its {field} is no date.", _MEND),
    "odd_amount": Reason("an odd amount", "Its {field} is no amount that can be meant.", _MEND),
    "no_object": Reason("no record", "What the shop tells in its place is no record.", _PLUGIN),
    "odd_record": Reason("an odd record", "Something in it is of a kind that nobody expects there.", _PLUGIN),
    "no_number": Reason("no number", "The shop tells no number for it, so it could not be known again.", _PLUGIN),
    "no_name": Reason("no name", "It has no name.", "Give it a name in the shop."),
    "no_code": Reason("no code", "The coupon has no code.", "Give it a code in the shop, or delete it there."),
    "no_price": Reason(
        "no price",
        "It has no price in the shop, so no register sells it.",
        "Give it a price in the shop if it is to be sold; else it may stay as it is.",
    ),
    "type_not_sold_here": Reason(
        "a type that is not sold here",
        "It is of the type “{type}”: what it leads to is sold, not itself.",
        "Nothing is to be done. If the counter is to sell it, make a product of its own here.",
    ),
    "discount_type": Reason(
        "a discount of another kind",
        "It takes off by “{discount_type}”, and coupons here know percent and an amount off the whole order.",
        "It goes on in the shop. If it is to hold at the counter too, make a coupon of its own here.",
    ),
    "conditions": Reason(
        "conditions",
        "It holds for some products, people or amounts only, which coupons here do not know; so it is here, and stopped.",
        "It goes on in the shop. Take the conditions away there, and it holds at the counter as well.",
    ),
    "code_taken": Reason(
        "the code is taken",
        "A coupon that was made here has the same code, and that one holds at the counter.",
        "Give one of the two another code, unless they are meant to be the same.",
    ),
    "sku_taken": Reason(
        "the SKU is taken",
        "Another product has the SKU {sku} already, so this one has its number behind it.",
        "Give each product of the shop a SKU of its own.",
    ),
    "rounded": Reason(
        "rounded",
        "Its amount has more decimals than the currency{price}, so it was rounded.",
        "Set the shop to as many decimals as the currency has (Settings, General). What is in the books may be off by less than one coin.",
    ),
    "untaxed": Reason(
        "free of tax in the shop",
        "The shop does not tax it, and there is no tax class without tax here, so it is here and not sold.",
        "Add a tax class of 0 % to the location of web orders (Settings), then read everything.",
    ),
    "unknown_status": Reason(
        "an unknown status",
        "Its status is one that a plugin made. It counts as paid if the shop says when it was paid, else as unpaid.",
        "Look whether that is right. If not, give it one of WooCommerce's own statuses.",
    ),
    "doubled": Reason(
        "paid twice with one transaction",
        "It was paid by the same transaction as order #{first}, which holds the money; this one is canceled here.",
        "Look at both in the shop: one is usually a copy, by an import or a plugin. Cancel or delete the copy there.",
    ),
    "refunds_exceed_total": Reason(
        "more given back than it came to",
        "{refunds} were given back of an order of {total}. All of it is in the books, and nothing is held of the order.",
        "It may be so, e.g. if a line was taken out of it after it was given back. If not, delete the refund that was not given in the shop.",
    ),
    "email_of_several": Reason(
        "an e-mail of several",
        "Several customers here have its e-mail, so it is with a customer of its own.",
        "If they are one person, merge them; it comes along.",
    ),
    "another_customer": Reason(
        "another customer",
        "Its phone number is one customer's and its account another's; it is with the one who has the number.",
        "If they are one person, merge them. If not, it may stay: somebody ordered for somebody else.",
    ),
    "another_number": Reason(
        "another number",
        "It came with another phone number than the customer has who has its e-mail; it is with that customer.",
        "Look at the customer: it may be a new number, or two people who share an e-mail.",
    ),
    "refused_by_the_books": Reason(
        "refused by the books",
        "It contradicts what is in the books, and was left out.",
        "Tell whoever runs the server: its log says which rule it breaks (web_records_refused).",
    ),
    "too_large": Reason(
        "too large",
        "What the shop tells at place {place} of its list is larger than what is read.",
        "Look for what a plugin has stored with it: pictures within the text, long histories.",
    ),
}


def told(reason: str, detail: Mapping[str, Any], say: Writing) -> str:
    """What is so, in a sentence."""
    known = REASONS.get(reason)
    return known.told.format_map(_Facts(_written(reason, detail, say))) if known else reason.replace("_", " ")


def advice(reason: str) -> str:
    """What to do about it."""
    known = REASONS.get(reason)
    return known.advice if known else "Look at it in the shop."


class _Facts(dict[str, str]):
    """What lacks a fact is still told."""

    def __missing__(self, name: str) -> str:
        return "(unknown)"


def _written(reason: str, detail: Mapping[str, Any], say: Writing) -> dict[str, str]:
    facts = {name: str(value).replace("_", " ") for name, value in detail.items()}
    if reason == "refunds_exceed_total":
        facts |= {name: say.money(value) for name, value in detail.items() if isinstance(value, int)}
    price = detail.get("price")
    return facts | {"ours": say.currency, "price": f" ({price})" if price else ""}
