"""A picture that somebody sends becomes a small one of ours: pure. Nothing of the file itself is kept, only what is seen.

So no name, place or time of the photograph, no text, and nothing that a browser could take for a page gets through.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from PIL import Image, ImageOps

from pos.errors import Invalid

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 640
MEDIA_TYPE = "image/webp"
_QUALITY = 82
_FORMATS = ("PNG", "JPEG", "WEBP")
_SMOOTH = ("RGB", "RGBA", "L", "LA")
# Ours is looked at as soon as the file's head is read, before anything is unpacked; Pillow's would first warn, by far later.
Image.MAX_IMAGE_PIXELS = None


class UnusableImage(Invalid):
    title = "Not a picture that can be shown"


@dataclass(frozen=True)
class Picture:
    content: bytes
    width: int
    height: int
    media_type: str = MEDIA_TYPE

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def small(raw: bytes) -> Picture:
    """A PNG, JPEG or WebP as WebP of 640 px at most, turned as the camera was held. Raises UnusableImage.

    Of pictures that move it is the first one. Takes up to half a second for a large photograph.
    """
    if not raw:
        _refuse("The file is empty.")
    try:
        return _drawn(raw)
    except UnusableImage:
        raise
    # Decoders fail in many ways over bytes that somebody has made up, and all of them mean the same.
    except Exception as error:
        raise _unusable(
            "This is no PNG, JPEG or WebP, or a broken one. Save it as one of these, and send it again."
        ) from error


def _drawn(raw: bytes) -> Picture:
    with Image.open(BytesIO(raw), formats=_FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            _refuse(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. Send a smaller one.")
        # A JPEG is unpacked no larger than needed; for the others this does nothing.
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        image.load()
        whole = image if image.mode in _SMOOTH else image.convert(_mode(image))
        # Made small before anything else, or 40 million pixels would lie in memory more than once.
        whole.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _written(ImageOps.exif_transpose(whole))


def _mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _written(image: Image.Image) -> Picture:
    """Drawn onto an empty one: what comes along with the file (EXIF, colour profile, text) stays behind."""
    clean = Image.new(_mode(image), image.size)
    clean.paste(image.convert(_mode(image)))
    file = BytesIO()
    clean.save(file, "WEBP", quality=_QUALITY)
    return Picture(file.getvalue(), clean.width, clean.height)


def _unusable(reason: str) -> UnusableImage:
    return UnusableImage(reason=reason, pointer="/image")


def _refuse(reason: str) -> None:
    raise _unusable(reason)
