"""What the tests of members do to a shop, and see of it."""

import uuid
from collections import Counter
from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from pos.loyalty import sweep
from tests.checkout.counter import done
from tests.client import Shop, new_key

PHONE = "(415) 555-0132"
CARD = {"payment": {"method": "card"}}
LEVELS = [{"name": "bronze", "points": 0, "multiplier": "1"}]
BY_SPEND = {"spend": {"points": 1, "per": 100}}
Member = dict[str, Any]


def joined(shop: Shop, phone: str = PHONE, points: int = 0) -> Member:
    """Whoever has the phone as a member, who was given so many points."""
    answer = shop.post("/members", {"phone": phone})
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return done(adjust(shop, answer.json, points), 201) if points else answer.json


def adjust(shop: Shop, member: Member, points: int, *, as_: str = "owner", **options: Any) -> TestResponse:
    body = {"points": points, "reason": options.pop("reason", "a gift")}
    return shop.post(f"/members/{member['id']}/adjustments", body, as_=as_, **options)


def member(shop: Shop, phone: str = PHONE) -> Member:
    return done(shop.get("/members", query_string={"phone": phone}))


def balance(shop: Shop, phone: str = PHONE) -> int:
    return int(member(shop, phone)["balance"])


def said(shop: Shop, known: Member) -> list[tuple[int, str]]:
    """Points and words of each line of a member's ledger, the newest first."""
    return [(line["points"], line["text"]) for line in done(shop.get(f"/members/{known['id']}/ledger"))["data"]]


def reward(shop: Shop, points: int = 30, **facts: Any) -> str:
    """A reward of one dollar off, unless it is said otherwise."""
    body = {"name": f"A dollar {new_key()}", "points": points, "discount_type": "amount", "amount": 100} | facts
    return str(done(shop.post("/rewards", {k: v for k, v in body.items() if v is not None}, as_="owner"), 201)["id"])


def code(shop: Shop, known: Member, reward_id: str) -> str:
    return str(done(redeem(shop, known, reward_id), 201)["coupon"]["code"])


def redeem(shop: Shop, known: Member, reward_id: str, **asked: Any) -> TestResponse:
    return shop.post(f"/members/{known['id']}/redemptions", {"reward_id": reward_id, **asked})


def put_program(shop: Shop, *, as_: str = "owner", seen: str | None = "*", **rules: Any) -> TestResponse:
    body = {"rules": {"accrual": BY_SPEND, "levels": LEVELS, **rules}}
    headers = {"If-Match": seen} if seen else {}
    return shop.request("PUT", "/loyalty/program", as_=as_, headers=headers, json=body)


def program(shop: Shop, **rules: Any) -> Any:
    """Sets the programme: a point for a dollar and one level, unless it is said otherwise."""
    return done(put_program(shop, **rules))


def swept(shop: Shop, now: datetime) -> Counter[str]:
    """What the hourly work has done at an hour: how many of each kind."""
    counted: Counter[str] = Counter()
    for name, count in sweep.run(uuid.UUID(shop.store_id), now):
        counted[name] += count
    return +counted


def problem(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["type"].removeprefix("/problems/")
