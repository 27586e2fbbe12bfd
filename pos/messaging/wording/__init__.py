"""What the store says by text: all of it here, one file for each language, with the same names in each (a test holds it): whole texts, and the sentences of answers.

Owners' own words are in campaigns; `placeholders` fills those in.
"""

from collections.abc import Mapping
from typing import Any

from pos.messaging.segments import fold
from pos.messaging.wording import en, es

TEXTS: dict[str, dict[str, str]] = {"en": en.TEXTS, "es": es.TEXTS}
_SAID = {"en": en.TEXTS | en.ANSWERS, "es": es.TEXTS | es.ANSWERS}
FALLBACK = "en"


def say(name: str, language: str | None, facts: Mapping[str, Any]) -> str:
    """One text in a language, with its facts filled in; what is empty leaves no double blank, and signs that would double the cost are
    folded. Raises KeyError for a name or a fact that is not there: that is a bug."""
    text = _SAID.get(language or FALLBACK, _SAID[FALLBACK])[name]
    return fold(" ".join(text.format_map(facts).split(" ")).replace("  ", " ").strip())
