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
        ("Ada Novak", "\u200b\ufe0f", True),
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
        ("Ada\u200bNovak", "Ada N\u00ado\u0301vak", True),
        ("राम कुमार", "राम", True),
        ("र. कुमार", "राम कुमार", True),
        ("कोमल", "को\u200dमल", True),
        ("ガブ", "ｶﾞﾌﾞ", True),
        ("Ἀθηνᾶ", "ΑΘΗΝΑ", True),
        ("Андре\u0301й", "АНДРЕЙ", True),
        ("???", None, True),
        ("???", "  ", True),
        ("? ??", "？？？", True),
        ("🙂", "🙂\ufe0f", True),
        ("🙂 Ada", "Ada", True),
        ("\u0301Ada", "Ada", True),
        # Something does.
        ("Ada Novak", "Ben Novak", False),
        ("Ada Novak", "Ada Keller", False),
        ("Ada Novak", "Novak Ada", False),
        ("Ada Novak", "B.", False),
        ("Ada Novak", "A. Keller", False),
        ("Jo", "Joan", False),
        ("José García", "José Gómez", False),
        ("李", "王", False),
        ("राम", "रीमा", False),
        ("মিনা", "মনি", False),
        ("கமலா", "கோமல்", False),
        ("かき", "がき", False),
        ("Ada Novak", "…", False),
        ("???", "Ada", False),
        ("?", "???", False),
        ("🙂", "🙃", False),
        ("🙂", "🙂🙂", False),
        ("🙂\u093e", "Ada", False),
    ],
)
def test_names_say_who_may_be_one_person(one: str | None, other: str | None, is_one: bool) -> None:
    assert is_same_person(one, other) is is_one
    assert is_same_person(other, one) is is_one
