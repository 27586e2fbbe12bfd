"""Whether a name is another person's, and whether it is the whole of one."""

import pytest

from pos.customers.names import is_another, is_whole


@pytest.mark.parametrize(
    ("name", "known", "is_other"),
    [
        ("Bob", ["Alice"], True),
        ("Bob Stone", ["Alice Stone"], False),
        ("ALICE", ["alice king"], False),
        ("Ali", ["Alice"], False),
        ("Alice", ["Ali"], False),
        ("A.", ["Alice"], False),
        ("Élodie", ["Elodie"], False),
        ("Lovelace", [None, "Ada", "Lovelace"], False),
        ("Bob", [None, "Ada", "Lovelace"], True),
        ("Bob", [None, ""], False),
        ("  ", ["Alice"], False),
        ("???", ["Alice"], True),
    ],
)
def test_another_name_shares_no_word(name: str, known: list[str | None], is_other: bool) -> None:
    assert is_another(name, *known) is is_other


@pytest.mark.parametrize(
    ("name", "known", "first", "last", "is_all"),
    [
        ("ada", "Ada", None, None, True),
        ("Lovelace, ADA", "Ada Lovelace", None, None, True),
        ("Ada", "Ada Lovelace", None, None, False),
        ("Ada Lovelace", "Ada", "Ada", "Lovelace", True),
        ("Ada", "Ada", "Ada", "Lovelace", False),
        ("Ada King", "Ada King", "Ada", "Lovelace", True),
        ("Ada Lovelace", None, "Ada", "Lovelace", True),
        ("Ad", "Ada", None, None, False),
        ("", None, None, None, False),
        ("Ada", None, None, None, False),
    ],
)
def test_whole_name_is_nothing_less(
    name: str, known: str | None, first: str | None, last: str | None, is_all: bool
) -> None:
    assert is_whole(name, known, first, last) is is_all
