"""Small PNGs: the browser counts a picture's colours, and what is written has as many as still fit."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

MOST_BYTES = 60_000
# Letters have soft edges; with fewer than these, colours would be mistaken for one another.
COLOURS = (64, 32)
_SCRIPT = Path(__file__).with_name("small.js").read_text()


def small(png: bytes, desk: Page) -> bytes:
    """The picture in at most MOST_BYTES, if 32 colours can do that; `desk` is an empty page to work on."""
    drawn = b""
    for most in COLOURS:
        drawn = _drawn(desk.evaluate(_SCRIPT, {"png": base64.b64encode(png).decode(), "most": most}))
        if len(drawn) <= MOST_BYTES:
            break
    return drawn


def _drawn(picture: dict[str, Any]) -> bytes:
    """A PNG with a palette, eight bits for each pixel, no filter."""
    width, height, indices = picture["width"], picture["height"], base64.b64decode(picture["indices"])
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, width * height, width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(part for colour in picture["palette"] for part in colour)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
