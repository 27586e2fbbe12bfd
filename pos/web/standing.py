"""How an order stands for its guest: what is still asked of them, what is on its way back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos.orders.lifecycle import amount_due
from pos.payments import currencies
from pos.payments.lifecycle import LIVE


@dataclass(frozen=True)
class Standing:
    """`state` is how far the order is: its fulfilment, or that it was canceled. `asks` says what the guest is to do about `due`: nothing; wait for the bank; pay by card, with a `tip` that makes it
    `amount`; or go to the counter. `card_page` is Stripe's address, once it is there. While an
    order `is_live`, something of it is awaited: its payment, or its making."""

    state: str
    due: int
    asks: str
    amount: int
    tip: int
    is_asked_for: bool
    card_page: str | None
    is_paid: bool
    has_failed: bool
    is_live: bool
    going_back: int
    gone_back: int
    too_much: int


def standing(order: Mapping[str, Any], *, takes_cards: bool) -> Standing:
    """The standing of an order with its last `link`, whether a payment `is_confirming` or `has_failed`, and how much is
    `going_back`. `takes_cards`: whether links are switched on at all."""
    amounts = {"total": order["total"], "paid": order["amount_paid"], "refunded": order["amount_refunded"]}
    link, is_canceled = order["link"], order["status"] == "canceled"
    live = link if link and link["status"] in LIVE else None
    # What was given back is due again in the books of an open order; of its guest only the counter asks it, by another link.
    is_settled = order["amount_refunded"] > 0 and live is None
    # What is due of a web order is asked for by the shop.
    is_settled = is_settled or order["source"] == "woocommerce"
    due = 0 if is_settled else amount_due(status=order["status"], **amounts)
    kept, owed = order["amount_paid"] - order["amount_refunded"], 0 if is_canceled else order["total"]
    return Standing(
        state="canceled" if is_canceled else order["fulfillment_status"],
        due=due,
        asks=_asks(order, due, takes_cards),
        amount=live["amount"] if live else due,
        tip=live["tip"] if live else 0,
        is_asked_for=live is not None,
        card_page=_web_address(live["provider_url"]) if live and live["status"] == "active" else None,
        is_paid=not is_canceled and due == 0 and kept >= owed > 0,
        has_failed=due > 0 and (order["has_failed"] or _is_failed(link)),
        is_live=order["status"] == "open",
        going_back=order["going_back"],
        gone_back=order["amount_refunded"] if due == 0 else 0,
        too_much=max(kept - owed - order["going_back"], 0),
    )


def _asks(order: Mapping[str, Any], due: int, takes_cards: bool) -> str:
    if due == 0:
        return "nothing"
    if order["is_confirming"]:
        return "bank"
    # Stripe has refused to make the page, and would again: somebody at the counter has been told.
    can_pay = takes_cards and currencies.is_chargeable(due, order["currency"]) and not _is_failed(order["link"])
    return "card" if can_pay else "counter"


def _is_failed(link: Mapping[str, Any] | None) -> bool:
    return link is not None and link["status"] == "failed"


def _web_address(url: str) -> str | None:
    """Guests are sent to pages only, whatever stands there."""
    return url if url.startswith(("https://", "http://")) else None
