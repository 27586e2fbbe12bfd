"""Addresses as QR codes, to be held before a camera."""

import segno


def as_image(address: str) -> str:
    """The code as a picture in an address of its own (data:), dark on light with the quiet zone around it."""
    return str(segno.make(address, error="m").svg_data_uri(scale=6, border=4, dark="#000", light="#fff"))
