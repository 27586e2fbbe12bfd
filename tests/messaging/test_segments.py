"""What a text costs: the published lengths of GSM 03.38 and UCS-2, the borders of segments, and what is folded."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.messaging.segments import ALONE, BASIC, EXTENSION, GSM_7, JOINED, Segments, count, fold

GSM, UCS = "GSM-7", "UCS-2"
FAMILY = "👨\u200d👩\u200d👧"
cheap = st.text(st.sampled_from(sorted(GSM_7)), max_size=700)
anything = st.text(st.one_of(st.sampled_from(sorted(GSM_7)), st.characters()), max_size=300)


def test_alphabet_is_whole() -> None:
    # 128 places less the escape; ten pairs.
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", GSM, 0, 1),
        ("a", GSM, 1, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("a" * 459, GSM, 459, 3),
        ("a" * 1530, GSM, 1530, 10),
        ("a" * 1531, GSM, 1531, 11),
        ("Èé", UCS, 2, 1),
        ("Éé ñ à Ç ß ø Å @ £ ¥ ¿ ¡ §", GSM, 26, 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", GSM, 10, 1),
        ("Α", UCS, 1, 1),
        ("ç", UCS, 1, 1),
        ("á", UCS, 1, 1),
        ("`", UCS, 1, 1),
        ("\t", UCS, 1, 1),
        ("line\nline\r\n", GSM, 11, 1),
        ("€", GSM, 2, 1),
        ("^{}[]~|\\", GSM, 16, 1),
        ("€" * 80, GSM, 160, 1),
        ("€" * 81, GSM, 162, 2),
        ("a" * 159 + "€", GSM, 161, 2),
        # 76 pairs fit into 153 units, and one unit stays empty.
        ("€" * 152, GSM, 304, 2),
        ("€" * 153, GSM, 306, 3),
        # The pair stands at the border: it moves whole into the second segment, and the last letter into a third.
        ("a" * 152 + "€" + "a" * 151, GSM, 305, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
        ("a" * 151 + "€" + "a" * 153, GSM, 306, 2),
        ("’" + "a" * 69, UCS, 70, 1),
        ("’" + "a" * 70, UCS, 71, 2),
        ("’" + "a" * 159, UCS, 160, 3),
        ("’" * 134, UCS, 134, 2),
        ("’" * 135, UCS, 135, 3),
        ("😀", UCS, 2, 1),
        ("😀" * 35, UCS, 70, 1),
        ("😀" * 36, UCS, 72, 2),
        # 33 emoji fit into 67 units, and one unit stays empty.
        ("😀" * 66, UCS, 132, 2),
        ("😀" * 67, UCS, 134, 3),
        ("a" * 66 + "😀" + "a" * 65, UCS, 133, 2),
        ("a" * 66 + "😀" + "a" * 66, UCS, 134, 3),
        ("a" * 65 + "😀" + "a" * 67, UCS, 134, 2),
        # In UCS-2 the signs of the extension table are single ones.
        ("€" * 69 + "😀", UCS, 71, 2),
        (FAMILY, UCS, 8, 1),
        ("привет", UCS, 6, 1),
        ("注文の準備ができました", UCS, 11, 1),
        ("\ud83d", UCS, 1, 1),
    ],
)
def test_count_follows_the_published_lengths(text: str, encoding: str, units: int, segments: int) -> None:
    assert count(text) == Segments(encoding, units, segments)  # type: ignore[arg-type]


@given(anything, anything)
def test_count_never_falls_when_a_text_grows(text: str, more: str) -> None:
    short, long = count(text), count(text + more)

    assert short.segments <= long.segments
    assert short.units <= long.units or short.encoding != long.encoding


@given(cheap, cheap)
def test_units_add_up(text: str, more: str) -> None:
    assert count(text + more).units == count(text).units + count(more).units


@given(anything)
def test_units_of_ucs_2_are_those_of_utf_16(text: str) -> None:
    counted = count(text + "’")

    assert counted.units == len((text + "’").encode("utf-16-le", "surrogatepass")) // 2


@given(anything)
def test_segments_stay_between_full_ones_and_ones_that_lack_a_unit(text: str) -> None:
    counted = count(text)

    if counted.units <= ALONE[counted.encoding]:
        assert counted.segments == 1
    else:
        most = JOINED[counted.encoding]
        assert -(-counted.units // most) <= counted.segments <= -(-counted.units // (most - 1))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("It’s “ready” – come in…", 'It\'s "ready" - come in...'),
        ("‘a’ ‚b‛ `c´ 5′ 6″", "'a' 'b' 'c' 5' 6\""),
        ("«oui» ‹non› „ja‟", '"oui" \'non\' "ja"'),
        ("a\u00a0b\u2009c\u202fd\u3000e\tf", "a b c d e f"),
        ("one — two ‐ three‑four − five ― six", "one - two - three-four - five - six"),
        ("• tea\n‣ cake", "- tea\n- cake"),
        ("2 × 3 ∕ 4 ⁄ 5", "2 x 3 / 4 / 5"),
        ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u200eh\u202ai\u202cj\ufe0fk", "abcdefghijk"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff\x0cg", "abcdefg"),
        ("a\ufffeb\uffffc\ufdd0d\ufdefe\U0001fffef\U0010ffffg", "abcdefg"),
        ("\u2066+14155550132\u2069", "+14155550132"),
        ("cafe\u0301 man\u0303ana u\u0308ber", "café mañana über"),
        ("5 k\u2126 \u212b 300 \u212a", "5 kΩ Å 300 K"),
        ("mas\u0301 a\u0301", "mas\u0301 a\u0301"),
    ],
)
def test_fold_keeps_the_words_and_their_lines(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["It’s “ready” – come in…", "• tea\u00a0× 2", "cafe\u0301\u200b", "¿Qué\u202ftal?"])
def test_fold_brings_a_text_into_the_cheap_alphabet(text: str) -> None:
    assert count(text).encoding == UCS
    assert count(fold(text)).encoding == GSM


@pytest.mark.parametrize(
    "text",
    [
        "más información, ação, coração, façade, Łódź",
        "Спасибо за заказ",
        "ご注文ありがとうございます、ー・「」",
        "شكرا لطلبك",
        "می\u200cخواهم",
        "क\u094d\u200dष",
        "감사합니다",
        "ขอบคุณ",
        "😀🎉☕\ufe0f" + FAMILY + "1\ufe0f\u20e3🇪🇸👍🏽",
        "\u1112\u1161\u11ab",
        "{[~^|\\]}€",
    ],
)
def test_fold_leaves_letters_and_emoji_alone(text: str) -> None:
    assert fold(text) == text


@given(anything)
def test_fold_may_be_repeated(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(cheap)
def test_fold_changes_nothing_that_is_cheap_but_returns_and_page_breaks(text: str) -> None:
    assert fold(text) == text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "")


@given(anything)
def test_fold_leaves_no_control_sign(text: str) -> None:
    assert not [sign for sign in fold(text) if unicodedata.category(sign) == "Cc" and sign != "\n"]


@given(
    st.text(st.one_of(st.sampled_from(sorted(GSM_7)), st.sampled_from("’“”–—…•\u00a0\u200b\u200d\u2060")), max_size=200)
)
def test_fold_makes_texts_of_look_alikes_cheap(text: str) -> None:
    assert count(fold(text)).encoding == GSM
