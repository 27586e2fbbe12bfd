"""What is asked of offers: rewards, the menu, and what a product costs."""

from collections.abc import Sequence
from itertools import groupby

from pos import money
from pos.assistant.found import Intent
from pos.assistant.intents.fill import product_named
from pos.assistant.sentences import brief, points
from pos.assistant.tools import offers as tools
from pos.assistant.tools.offers import Dish, Menu, Product, Products, Rewards
from pos.messaging.wording import say


def worded_rewards(found: Rewards, language: str) -> list[str]:
    if not found.offers:
        return [say("no_rewards", language, {})]
    listed = [
        say(
            "reward_ready" if offer.is_enough else "reward",
            language,
            {"reward": brief(offer.name), "points": points(offer.points, language)},
        )
        for offer in found.offers
    ]
    if found.balance is None:
        return [say("rewards", language, {}), *listed, say("join_hint", language, {})]
    return [say("rewards_for", language, {"points": points(found.balance, language)}), *listed]


def worded_menu(found: Menu, language: str) -> list[str]:
    if not found.products:
        return [say("no_menu", language, {})]
    return [
        sentence
        for category, dishes in groupby(found.products, key=lambda dish: dish.category)
        for sentence in _shelf(category, list(dishes))
    ]


def _shelf(category: str | None, dishes: Sequence[Dish]) -> list[str]:
    """The products of a category, each a piece of its own; before the first stands the category's name."""
    listed = [f"{brief(dish.name)} {money.written(dish.price, dish.currency)}." for dish in dishes]
    return [f"{brief(category)}: {listed[0]}", *listed[1:]] if category else listed


def worded_product(found: Products, language: str) -> list[str]:
    if len(found.products) > 1:
        names = ", ".join(brief(each.name) for each in found.products)
        return [say("which_product", language, {"names": names})]
    [product] = found.products
    said = [_priced(product, language)]
    if product.varies:
        said.append(say("price_varies", language, {}))
    return said if product.is_there else [*said, say("sold_out", language, {})]


def _priced(product: Product, language: str) -> str:
    if product.price is None:
        return say("price_at_counter", language, {"name": brief(product.name)})
    return say(
        "price_is", language, {"name": brief(product.name), "price": money.written(product.price, product.currency)}
    )


INTENTS = (
    Intent(
        "rewards",
        tools.REWARDS,
        worded_rewards,
        words={"en": ("rewards",), "es": ("premios",)},
        examples={
            "en": ("rewards", "what rewards can I afford", "what can I get for my points", "what do my points buy", "how can I redeem my points", "what rewards do you have", "do I have enough points for a reward"),
            "es": ("premios", "que premios puedo canjear", "que puedo canjear con mis puntos", "que premios hay", "para que premio me alcanza", "que premios tienen"),
        },
        about="anybody",
    ),
    Intent(
        "menu",
        tools.MENU,
        worded_menu,
        words={"en": ("menu",), "es": ("menu",)},
        examples={
            "en": ("menu", "what is on the menu", "what food do you have", "what beers do you have", "what do you serve", "what drinks do you sell"),
            "es": ("menu", "la carta", "que hay en el menu", "que comida tienen", "que cervezas tienen", "que bebidas hay", "que sirven"),
        },
        about="anybody",
    ),
    Intent(
        "product",
        tools.PRODUCT,
        worded_product,
        examples={
            "en": ("how much is <name>", "price of <name>", "what does <name> cost", "how much does <name> cost", "do you have <name>", "is <name> available", "do you sell <name>", "how much are <name>", "is there <name> left", "what is the price of <name>", "is <name> in stock"),
            "es": ("cuanto cuesta <name>", "precio de <name>", "cuanto vale <name>", "tienen <name>", "hay <name>", "esta disponible <name>", "cuanto cuestan <name>", "cual es el precio de <name>", "cuanto es <name>", "queda <name>"),
        },
        about="anybody",
        takes=frozenset({"name"}),
        fill=product_named,
    ),
)  # fmt: skip
