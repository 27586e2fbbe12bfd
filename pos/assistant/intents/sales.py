"""What the owner asks of sales: how much, of which hours and days, by whom, where and how it was paid, and whether it is more than before."""

from collections.abc import Callable
from typing import Any

from pos import money
from pos.assistant.found import Intent
from pos.assistant.intents.fill import month_or_named, to_report, today_or_named
from pos.assistant.sentences import brief, day, hour, percent, period
from pos.assistant.tools import sales as tools
from pos.assistant.tools.sales import BusyDays, BusyHours, Compared, Methods, Parts, Sales
from pos.messaging.wording import say

_METHODS = ("cash", "card", "stripe", "external")


def _when(found: Any, language: str) -> str:
    return period(found.from_on, found.to_on, language)


def _sums(found: Sales, language: str) -> dict[str, str]:
    amounts = ("gross", "discounts", "net", "tax", "tips", "total", "refunds", "taken")
    written = {name: money.written(getattr(found, name), found.currency) for name in amounts}
    average = money.written(found.average, found.currency) if found.average is not None else ""
    return {"period": _when(found, language), "orders": f"{found.orders:,}", "average": average, **written}


def worded(found: Sales, language: str) -> list[str]:
    if not found.orders and not found.taken and not found.refunds:
        return [say("no_sales", language, {"period": _when(found, language)})]
    said = [say("sales_were", language, _sums(found, language))]
    return said + ([say("average_was", language, _sums(found, language))] if found.average is not None else [])


def one_figure(sentence: str, figure: str) -> Callable[[Sales, str], list[str]]:
    """Says one of the sums; of days without sales that there were none."""

    def worded_figure(found: Sales, language: str) -> list[str]:
        if not found.orders and not getattr(found, figure):
            return [say("no_sales", language, {"period": _when(found, language)})]
        return [say(sentence, language, _sums(found, language))]

    return worded_figure


def worded_compared(found: Compared, language: str) -> list[str]:
    now, before = _sums(found.now, language), _sums(found.before, language)
    name = "as_much" if not found.difference else "more_sales" if found.difference > 0 else "less_sales"
    facts = {"difference": money.written(abs(found.difference), found.currency)}
    share = say("share", language, {"share": percent(abs(found.share), language)}) if found.share else ""
    return [
        say("net_was", language, now),
        say("net_was", language, before),
        say(name, language, facts | {"share": share}),
    ]


def worded_parts(found: Parts, language: str) -> list[str]:
    if not found.parts:
        return [say("no_sales", language, {"period": _when(found, language)})]
    listed = [
        say(
            "part",
            language,
            {
                "name": brief(part.name) if part.name else say("nobody", language, {}),
                "net": money.written(part.net, found.currency),
                "orders": f"{part.orders:,}",
            },
        )
        for part in found.parts
    ]
    return [f"{_when(found, language)}: {listed[0]}", *listed[1:]]


def worded_methods(found: Methods, language: str) -> list[str]:
    if not found.methods:
        return [say("no_payments", language, {"period": _when(found, language)})]
    listed = [
        say(
            "by_method",
            language,
            {
                "name": say(f"method_{method.name}", language, {}) if method.name in _METHODS else brief(method.name),
                "taken": money.written(method.taken, found.currency),
                "payments": f"{method.payments:,}",
            },
        )
        for method in found.methods
    ]
    return [f"{_when(found, language)}: {listed[0]}", *listed[1:]]


def worded_hours(found: BusyHours, language: str) -> list[str]:
    if not found.hours:
        return [say("no_sales", language, {"period": _when(found, language)})]
    listed = [
        _busy(hour(each.hour, language), each.orders, money.written(each.net, found.currency), language)
        for each in found.hours
    ]
    return [say("busiest", language, {"period": _when(found, language), "first": listed[0]}), *listed[1:]]


def worded_days(found: BusyDays, language: str) -> list[str]:
    if not found.days:
        return [say("no_sales", language, {"period": _when(found, language)})]
    listed = [
        _busy(day(each.on, language), each.orders, money.written(each.net, found.currency), language)
        for each in found.days
    ]
    return [say("busiest", language, {"period": _when(found, language), "first": listed[0]}), *listed[1:]]


def _busy(name: str, orders: int, net: str, language: str) -> str:
    return say("part", language, {"name": name, "orders": f"{orders:,}", "net": net})


def _asked(
    name: str,
    worded: Any,
    examples: dict[str, tuple[str, ...]],
    tool: Any = tools.SALES,
    *,
    by: str = "day",
    **more: Any,
) -> Intent:
    """A question about the sales of some days, beside the report that is told by `by`."""
    return Intent(
        name,
        tool,
        worded,
        examples=examples,
        about="store",
        takes=frozenset({"period"}),
        fill=more.get("fill", today_or_named),
        link=to_report("sales", by),
    )


INTENTS = (
    _asked(
        "sales",
        worded,
        {
            "en": ("sales", "how much did we sell", "what were our sales", "revenue", "how much did we make", "how much money did we take", "how is business going", "total sales", "how much have we sold"),
            "es": ("ventas", "cuanto vendimos", "cuales fueron las ventas", "ingresos", "cuanto hicimos", "cuanto dinero ganamos", "como va el negocio", "cuanto hemos vendido"),
        },
    ),
    _asked(
        "sales_orders",
        one_figure("orders_were", "orders"),
        {
            "en": ("how many orders", "how many orders did we have", "how many orders did we get", "how many sales", "number of orders"),
            "es": ("cuantos pedidos", "cuantos pedidos tuvimos", "cuantas ventas", "numero de pedidos"),
        },
    ),
    _asked(
        "sales_average",
        one_figure("average_was", "orders"),
        {
            "en": ("average order", "what is the average order", "average sales", "average order value"),
            "es": ("pedido promedio", "cual es el pedido promedio", "promedio de ventas", "valor promedio del pedido"),
        },
    ),
    _asked(
        "tips",
        one_figure("tips_were", "tips"),
        {
            "en": ("tips", "how many tips", "how much did we make in tips", "how many tips did we get"),
            "es": ("propinas", "cuantas propinas", "cuanto hicimos en propinas", "cuantas propinas ganamos"),
        },
    ),
    _asked(
        "tax",
        one_figure("tax_was", "tax"),
        {
            "en": ("tax", "how much tax", "how much tax did we take", "tax report"),
            "es": ("impuestos", "cuanto iva", "cuantos impuestos cobramos", "informe de impuestos"),
        },
    ),
    _asked(
        "discounts",
        one_figure("discounts_were", "discounts"),
        {
            "en": ("discounts", "how many discounts", "how much discount did we give", "how much did we discount"),
            "es": ("descuentos", "cuantos descuentos", "cuanto descuento dimos", "cuanto dimos en descuentos"),
        },
    ),
    _asked(
        "refunds",
        one_figure("refunds_were", "refunds"),
        {
            "en": ("refunds", "how many refunds", "how much did we refund", "how much money was refunded"),
            "es": ("reembolsos", "cuantos reembolsos", "cuanto reembolsamos", "devoluciones", "cuanto devolvimos"),
        },
    ),
    _asked(
        "sales_compared",
        worded_compared,
        {
            "en": ("sales compared", "compare sales", "sales compared with the period before", "are sales better", "are we selling more than before", "sales better than before", "sales versus before", "compare sales with the time before"),
            "es": ("compara las ventas", "ventas comparadas con antes", "ventas mejor que antes", "vendimos mas que antes", "vamos mejor que antes en ventas", "ventas frente a antes"),
        },
        tools.COMPARED,
    ),
    _asked(
        "sales_by_person",
        worded_parts,
        {
            "en": ("sales by person", "who sold the most", "sales by staff", "who sells the most", "best cashier", "sales per employee", "how much did each cashier sell"),
            "es": ("ventas por persona", "quien vendio mas", "ventas por empleado", "quien vende mas", "mejor cajero", "ventas por cajero"),
        },
        tools.PEOPLE,
        by="person",
    ),
    _asked(
        "sales_by_location",
        worded_parts,
        {
            "en": ("sales by location", "sales by store", "sales per location", "which location sells the most", "best location", "which location sold the most"),
            "es": ("ventas por local", "ventas por sucursal", "que sucursal vende mas", "mejor sucursal", "ventas por tienda"),
        },
        tools.LOCATIONS,
        by="location",
    ),
    _asked(
        "payment_methods",
        worded_methods,
        {
            "en": ("payment methods", "sales by payment method", "how much cash", "how much by card", "how did people pay", "cash or card", "how much cash did we take", "payments", "how much did we take in cash", "cash and card"),
            "es": ("metodos de pago", "ventas por metodo de pago", "cuanto en efectivo", "cuanto con tarjeta", "como pagaron los clientes", "efectivo y tarjeta", "formas de pago", "cuanto cobramos en efectivo", "pagos"),
        },
        tools.METHODS,
        by="payment_method",
    ),
    _asked(
        "busiest_hours",
        worded_hours,
        {
            "en": ("busiest hour", "peak hours", "when are we busiest", "what is our busiest time of day", "rush hour", "busy hours"),
            "es": ("hora pico", "cual es la hora mas ocupada", "a que hora hay mas clientes", "hora mas movida", "horas pico"),
        },
        tools.HOURS,
        by="hour_of_day",
        fill=month_or_named,
    ),
    _asked(
        "busiest_days",
        worded_days,
        {
            "en": ("busiest day", "best day", "which day was the busiest", "what was our best day", "peak day"),
            "es": ("dia mas ocupado", "mejor dia", "cual fue el dia mas movido", "cual fue nuestro mejor dia"),
        },
        tools.DAYS,
        fill=month_or_named,
    ),
)  # fmt: skip
