"""What `flask doctor` says of screens: whether browsers will let tablets work offline."""

from dataclasses import replace

import pytest
from flask import Flask

from pos import doctor


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("https://pos.example.com", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://pos.example.com", False),
        ("http://192.168.1.20:8000", False),
    ],
)
def test_doctor_says_whether_tablets_work_offline(app: Flask, address: str, is_fine: bool) -> None:
    found = doctor._screens(replace(app.config["SETTINGS"], public_base_url=address))

    assert found.is_fine == is_fine
    assert ("will not work offline" in found.detail) == (not is_fine)
    assert is_fine or ("docs/tablets.md" in found.detail and address in found.detail)
