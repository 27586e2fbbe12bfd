"""What the owner asks of customers, points, texts and orders that are open or not paid."""

from typing import Any

from pos import money
from pos.assistant.found import Intent
from pos.assistant.intents.fill import month_or_named, to_report, today_or_named
from pos.assistant.sentences import brief, day, period, points
from pos.assistant.slots import Said
from pos.assistant.tools import house as tools
from pos.assistant.tools.house import CampaignResult, Customers, MemberPoints, OpenOrders, Owed, Texts
from pos.assistant.tools.sales import Between
from pos.messaging.inbox import Asked
from pos.messaging.wording import say

ORDERS_PAGE = "/office/orders?status=open"
# The meaning of "do we have".
_OWN = "own"


def worded_customers(found: Customers, language: str) -> list[str]:
    facts = {"period": period(found.from_on, found.to_on, language), "new": f"{found.new:,}"}
    if found.active is None or found.returning is None:
        return [say("new_customers", language, facts)]
    return [
        say("customers_were", language, facts | {"active": f"{found.active:,}", "returning": f"{found.returning:,}"})
    ]


def worded_owed(found: Owed, language: str) -> list[str]:
    facts = {
        "day": day(found.on, language),
        "points": points(found.outstanding, language),
        "members": f"{found.members:,}",
    }
    said = [say("points_owed_to_members", language, facts)]
    if found.worth is not None:
        said.append(say("points_are_worth", language, {"worth": money.written(found.worth, found.currency)}))
    return said


def worded_texts(found: Texts, language: str) -> list[str]:
    facts = {name: f"{getattr(found, name):,}" for name in ("sent", "delivered", "failed", "received")}
    return [say("texts_were", language, facts | {"period": period(found.from_on, found.to_on, language)})]


def worded_campaign(found: CampaignResult, language: str) -> list[str]:
    if found.name is None or found.currency is None:
        return [say("no_campaign", language, {})]
    counts = {name: f"{getattr(found, name):,}" for name in ("sent", "delivered", "orders", "within_days")}
    return [
        say(
            "campaign_was",
            language,
            counts | {"name": brief(found.name), "net": money.written(found.net, found.currency)},
        )
    ]


def worded_open(found: OpenOrders, language: str) -> list[str]:
    if not found.orders:
        return [say("none_open", language, {})]
    facts = {
        "orders": f"{found.orders:,}",
        "unpaid": f"{found.unpaid:,}",
        "due": money.written(found.due, found.currency),
    }
    return [say("open_and_unpaid", language, facts)]


def worded_member(found: MemberPoints, language: str) -> list[str]:
    if found.balance is None or found.level is None:
        return [say("no_such_member", language, {"card": found.tappass_id})]
    facts = {"card": found.tappass_id, "points": points(found.balance, language), "level": found.level.capitalize()}
    return [say("member_has", language, facts)]


def _card(said: Said, asked: Asked) -> Any:
    return tools.CardNamed(said.tappass_id) if said.tappass_id else None


def _of_days(said: Said, asked: Asked) -> Between | None:
    """Those of some days; how many there are in all, nobody counts."""
    return None if _OWN in said.meanings and not said.period else today_or_named(said, asked)


INTENTS = (
    Intent(
        "customers",
        tools.CUSTOMERS,
        worded_customers,
        examples={
            "en": ("new customers", "how many new customers", "how many customers did we have", "how many customers do we have", "returning customers", "how many customers came back", "how many customers came", "customers", "new and returning customers", "how many customers returned"),
            "es": ("clientes nuevos", "cuantos clientes nuevos", "cuantos clientes tuvimos", "cuantos clientes tenemos", "clientes recurrentes", "cuantos clientes volvieron", "clientes", "cuantos clientes vinieron", "clientes nuevos y recurrentes"),
        },
        about="store",
        takes=frozenset({"period"}),
        fill=_of_days,
        link=to_report("customers", "day"),
    ),
    Intent(
        "points_outstanding",
        tools.OWED,
        worded_owed,
        examples={
            "en": ("points outstanding", "how many points are outstanding", "points liability", "how many points do customers have", "how many points do we owe", "what are the outstanding points worth", "liability"),
            "es": ("puntos en circulacion", "cuantos puntos hay sin canjear", "pasivo de puntos", "cuantos puntos tienen los clientes", "cuantos puntos debemos", "que valor tienen los puntos en circulacion"),
        },
        about="store",
        link=lambda _: "/office/reports/loyalty",
    ),
    Intent(
        "messages",
        tools.TEXTS,
        worded_texts,
        examples={
            "en": ("messages sent", "how many messages did we send", "how many texts were delivered", "texts", "how many messages were sent and delivered", "text messages"),
            "es": ("mensajes enviados", "cuantos mensajes enviamos", "cuantos mensajes llegaron", "mensajes", "cuantos sms mandamos", "cuantos mensajes fueron entregados"),
        },
        about="store",
        takes=frozenset({"period"}),
        fill=month_or_named,
        link=to_report("messages", "day"),
    ),
    Intent(
        "campaign",
        tools.CAMPAIGN,
        worded_campaign,
        examples={
            "en": ("campaign", "how did the last campaign perform", "last campaign", "campaign results", "how did our campaign go", "results of the last campaign"),
            "es": ("campaña", "como fue la ultima campaña", "ultima campaña", "resultado de la campaña", "resultados de la ultima campaña"),
        },
        about="store",
        link=lambda _: "/office/reports/messages?by=campaign",
    ),
    Intent(
        "open_orders",
        tools.OPEN,
        worded_open,
        examples={
            "en": ("open orders", "how many orders are open", "open tabs", "unpaid orders", "how many orders are unpaid", "which orders are not paid", "how much is unpaid", "how much are we owed", "who owes us money", "unpaid"),
            "es": ("pedidos abiertos", "cuantos pedidos estan abiertos", "pedidos sin pagar", "cuantos pedidos hay sin pagar", "cuanto nos deben", "pedidos por pagar", "cuentas abiertas", "cuanto esta sin pagar"),
        },
        about="store",
        link=lambda _: ORDERS_PAGE,
    ),
    Intent(
        "member_points",
        tools.MEMBER,
        worded_member,
        examples={
            "en": ("points", "how many points", "balance", "member", "level", "points of member"),
            "es": ("puntos", "cuantos puntos", "saldo", "miembro", "nivel", "puntos del miembro"),
        },
        about="store",
        takes=frozenset({"card"}),
        fill=_card,
    ),
)  # fmt: skip
