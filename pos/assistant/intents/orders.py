"""What is asked of orders: which there were, how far they are, what was in one, its receipt, and what they came to."""

from pos import money
from pos.assistant.found import Intent
from pos.assistant.intents.fill import days_named, order_named
from pos.assistant.sentences import brief, day, period
from pos.assistant.tools import orders as tools
from pos.assistant.tools.orders import OrderDetail, Orders, OrderSeen, Spent
from pos.messaging.wording import say


def worded_latest(found: Orders, language: str) -> list[str]:
    listed = [
        say(
            "order",
            language,
            {
                "reference": order.reference,
                "day": day(order.placed_on, language),
                "total": money.written(order.total, order.currency),
                "state": _state(order, language),
            },
        )
        for order in found.orders
    ]
    return [say("your_orders", language, {}), *listed] if listed else [say("no_orders", language, {})]


def worded_open(found: Orders, language: str) -> list[str]:
    listed = [
        say("open_order", language, {"reference": order.reference, "state": _state(order, language)})
        for order in found.orders
    ]
    return [say("your_open_orders", language, {}), *listed] if listed else [say("no_open_orders", language, {})]


def _state(order: OrderSeen, language: str) -> str:
    """How far it is, and what is still due or went back."""
    said = [say(order.made, language, {})]
    said += [say("due", language, {"due": money.written(order.due, order.currency)})] if order.due else []
    said += [say(order.money, language, {})] if order.money else []
    return ", ".join(said)


def worded_one(found: OrderDetail, language: str) -> list[str]:
    if found.order is None:
        return [say("no_such_order" if found.is_of_the_house else "not_yours", language, {})]
    order = found.order
    facts = {
        "reference": order.reference,
        "day": day(order.placed_on, language),
        "total": money.written(order.total, order.currency),
        "state": _state(order, language),
    }
    lines = [
        say("line", language, {"quantity": f"{line.quantity:,}", "name": brief(line.name)}) for line in found.lines
    ]
    return [say("order", language, facts), *([say("in_it", language, {}), *lines] if lines else [])]


def worded_receipt(found: OrderDetail, language: str) -> list[str]:
    if found.order is None or found.url is None:
        return [say("not_yours", language, {})]
    return [say("receipt_here", language, {"reference": found.order.reference, "url": found.url})]


def worded_spent(found: Spent, language: str) -> list[str]:
    if not found.orders:
        return [_nothing(found, language)]
    facts = {"spent": money.written(found.spent, found.currency), "orders": f"{found.orders:,}"}
    if found.from_on and found.to_on:
        return [say("spent_in", language, facts | {"period": period(found.from_on, found.to_on, language)})]
    return [say("spent_ever", language, facts)]


def worded_visits(found: Spent, language: str) -> list[str]:
    if not found.orders or found.last_on is None:
        return [_nothing(found, language)]
    facts = {"days": f"{found.visits:,}", "orders": f"{found.orders:,}", "day": day(found.last_on, language)}
    if found.from_on and found.to_on:
        return [say("visits_in", language, facts | {"period": period(found.from_on, found.to_on, language)})]
    return [say("visits_ever", language, facts)]


def _nothing(found: Spent, language: str) -> str:
    if found.from_on and found.to_on:
        return say("no_orders_in", language, {"period": period(found.from_on, found.to_on, language)})
    return say("no_orders", language, {})


INTENTS = (
    Intent(
        "orders",
        tools.LATEST,
        worded_latest,
        words={"en": ("orders",), "es": ("pedidos",)},
        examples={
            "en": ("my orders", "my last orders", "order history", "orders history", "what have I ordered", "what did I order", "what orders did I make"),
            "es": ("mis pedidos", "mis ultimos pedidos", "historial de pedidos", "que he pedido", "que pedi", "que ordenes hice"),
        },
        takes=frozenset({"period"}),
        fill=days_named,
    ),
    Intent(
        "status",
        tools.OPEN,
        worded_open,
        words={"en": ("status",), "es": ("estado",)},
        examples={
            "en": ("status of my order", "where is my order", "is my order ready", "when is my order ready", "my open orders"),
            "es": ("estado de mi pedido", "donde esta mi pedido", "esta listo mi pedido", "cuando esta listo mi pedido", "mis pedidos abiertos"),
        },
    ),
    Intent(
        "order",
        tools.ONE,
        worded_one,
        examples={
            "en": (
                "order <order>", "<order>", "what was in order <order>", "what did I order in <order>", "status of order <order>",
                "is order <order> ready", "where is order <order>", "my last order", "what did I order last times",
                "what was in my last order", "when was order <order>", "how much was order <order>", "how much was my last order",
                "when was my last order",
            ),
            "es": (
                "pedido <order>", "que habia en el pedido <order>", "que pedi en <order>", "estado del pedido <order>",
                "esta listo el pedido <order>", "donde esta el pedido <order>", "mi ultimo pedido", "que pedi la ultima vez",
                "que habia en mi ultimo pedido", "cuanto fue el pedido <order>", "cuanto costo mi ultimo pedido", "cuando fue mi ultimo pedido",
            ),
        },
        takes=frozenset({"order"}),
        is_also_of_the_house=True,
        fill=order_named,
    ),
    Intent(
        "receipt",
        tools.ONE,
        worded_receipt,
        examples={
            "en": ("receipt", "my receipt", "send me the receipt", "receipt for order <order>", "receipt of my last order", "send me the receipt of my last order", "where is my receipt", "can I get a receipt"),
            "es": ("recibo", "mi recibo", "enviame el recibo", "recibo del pedido <order>", "ticket de mi ultimo pedido", "enviame el recibo de mi ultimo pedido", "donde esta mi recibo"),
        },
        takes=frozenset({"order"}),
        fill=order_named,
    ),
    Intent(
        "spent",
        tools.SPENT,
        worded_spent,
        examples={
            "en": ("how much have I spent", "how much did I spend", "spending", "how much money did I spend here", "what did I spend", "how much did I pay"),
            "es": ("cuanto he gastado", "cuanto gaste", "mis gastos", "cuanto dinero gaste aqui", "que gaste", "cuanto pague"),
        },
        takes=frozenset({"period"}),
        fill=days_named,
    ),
    Intent(
        "visits",
        tools.SPENT,
        worded_visits,
        examples={
            "en": ("how many visits", "visits", "how often did I come", "how many times did I come", "how many times was I here", "when was my last visit", "how many orders do I have", "how many orders did I make", "when was I last here", "how many times did I visit", "how many times have I ordered"),
            "es": ("cuantas visitas", "visitas", "cuantas veces vine", "cuantas veces he venido", "cuando fue mi ultima visita", "cuantos pedidos tengo", "cuantos pedidos hice", "cuantas veces vine aqui", "cuantas veces he pedido"),
        },
        takes=frozenset({"period"}),
        fill=days_named,
    ),
)  # fmt: skip
