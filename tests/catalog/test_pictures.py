"""What becomes of a picture that somebody sends: small, upright, and without anything that came along with it."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from pos.catalog.pictures import LONGEST_SIDE, MAX_PIXELS, UnusableImage, small
from tests.operations import PNG

RED, BLUE = (220, 20, 20), (20, 20, 220)
PAGE = b"<html><script>alert(document.cookie)</script></html>"


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def halves(size: tuple[int, int]) -> Image.Image:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says so of itself, whatever is in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "becomes"),
    [((1600, 1200), (640, 480)), ((600, 1600), (240, 640)), ((40, 30), (40, 30)), ((3000, 1), (640, 1))],
)
def test_picture_is_made_small_and_never_larger(kind: str, size: tuple[int, int], becomes: tuple[int, int]) -> None:
    picture = small(written(halves(size), kind))

    shown = read(picture.content)
    assert (shown.format, shown.size, (picture.width, picture.height)) == ("WEBP", becomes, becomes)
    assert max(shown.size) <= LONGEST_SIDE


def test_picture_is_turned_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    shown = read(small(written(halves((800, 400)), "JPEG", exif=exif)).content)

    assert shown.size == (320, 640)
    top, bottom = shown.getpixel((160, 40)), shown.getpixel((160, 600))
    assert (top[0] > top[2], bottom[2] > bottom[0]) == (True, True)  # type: ignore[index]


def test_what_came_along_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "Camera of Ada", "taken at 37.77,-122.42"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = PngInfo()
    notes.add_text("Author", "Ada Lovelace")
    photos = [
        written(halves((80, 40)), "JPEG", exif=exif, icc_profile=profile, comment=b"of Ada"),
        written(halves((80, 40)), "PNG", exif=exif, icc_profile=profile, pnginfo=notes),
        written(halves((80, 40)), "WEBP", exif=exif, icc_profile=profile, xmp=b"<x>Ada</x>"),
    ]

    kept = [small(photo).content for photo in photos]

    assert all(b"Ada" in photo for photo in photos)
    assert [(b"Ada" in content, read(content).info.keys() & {"exif", "icc_profile", "xmp"}) for content in kept] == [
        (False, set())
    ] * 3


def test_page_that_hides_in_a_picture_is_gone() -> None:
    hidden = PNG + PAGE

    assert PAGE not in small(hidden).content
    assert small(hidden) == small(PNG)


def test_transparency_is_kept() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    palette = clear.convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))

    assert [read(small(written(image, "PNG")).content).mode for image in (clear, halves((4, 4)))] == ["RGBA", "RGB"]
    assert read(small(written(palette, "PNG")).content).getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        PAGE,
        b"\x89PNG\r\n\x1a\n" + PAGE,
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        written(halves((4, 4)), "GIF"),
        written(halves((4, 4)), "BMP"),
        written(halves((400, 300)), "JPEG")[:700],
        written(halves((400, 300)), "PNG")[:400],
        written(halves((400, 300)), "WEBP")[:60],
        png_of(8, 8, b"too little"),
        png_of(7000, 6000),
        png_of(2**31 - 1, 2**31 - 1),
        png_of(0, 0),
    ],
    ids=["empty", "page", "page as png", "svg", "gif", "bmp", "half a jpeg", "half a png", "half a webp", "bad data", "42 MP", "bomb", "nought"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(UnusableImage) as refused:
        small(raw)

    assert refused.value.facts["pointer"] == "/image"
    assert len(str(refused.value)) > 15


def test_picture_of_forty_million_pixels_is_taken() -> None:
    raw = written(Image.new("L", (8000, MAX_PIXELS // 8000)), "PNG", compress_level=1)

    assert small(raw).width == LONGEST_SIDE
