"""What may be asked: each question with its words, what finds the answer, and what says it."""

from typing import Any

from pos.assistant import languages, membership, offers, orders, paying, places, points
from pos.assistant.found import Intent

INTENTS: tuple[Intent[Any], ...] = (
    Intent("points", {"en": ("points", "balance"), "es": ("puntos", "saldo")}, points.find, points.worded),
    Intent("orders", {"en": ("orders",), "es": ("pedidos",)}, orders.latest, orders.worded_latest),
    Intent("status", {"en": ("status",), "es": ("estado",)}, orders.still_open, orders.worded_open),
    Intent("pay", {"en": ("pay",), "es": ("pagar",)}, paying.find, paying.worded),
    Intent(
        "join",
        {"en": ("join",), "es": ("unirme",)},
        membership.join,
        membership.worded,
        is_personal=False,
        in_passing="how_to_join",
    ),
    Intent(
        "rewards", {"en": ("rewards",), "es": ("premios",)}, offers.rewards, offers.worded_rewards, is_personal=False
    ),
    Intent("hours", {"en": ("hours",), "es": ("horario",)}, places.find, places.worded, is_personal=False),
    Intent("menu", {"en": ("menu",), "es": ("menu",)}, offers.menu, offers.worded_menu, is_personal=False),
    Intent(
        "language",
        {"en": ("english", "ingles")},
        languages.change_to("en"),
        languages.worded,
        in_passing="how_to_choose",
        is_telling=False,
    ),
    Intent(
        "language",
        {"es": ("espanol", "spanish")},
        languages.change_to("es"),
        languages.worded,
        in_passing="how_to_choose",
        is_telling=False,
    ),
)
