"""When two names may be one person who is known by the same number or e-mail."""

import pytest

from pos.legacy.people import is_same_person


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        # Nothing speaks against it.
        (None, None, True),
        ("Ada Novak", None, True),
        ("Ada Novak", "  ", True),
        ("Ada Novak", "…", True),
        ("Ada Novak", "ada novak", True),
        ("Ada Novak", "Ada", True),
        ("Ada Novak", "A. Novak", True),
        ("Ada Novak", "A.", True),
        ("Ada Novak", "Ada N.", True),
        ("Ada Novak", "Ada Maria Novak", True),
        ("José García", "JOSE GARCIA", True),
        ("Jose\u0301", "José", True),
        ("Straße", "STRASSE", True),
        ("Ｊｏ Lee", "Jo Lee", True),
        ("Ana-Maria Ruiz", "Ana Maria Ruiz", True),
        ("李", "李", True),
        # Something does.
        ("Ada Novak", "Ben Novak", False),
        ("Ada Novak", "Ada Keller", False),
        ("Ada Novak", "Novak Ada", False),
        ("Ada Novak", "B.", False),
        ("Ada Novak", "A. Keller", False),
        ("Jo", "Joan", False),
        ("José García", "José Gómez", False),
        ("李", "王", False),
    ],
)
def test_names_say_who_may_be_one_person(one: str | None, other: str | None, is_one: bool) -> None:
    assert is_same_person(one, other) is is_one
    assert is_same_person(other, one) is is_one
