"""The look's page, and the contrast of the tokens: what people read at arm's length in sunlight, and the rest."""

import re
from pathlib import Path

import pytest
from flask import Flask

from pos import postgres
from pos.web.look import SCHEMES, contrast, contrasts, tokens
from tests.web.page import Page
from tests.web.test_pages import running

GUIDE = Path(__file__).parents[2] / "docs" / "look.md"
INK, REST, EDGE = 7.0, 4.5, 3.0
FIGURE = re.compile(r"^\| ([a-z-]+) on ([a-z-]+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)
PRODUCTION = {
    "APP_ENV": "production",
    "PUBLIC_BASE_URL": "https://pos.example",
    "STRIPE_SECRET_KEY": "none",
    "TWILIO_ACCOUNT_SID": "none",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everything_written_can_be_read(scheme: str) -> None:
    found = contrasts(scheme)

    assert {pair: ratio for pair, ratio in found.items() if ratio < (INK if pair[0] == "ink" else REST)} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_fields_can_be_told_from_their_ground(scheme: str) -> None:
    colours = tokens()[scheme]

    assert min(contrast(colours["field"], colours[ground]) for ground in ("ground", "surface")) >= EDGE


def test_contrast_is_reckoned_as_the_standard_does() -> None:
    assert [round(contrast("#000000", other), 2) for other in ("#ffffff", "#000000", "#777777")] == [21, 1, 4.69]


def test_guide_has_the_figures_as_they_are() -> None:
    told = {(text, ground): (light, dark) for text, ground, light, dark in FIGURE.findall(GUIDE.read_text())}

    light, dark = (contrasts(scheme) for scheme in SCHEMES)
    assert told == {pair: (f"{light[pair]:.1f}", f"{dark[pair]:.1f}") for pair in light}


def test_guide_names_every_token_and_no_other() -> None:
    told = set(re.findall(r"^\| `--([a-z-]+)`", GUIDE.read_text(), re.MULTILINE))

    assert told == set(tokens()["light"])


def test_look_shows_all_tokens_in_both_schemes(app: Flask) -> None:
    page = Page(app.test_client().get("/_look"))
    styles = app.test_client().get("/_look.css").get_data(as_text=True)

    assert [name for name, value in tokens()["light"].items() if value.startswith("#") and name not in page.text] == []
    assert [f".look-{scheme}" for scheme in SCHEMES if f".look-{scheme} {{" not in styles] == []


@pytest.mark.parametrize("address", ["/_look", "/_look.css"])
def test_production_has_no_such_page(tmp_path: Path, server: postgres.Server, address: str) -> None:
    with running(server, tmp_path, **PRODUCTION) as app:
        assert app.test_client().get(address).status_code == 404
