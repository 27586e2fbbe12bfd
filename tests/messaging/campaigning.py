"""Campaigns as an owner and the worker play them, at an hour at which marketing may leave."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pos import clock
from pos.db import transaction
from pos.messaging import outbox, tasks
from pos.messaging.outbox import Claimed
from tests.client import Shop

BODY = "The new beer is here."
ABROAD = ["US", "DE", "JP"]


def noon() -> datetime:
    """Tomorrow at midday in Los Angeles."""
    return (clock.now() + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)


def awake(number: int) -> str:
    """A number, one of ten thousand, of a country in ABROAD in which it is day now, and for another hour."""
    hour = clock.now().hour
    prefix = "+81901234" if hour < 10 else "+491511234" if hour < 17 else "+1415555"
    return f"{prefix}{number:04d}"


def asked(shop: Shop, path: str, body: Any = None, *, method: str = "POST", status: int = 200, **headers: str) -> Any:
    """What the owner is answered."""
    if method == "POST":
        answer = shop.post(path, body, as_="owner", headers=headers)
    else:
        answer = shop.request(method, path, as_="owner", headers=headers, **({"json": body} if body else {}))
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def draft(shop: Shop, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = asked(shop, "/campaigns", {"name": "Oktober", "body": BODY, **changes}, status=201)
    return made


def seen(shop: Shop, campaign: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = asked(shop, f"/campaigns/{campaign['id']}", method="GET")
    return found


def moved(shop: Shop, campaign: dict[str, Any], verb: str, *, status: int = 200) -> Any:
    return asked(shop, f"/campaigns/{campaign['id']}/{verb}", {"at": None} if verb == "start" else None, status=status)


def begun(shop: Shop, **changes: Any) -> dict[str, Any]:
    """A campaign that was started, with its texts written."""
    campaign = draft(shop, **changes)
    moved(shop, campaign, "start")
    written(shop, campaign)
    return campaign


def written(shop: Shop, campaign: dict[str, Any]) -> None:
    """The worker's job for it."""
    tasks.send_campaign(shop.store_id, campaign["id"])


def known(shop: Shop, number: int, name: str | None = "Ada Lovelace", *, consent: bool | None = True) -> str:
    """The id of a customer with this number, who was asked about marketing if `consent` says so."""
    phone = f"+1415555{number:04d}"
    order = shop.sell(phone=phone, name=name, marketing_consent=consent, items=[{"sku": "WATER", "quantity": 1}])
    return str(order["customer"]["id"])


def answered(shop: Shop, customer_id: str, purpose: str, granted: bool) -> None:
    asked(shop, f"/customers/{customer_id}/consents", {"purpose": purpose, "granted": granted}, status=201)


def claimed(shop: Shop, now: datetime | None = None, limit: int = 100) -> list[Claimed]:
    """What the outbox would hand to Twilio now."""
    with transaction(UUID(shop.store_id), actor="outbox"):
        return outbox.claim(now or noon(), limit)[0]


def policy(shop: Shop, **changes: Any) -> None:
    asked(shop, "/messaging/policy", changes, method="PATCH", **{"If-Match": "*"})
