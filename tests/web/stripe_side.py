"""What Stripe does with an order's payment link, as the books hear of it: the page is made, or not; the guest pays, or the
bank takes its time."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from pos import clock, ids
from pos.checkout import links, settle, tab
from pos.db import db, rows_of, transaction
from pos.payments import told
from pos.payments.facts import Ours, SessionPaid
from pos.payments.models import PaymentLink
from pos.stores.models import Store
from tests.client import Shop

CARD_PAGE = "https://buy.stripe.example/c/pay/live_1"
Order = dict[str, Any]


def path_of(order: Order, kind: str = "o", rest: str = "") -> str:
    """The path of the order's page, of its pay address ("p"), and what is below."""
    return urlsplit(order["public_url"]).path.replace("/o/", f"/{kind}/") + rest


def close_account(shop: Shop) -> None:
    """The store loses its Stripe account: the tests' database has two stores, and the key's account serves one only."""
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(db.update(Store).where(Store.slug == shop.slug).values(stripe_account=None))


def ask_for_link(shop: Shop, order: Order, **asked: Any) -> Order:
    answer = shop.post(f"/orders/{order['id']}/payment-link", asked)
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return answer.json


def make_page(shop: Shop, order: Order, address: str = CARD_PAGE) -> None:
    """Stripe has made the page of the live link."""
    with transaction(uuid.UUID(shop.store_id)):
        link = _live(order)
        link.provider_id, link.provider_url, link.is_open = f"plink_{link.id.hex}", address, True
        link.status = "active"


def refuse_page(shop: Shop, order: Order) -> None:
    """Stripe has refused to make it."""
    with transaction(uuid.UUID(shop.store_id)):
        links.end(_live(order), "fail", "Your account cannot do this.")


def pay(shop: Shop, order: Order, status: str = "succeeded", *, amount: int | None = None, attempt: int = 1) -> None:
    """Stripe tells of a payment by an attempt's link; `status` is how far it is."""
    with transaction(uuid.UUID(shop.store_id), actor="stripe"):
        row = db.session.scalars(
            rows_of(PaymentLink).where(PaymentLink.order_id == uuid.UUID(order["id"]), PaymentLink.attempt == attempt)
        ).one()
        ours, intent = Ours(link_id=row.id), f"pi_{row.id.hex}"
        fact = SessionPaid(intent, row.provider_id, amount or row.amount, row.currency, status, ours)
        link = told.link_of(ours, row.provider_id, row.account)
        assert link
        settle.session_paid(fact, link, row.account, clock.now())


def withdraw(shop: Shop, order: Order) -> None:
    with transaction(uuid.UUID(shop.store_id)):
        links.withdraw(tab.locked(uuid.UUID(order["id"])))


def links_of(shop: Shop, order: Order) -> list[tuple[int, str, int, int]]:
    """Attempt, state, amount and tip of each of the order's links."""
    with transaction(uuid.UUID(shop.store_id)):
        rows = db.session.scalars(
            rows_of(PaymentLink).where(PaymentLink.order_id == uuid.UUID(order["id"])).order_by(PaymentLink.attempt)
        )
        return [(row.attempt, row.status, row.amount, row.tip) for row in rows]


def unknown_token() -> str:
    return ids.public_token()


def _live(order: Order) -> PaymentLink:
    live = links.live_link(uuid.UUID(order["id"]))
    assert live, "the order has no live link"
    return live
