"""How the business stands: its customers, points that it owes, texts, and orders that are open or not paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pos.assistant.figures import Money
from pos.assistant.tools.sales import Between, currency, report
from pos.assistant.tools.tool import Nothing, Tool
from pos.errors import ShopError
from pos.loyalty import queries, tappass_ids
from pos.messaging.inbox import Asked
from pos.statements import Statement

_A_YEAR = timedelta(days=366)
# Not what was canceled, nor what is the web shop's own matter.
_OPEN = Statement("""
    SELECT count(*), coalesce(sum(greatest(total - amount_paid + amount_refunded, 0)), 0)::bigint,
           count(*) FILTER (WHERE total - amount_paid + amount_refunded > 0)
      FROM orders WHERE store_id = :store AND status = 'open' AND merged_into_id IS NULL
""")


@dataclass(frozen=True)
class Customers:
    """Who ordered for the first time on these days; how many came in all, and came back, where that can be told of these days."""

    from_on: date
    to_on: date
    new: int
    active: int | None
    returning: int | None


@dataclass(frozen=True)
class Owed:
    """The points that members hold, and what they are worth at most by the best reward of today."""

    on: date
    outstanding: int
    worth: Money | None
    members: int
    currency: str


@dataclass(frozen=True)
class Texts:
    from_on: date
    to_on: date
    sent: int
    delivered: int
    failed: int
    received: int


@dataclass(frozen=True)
class CampaignResult:
    """The campaign that began last, if there was one within a year; orders within so many days after it."""

    name: str | None
    sent: int = 0
    delivered: int = 0
    orders: int = 0
    net: Money = 0
    within_days: int = 0
    currency: str | None = None


@dataclass(frozen=True)
class OpenOrders:
    """Orders that are not done, how many of them are not paid in full, and what is due of those."""

    orders: int
    unpaid: int
    due: Money
    currency: str


@dataclass(frozen=True)
class CardNamed:
    """A TapPass ID as it was typed."""

    tappass_id: str


@dataclass(frozen=True)
class MemberPoints:
    """The member with this TapPass ID; without a balance there is none."""

    tappass_id: str
    balance: int | None
    level: str | None


def _customers(asked: Asked, days: Between) -> Customers:
    """Of a day, a whole week or a whole month who came back is known; of other days only who was new adds up."""
    for by in ("day", "week", "month"):
        found = report("customers", by, days)
        if (found.first_on, found.last_on) == (days.from_on, days.to_on) and len(found.data) <= 1 and _is_one(by, days):
            row = found.data[0] if found.data else {"new": 0, "active": 0, "returning": 0}
            return Customers(days.from_on, days.to_on, row["new"], row["active"], row["returning"])
    return Customers(days.from_on, days.to_on, report("customers", "day", days).totals["new"], None, None)


def _is_one(by: str, days: Between) -> bool:
    length = (days.to_on - days.from_on).days
    return {"day": length == 0, "week": length == 6, "month": 27 <= length <= 30}[by]


def _owed(asked: Asked, _: Nothing) -> Owed:
    today = _today(asked)
    totals = report("loyalty", "day", Between(today, today)).totals
    return Owed(today, totals["outstanding"], totals["liability"], totals["members"], currency())


def _texts(asked: Asked, days: Between) -> Texts:
    totals = report("messages", "day", days).totals
    return Texts(days.from_on, days.to_on, totals["sent"], totals["delivered"], totals["failed"], totals["received"])


def _campaign(asked: Asked, _: Nothing) -> CampaignResult:
    today = _today(asked)
    found = report("messages", "campaign", Between(today - _A_YEAR, today))
    if not found.data:
        return CampaignResult(None)
    last = found.data[0]
    return CampaignResult(
        last["campaign"],
        last["sent"],
        last["delivered"],
        last["orders"],
        last["net"],
        found.totals["within_days"],
        currency(),
    )


def _open(asked: Asked, _: Nothing) -> OpenOrders:
    [(orders, due, unpaid)] = _OPEN.rows()
    return OpenOrders(orders, unpaid, due, currency())


def _member(asked: Asked, named: CardNamed) -> MemberPoints:
    try:
        found = queries.by_tappass_id(tappass_ids.read(named.tappass_id))
    except ShopError:
        return MemberPoints(named.tappass_id.upper(), None, None)
    return MemberPoints(found["tappass_id"], found["balance"], found["level"])


def _today(asked: Asked) -> date:
    return asked.now.astimezone(ZoneInfo(asked.timezone)).date()


CUSTOMERS = Tool("customers", "New and returning customers of some days.", "store", Between, Customers, _customers)
OWED = Tool("points_outstanding", "The points that members hold, and their worth.", "store", Nothing, Owed, _owed)
TEXTS = Tool("messages", "Texts of some days: sent, delivered, failed, received.", "store", Between, Texts, _texts)
CAMPAIGN = Tool(
    "last_campaign", "What came of the campaign that began last.", "store", Nothing, CampaignResult, _campaign
)
OPEN = Tool(
    "open_orders_of_the_store",
    "The store's open orders, how many are not paid, and what is due.",
    "store",
    Nothing,
    OpenOrders,
    _open,
)
MEMBER = Tool("member_points", "The points of the member with a TapPass ID.", "store", CardNamed, MemberPoints, _member)
