"""The look of all screens on one page, for who makes them: every token and part, light and dark, with the contrast that was computed."""

import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template

from pos.config import Settings
from pos.http.access import public

# A store's slug cannot begin with _.
blueprint = Blueprint("look", __name__)

_TOKENS = Path(__file__).parent / "static" / "tokens.css"
_BLOCK = re.compile(r":root \{(.*?)\}", re.DOTALL)
_TOKEN = re.compile(r"--([a-z-]+): ([^;]+);")
SCHEMES = ("light", "dark")
# What is written on which grounds. Ink is what people read at arm's length; the rest says it once more in colour.
GROUNDS = {
    "ink": ("ground", "surface", "raised", "accent-soft", "good-soft", "warn-soft", "bad-soft"),
    "quiet": ("ground", "surface", "raised", "accent-soft"),
    "accent": ("ground", "surface"),
    "on-accent": ("accent",),
    "good": ("surface", "good-soft"),
    "on-good": ("good",),
    "warn": ("surface", "warn-soft"),
    "bad": ("ground", "surface", "bad-soft"),
    "on-bad": ("bad",),
}


@blueprint.get("/_look")
@public
def look() -> str:
    """Every token and part; in development only."""
    _require_development()
    schemes = [(scheme, contrasts(scheme)) for scheme in SCHEMES]
    return render_template("look.html", schemes=schemes, tokens=tokens()["light"])


@blueprint.get("/_look.css")
@public
def styles() -> Response:
    """The tokens of both schemes, to stand beside each other whatever the device prefers."""
    _require_development()
    return Response(render_template("look.css", schemes=tokens()), mimetype="text/css")


@cache
def tokens() -> dict[str, dict[str, str]]:
    """The tokens by scheme, as the style sheet has them; the dark ones are the light ones but for what they change."""
    light, dark = (dict(_TOKEN.findall(block)) for block in _BLOCK.findall(_TOKENS.read_text()))
    return {"light": light, "dark": light | dark}


def contrasts(scheme: str) -> dict[tuple[str, str], float]:
    """The contrast of each text on each of its grounds, as WCAG 2 reckons it: from 1 to 21."""
    colours = tokens()[scheme]
    pairs = [(text, ground) for text, grounds in GROUNDS.items() for ground in grounds]
    return {(text, ground): contrast(colours[text], colours[ground]) for text, ground in pairs}


def contrast(one: str, other: str) -> float:
    """Of two colours like #1f1a15."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _require_development() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.is_production:
        abort(404)
