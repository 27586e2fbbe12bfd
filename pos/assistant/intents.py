"""What may be asked: each question with its words, what finds the answer, and what says it."""

from typing import Any

from pos.assistant import points
from pos.assistant.found import Intent

INTENTS: tuple[Intent[Any], ...] = (
    Intent("points", {"en": ("points", "balance"), "es": ("puntos", "saldo")}, points.find, points.worded),
)
