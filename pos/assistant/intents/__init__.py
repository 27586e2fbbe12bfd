"""What may be asked: a module for each kind of question, with sentences like which it is asked, what finds the answer, and what says it."""

from pos.assistant.found import Intent
from pos.assistant.intents import (
    askable,
    consents,
    goods,
    house,
    languages,
    membership,
    offers,
    orders,
    paying,
    places,
    points,
    sales,
)

MODULES = (points, orders, paying, membership, offers, places, languages, consents, askable, sales, goods, house)
INTENTS: tuple[Intent, ...] = tuple(intent for module in MODULES for intent in module.INTENTS)
