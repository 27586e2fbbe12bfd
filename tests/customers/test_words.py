"""By which words somebody is found, and what those are that somebody types."""

import pytest

from pos.customers.words import Range, TooManyWords, found_by, of_tag, ranges, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ada King-Lovelace", ("ada", "king", "lovelace")),
        ("  JOSÉ  García ", ("jose", "garcia")),
        ("Straße", ("strasse",)),
        ("O'Brien", ("o", "brien")),
        ("Ｊｏ", ("jo",)),
        ("ΑΘΗΝΑ Андрей", ("αθηνα", "андреи")),
        ("राम", ("राम",)),
        ("???", ("???",)),
        ("", ()),
        ("\u200b", ()),
    ],
)
def test_words_are_compared_without_case_accents_and_signs(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


def test_somebody_is_found_by_names_tags_and_the_end_of_the_number() -> None:
    found = found_by("Ada K.", "Ada", None, tags=["VIP  Guest", "Été"], phone="+14155550132")

    assert found == ["#ete", "#vip guest", "ada", "k", "…0132"]
    assert found_by(None, "", tags=[" "], phone=None) == []
    assert max(len(word) for word in found_by("x" * 500, tags=["y" * 100])) == 60


@pytest.mark.parametrize(
    ("typed", "starts"),
    [
        ("Ad", [["ad"]]),
        ("lovelace ÁDA", [["lovelace"], ["ada"]]),
        ("0132", [["0132", "…0132"]]),
        ("...0132", [["0132", "…0132"]]),
        ("#Reg ada", [["#reg"], ["ada"]]),
        ("55501", [["55501"]]),
        ("#", [["#"]]),
    ],
)
def test_each_typed_word_has_its_ranges(typed: str, starts: list[list[str]]) -> None:
    asked = ranges(typed)

    assert [[each.start for each in alternatives] for alternatives in asked] == starts
    assert all(each.start <= each.start + "z" < each.end for alternatives in asked for each in alternatives)


def test_whole_tag_is_no_beginning() -> None:
    [[found]] = [of_tag("Regular")]

    assert found == Range("#regular", "#regular\x01")
    assert not found.start <= "#regulars" < found.end


def test_more_words_than_a_name_has_are_refused() -> None:
    with pytest.raises(TooManyWords):
        ranges("a-b-c-d e f g h i")
