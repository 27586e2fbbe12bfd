"""Looks at a page as an eye would, at the sizes and in the colours that people have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.browser import accessible

_SCRIPT = Path(__file__).with_suffix(".js").read_text()
# A paint later nothing moves any more: the screens have no motion where the device asks for none.
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True)
class Sight:
    """A size of window and a scheme of colours."""

    width: int
    height: int
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


PHONE, UPRIGHT, TABLET = (390, 844), (820, 1180), (1280, 800)
ALL = [Sight(*size, scheme) for size in (PHONE, UPRIGHT, TABLET) for scheme in ("light", "dark")]  # type: ignore[arg-type]


def from_all_sides(page: Page, sights: list[Sight]) -> Iterator[Sight]:
    """Shows the page in each of them in turn, and leaves it at the last."""
    for sight in sights:
        page.set_viewport_size({"width": sight.width, "height": sight.height})
        page.emulate_media(color_scheme=sight.scheme, reduced_motion="reduce")
        page.evaluate(_PAINTED)
        yield sight


def findings(page: Page) -> list[str]:
    """What scrolls sideways, is cut off, overlaps or is too small for a finger, and what axe finds."""
    return [*page.evaluate(_SCRIPT), *accessible.findings(page)]
