"""What the owner asks of goods: which are sold most, how many of one, and what is running out."""

from pos import money
from pos.assistant.found import Intent
from pos.assistant.intents.fill import month_or_named, product_and_days, to_report
from pos.assistant.sentences import brief, period
from pos.assistant.tools import goods as tools
from pos.assistant.tools.goods import Goods, Low
from pos.messaging.wording import say

STOCK_PAGE = "/office/catalog/stock?stock=low"


def worded_best(found: Goods, language: str) -> list[str]:
    when = period(found.from_on, found.to_on, language)
    if not found.products:
        return [say("no_sales", language, {"period": when})]
    listed = [
        say(
            "sold",
            language,
            {
                "name": brief(each.name),
                "quantity": f"{each.quantity:,}",
                "net": money.written(each.net, found.currency),
            },
        )
        for each in found.products
    ]
    return [f"{when}: {listed[0]}", *listed[1:]]


def worded_of_product(found: Goods, language: str) -> list[str]:
    if len(found.products) > 1:
        names = ", ".join(brief(each.name) for each in found.products)
        return [say("which_product", language, {"names": names})]
    if not found.products[0].quantity:
        facts = {"name": brief(found.products[0].name), "period": period(found.from_on, found.to_on, language)}
        return [say("none_sold", language, facts)]
    return worded_best(found, language)


def worded_low(found: Low, language: str) -> list[str]:
    if not found.products:
        return [say("stock_is_fine", language, {"few": f"{found.few:,}"})]
    listed = [
        say("left", language, {"name": brief(each.name), "quantity": f"{each.quantity:,}"}) for each in found.products
    ]
    return [say("stock_is_low", language, {"few": f"{found.few:,}", "count": f"{found.count:,}"}), *listed]


INTENTS = (
    Intent(
        "best_products",
        tools.BEST,
        worded_best,
        examples={
            "en": ("best products", "best sellers", "what are our top products", "which product sold the most", "what sells best", "most popular products", "top sellers", "what did we sell the most"),
            "es": ("mejores productos", "productos mas vendidos", "que producto se vende mas", "que es lo mas vendido", "productos mas populares", "cual es el producto mas popular", "que se vendio mas"),
        },
        about="store",
        takes=frozenset({"period"}),
        fill=month_or_named,
        link=to_report("products", "product"),
    ),
    Intent(
        "product_sales",
        tools.OF_PRODUCT,
        worded_of_product,
        examples={
            "en": ("how many <name> did we sell", "sales of <name>", "how much <name> was sold", "how is <name> selling", "<name> sales"),
            "es": ("cuantos <name> vendimos", "ventas de <name>", "cuanto <name> se vendio", "como se vende <name>"),
        },
        about="store",
        takes=frozenset({"period", "name"}),
        fill=product_and_days,
        link=to_report("products", "product"),
    ),
    Intent(
        "low_stock",
        tools.LOW,
        worded_low,
        examples={
            "en": ("low stock", "what is running out", "which products are low in stock", "what do we need to reorder", "inventory", "which products are out of stock", "what is low"),
            "es": ("poco stock", "que se esta acabando", "que productos tienen pocas existencias", "que hay que reponer", "inventario", "productos agotados", "que falta reponer"),
        },
        about="store",
        link=lambda _: STOCK_PAGE,
    ),
)  # fmt: skip
