"""What the tests of payment links do to an order's link, and see of it."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from pos import clock
from pos.checkout import flows
from pos.db import db, transaction
from tests.checkout import stripe
from tests.checkout.provider import error
from tests.checkout.stripe import event, told
from tests.client import Shop
from tests.web.stripe_side import path_of

TOTAL = 866
STORE_HOURS = 24
NO_RIGHTS = (403, error("invalid_request_error", "account_invalid"))
TWO = [{"sku": "IPA", "quantity": 1}, {"sku": "PRETZEL", "quantity": 1}]
Order = dict[str, Any]


def links(shop: Shop, order: Order) -> list[tuple[str, int, int]]:
    """Status, amount and tip of each attempt."""
    return [(row["status"], row["amount"], row["tip"]) for row in link_rows(shop, order)]


def link_rows(shop: Shop, order: Order) -> list[dict[str, Any]]:
    with transaction(uuid.UUID(shop.store_id)):
        asked = text("SELECT * FROM payment_links WHERE order_id = :id ORDER BY attempt")
        return [dict(row) for row in db.session.execute(asked, {"id": order["id"]}).mappings()]


def attention(shop: Shop) -> list[str]:
    return sorted(item["kind"] for item in shop.get("/attention-items", as_="owner").json["data"])


def make_last(shop: Shop, order: Order) -> None:
    flows.make_link(uuid.UUID(shop.store_id), link_rows(shop, order)[-1]["id"])


def close(shop: Shop, order: Order, attempt: int = 1) -> None:
    flows.close_link(uuid.UUID(shop.store_id), link_rows(shop, order)[attempt - 1]["id"])


def leave(shop: Shop, order: Order, minutes: int) -> None:
    """So much is left of the time of the order's links."""
    with transaction(uuid.UUID(shop.store_id)):
        db.session.execute(
            text("UPDATE payment_links SET expires_at = now() + :minutes * interval '1 minute' WHERE order_id = :id"),
            {"id": order["id"], "minutes": minutes},
        )


def has_full_time(shop: Shop, order: Order) -> bool:
    return bool(link_rows(shop, order)[-1]["expires_at"] > clock.now() + timedelta(hours=STORE_HOURS, minutes=-1))


def reopen(shop: Shop, order: Order, link: Order) -> None:
    """Somebody switches a link on again in Stripe's dashboard."""
    thing = {"id": f"plink_{link['id']}", "object": "payment_link", "active": True}
    told(shop, event(shop, "payment_link.updated", thing | {"metadata": stripe.ours(shop, order, link)}))
    assert link_rows(shop, order)[link["attempt"] - 1]["is_open"] is True


def guest_asks(shop: Shop, order: Order, tip: str | None = None) -> None:
    path = path_of(order, "p") if tip is None else path_of(order, rest="/tip")
    answer = shop.client.post(path, data={"tip": tip} if tip else {})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def expire(shop: Shop, order: Order) -> None:
    """As the sweep does when the time of the link is over."""
    leave(shop, order, -1)
    flows.expire_link(uuid.UUID(shop.store_id), link_rows(shop, order)[-1]["id"])
