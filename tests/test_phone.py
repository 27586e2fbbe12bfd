"""Spellings of phone numbers: whoever types it how, one telephone is one E.164 string, or a refusal in words.

The expected numbers were written by hand from the national numbering plans. They lie in ranges set aside for
fiction (NANP 555-01xx, Ofcom, Bundesnetzagentur, ARCEP, PTS, ACMA) or are plainly made up.
"""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos import phone
from pos.errors import InvalidPhone
from tests.client import Shop

ADA = "+14155550132"
SPELLINGS = (
    "4155550132",
    "  4155550132  ",
    "415 555 0132",
    "415  555  0132",
    "415-555-0132",
    "415.555.0132",
    "415/555/0132",
    "415 / 555-0132",
    "415-555 0132",
    "415--555--0132",
    "41 55 55 01 32",
    "(415) 555-0132",
    "(415)555-0132",
    "( 415 ) 555 - 0132",
    "[415] 555-0132",
    "4155550132.",
    "1 415 555 0132",
    "1-415-555-0132",
    "1 (415) 555-0132",
    "1.415.555.0132",
    "14155550132",
    "+14155550132",
    "+1 415 555 0132",
    "+ 1 415 555 0132",
    "+1-415-555-0132",
    "+1 (415) 555-0132",
    "+1.415.555.0132",
    "+1415 5550132",
    "(+1) 415 555 0132",
    "++14155550132",
    "011 1 415 555 0132",
    "415\u00a0555\u00a00132",  # no-break space
    "415\u3000555\u30000132",  # ideographic space
    "415\u2011555\u20110132",  # non-breaking hyphen
    "415\u2013555\u20130132",  # en dash
    "415\u2014555\u20140132",  # em dash
    "415\u2212555\u22120132",  # minus sign
    "415\u00ad555\u00ad0132",  # soft hyphen
    "415\u200b555\u200b0132",  # zero width space
    "\ufeff4155550132",  # byte order mark
    "\u200e(415) 555-0132",  # left-to-right mark
    "\u202a+1 (415) 555-0132\u202c",  # as iOS copies a number out of a contact
    "\u2066+14155550132\u2069",  # left-to-right isolate
    "４１５５５５０１３２",
    "（４１５）５５５－０１３２",
    "＋１ ４１５ ５５５ ０１３２",
    "٤١٥٥٥٥٠١٣٢",
    "۴۱۵۵۵۵۰۱۳۲",
    "४१५५५५०१३२",
)
# Region, the number as people of that country write it, as they write it for foreigners, and what it is.
COUNTRIES = (
    ("US", "(415) 555-0132", "+1 415-555-0132", "+14155550132"),
    ("CA", "514 555-0166", "+1 514 555 0166", "+15145550166"),
    ("BS", "242-555-0132", "+1 (242) 555-0132", "+12425550132"),
    ("GB", "020 7946 0958", "+44 (0)20 7946 0958", "+442079460958"),
    ("GB", "07700 900123", "+44 7700 900123", "+447700900123"),
    ("IE", "020 912 3456", "+353 20 912 3456", "+353209123456"),
    ("DE", "030 23125 014", "+49 (0)30 23125-014", "+493023125014"),
    ("AT", "01 2345678", "+43 1 2345678", "+4312345678"),
    ("CH", "044 123 45 67", "+41 44 123 45 67", "+41441234567"),
    ("FR", "01 99 00 12 34", "+33 1 99 00 12 34", "+33199001234"),
    ("BE", "02 123 45 67", "+32 2 123 45 67", "+3221234567"),
    ("NL", "020-123 4567", "+31 20 123 4567", "+31201234567"),
    ("ES", "912 34 56 78", "+34 912 34 56 78", "+34912345678"),
    ("PT", "21 123 4567", "+351 21 123 4567", "+351211234567"),
    # Italy keeps the 0 of a landline, also from abroad; its mobiles have none.
    ("IT", "06 1234 5678", "+39 06 1234 5678", "+390612345678"),
    ("IT", "312 345 6789", "+39 312 345 6789", "+393123456789"),
    ("GR", "21 2345 6789", "+30 21 2345 6789", "+302123456789"),
    ("SE", "08-465 004 12", "+46 8 465 004 12", "+46846500412"),
    ("NO", "21 23 45 67", "+47 21 23 45 67", "+4721234567"),
    ("DK", "32 12 34 56", "+45 32 12 34 56", "+4532123456"),
    ("FI", "09 123 4567", "+358 9 123 4567", "+35891234567"),
    ("EE", "321 2345", "+372 321 2345", "+3723212345"),
    ("LV", "63 123 456", "+371 63 123 456", "+37163123456"),
    ("PL", "12 345 67 89", "+48 12 345 67 89", "+48123456789"),
    ("CZ", "212 345 678", "+420 212 345 678", "+420212345678"),
    ("SK", "02/123 456 78", "+421 2 123 456 78", "+421212345678"),
    ("HU", "06 1 234 5678", "+36 1 234 5678", "+3612345678"),
    ("RO", "021 123 4567", "+40 21 123 4567", "+40211234567"),
    ("BG", "02 123 456", "+359 2 123 456", "+3592123456"),
    ("HR", "01 2345 678", "+385 1 2345 678", "+38512345678"),
    ("SI", "01 234 56 78", "+386 1 234 56 78", "+38612345678"),
    ("UA", "044 123 4567", "+380 44 123 4567", "+380441234567"),
    ("RU", "8 (495) 123-45-67", "+7 (495) 123-45-67", "+74951234567"),
    ("TR", "0212 345 67 89", "+90 212 345 67 89", "+902123456789"),
    ("IL", "02-123-4567", "+972-2-123-4567", "+97221234567"),
    ("AE", "02 234 5678", "+971 2 234 5678", "+97122345678"),
    ("SA", "011 234 5678", "+966 11 234 5678", "+966112345678"),
    ("EG", "02 34567890", "+20 2 34567890", "+20234567890"),
    ("MA", "0520-123456", "+212 520-123456", "+212520123456"),
    ("NG", "0802 123 4567", "+234 802 123 4567", "+2348021234567"),
    ("KE", "0712 123456", "+254 712 123456", "+254712123456"),
    ("ZA", "010 123 4567", "+27 10 123 4567", "+27101234567"),
    ("IN", "022 1234 5678", "+91 22 1234 5678", "+912212345678"),
    ("IN", "081234 56789", "+91 81234 56789", "+918123456789"),
    ("CN", "010 1234 5678", "+86 10 1234 5678", "+861012345678"),
    ("HK", "2123 4567", "+852 2123 4567", "+85221234567"),
    ("TW", "02 2123 4567", "+886 2 2123 4567", "+886221234567"),
    ("JP", "03-1234-5678", "+81 3-1234-5678", "+81312345678"),
    ("JP", "090-1234-5678", "+81 90-1234-5678", "+819012345678"),
    ("KR", "02-2123-4567", "+82 2-2123-4567", "+82221234567"),
    ("SG", "6123 4567", "+65 6123 4567", "+6561234567"),
    ("MY", "03-2385 6789", "+60 3-2385 6789", "+60323856789"),
    ("TH", "02 123 4567", "+66 2 123 4567", "+6621234567"),
    ("PH", "(02) 3234 5678", "+63 2 3234 5678", "+63232345678"),
    ("VN", "0210 1234 567", "+84 210 1234 567", "+842101234567"),
    ("AU", "(02) 5550 1234", "+61 2 5550 1234", "+61255501234"),
    ("AU", "0491 570 156", "+61 491 570 156", "+61491570156"),
    ("NZ", "03-234 5678", "+64 3-234 5678", "+6432345678"),
    ("BR", "(11) 2345-6789", "+55 11 2345-6789", "+551123456789"),
    ("BR", "(11) 96123-4567", "+55 (11) 96123-4567", "+5511961234567"),
    # An Argentine mobile is 15 after the area code at home and 9 before it from abroad.
    ("AR", "011 15-2345-6789", "+54 9 11 2345-6789", "+5491123456789"),
    ("AR", "011 2345-6789", "+54 11 2345-6789", "+541123456789"),
    ("CL", "2 2123 4567", "+56 2 2123 4567", "+56221234567"),
    ("CO", "601 2345678", "+57 601 2345678", "+576012345678"),
    ("PE", "(01) 123 4567", "+51 1 123 4567", "+5111234567"),
    ("MX", "55 1234 5678", "+52 55 1234 5678", "+525512345678"),
    # Mexico dropped the 1 of its mobiles in 2019; contact lists still have it.
    ("MX", "55 1234 5678", "+52 1 55 1234 5678", "+525512345678"),
)
PREMIUM = (
    ("US", "900-234-5678"),
    ("US", "+1 900 234 5678"),
    ("CA", "1-900-234-5678"),
    ("GB", "0909 8790 123"),
    ("DE", "0900 1 234567"),
    ("AT", "0900 123456"),
    ("CH", "0900 123 456"),
    ("FR", "0 897 12 34 56"),
    ("ES", "803 12 34 56"),
    ("NL", "0906 1234"),
    ("SE", "0900-123 45 67"),
    ("IE", "1520 123 456"),
    ("AU", "1900 123 456"),
    ("JP", "0990 123 456"),
    ("US", "+979 123 456 789"),  # international premium rate service
)
LOCAL_ONLY = ("555-0132", "5550132", "555 0132", "976-1234")
TOO_SHORT = ("911", "411", "12345", "62453", "415555", "+1 415 55")
TOO_LONG = ("41555501321", "(415) 555-01321", "+1 415 555 0132 1", "14155550132000")
NOT_NUMBERS = (
    "",
    " ",
    "+",
    "++",
    "+1",
    "+0",
    "0",
    "-",
    "()",
    "-----",
    "?",
    "#",
    "*100#",
    "+" * 40,
    "1" * 40,
    "4" * 41,
    "4" * 100_000,
    "abc",
    "n/a",
    "none",
    "unknown",
    "call me",
    "1-800-FLOWERS",
    "415 555 O132",
    "415 555 0132 ext. 5",
    "4155550132x5",
    "4155550132#5",
    "+14155550132;ext=5",
    "415 555 0132 / 415 555 0133",
    "4155550132 4155550133",
    "٠",
    "²³",
    "①②③④⑤⑥⑦⑧⑨⓪",
    "😀",
    "📱📱📱",
    "4️⃣1️⃣5️⃣5️⃣5️⃣5️⃣0️⃣1️⃣3️⃣2️⃣",
    "\x00",
    "\ud800",
    "+999 123456789",
    "2026-11-21T18:04:05Z",
    "127.0.0.1",
    "ada@example.com",
    "'; DROP TABLE customers; --",
    "<script>alert(1)</script>",
)
REGIONS = ("US", "GB", "DE", "IT", "FR", "MX", "AR", "BR", "JP", "IN", "HU", "RU", "AU", "SG", "CI")
# What fingers reach on a telephone's keyboard, and what pastes bring along.
dialled = st.builds(
    str.__add__,
    st.sampled_from(["", "", "+", "+49", "+44 0", "+39", "+52", "+54", "00", "0", "+1", "011", "8"]),
    st.text(st.sampled_from("0123456789" * 4 + "+ -()./,;#*~０９٣\u00a0\u200b\u202a"), min_size=5, max_size=20),
)


@pytest.mark.parametrize("typed", SPELLINGS, ids=ascii)
def test_parse_gives_one_number_for_each_spelling(typed: str) -> None:
    assert phone.parse(typed, "US") == ADA


def test_parse_is_tried_with_many_spellings_and_countries() -> None:
    assert len(set(SPELLINGS)) >= 40
    assert len({region for region, *_ in COUNTRIES}) >= 40


@pytest.mark.parametrize(("region", "national", "_", "expected"), COUNTRIES)
def test_parse_reads_a_national_number_as_of_the_region(region: str, national: str, _: str, expected: str) -> None:
    assert phone.parse(national, region) == expected


@pytest.mark.parametrize(("region", "_", "international", "expected"), COUNTRIES)
def test_parse_reads_an_international_number_anywhere(region: str, _: str, international: str, expected: str) -> None:
    # Singapore and Italy have no trunk prefix, the United States and Russia odd ones: none may leak in.
    found = {home: phone.parse(international, home) for home in (region, "US", "SG", "IT", "RU", "DE")}

    assert found == dict.fromkeys(found, expected)


@pytest.mark.parametrize(("home", "typed", "expected"), [
    ("DE", "00 1 415 555 0132", ADA),
    ("GB", "00 49 30 23125 014", "+493023125014"),
    ("US", "011 44 20 7946 0958", "+442079460958"),
    ("AU", "0011 1 415 555 0132", ADA),
    ("JP", "010 1 415 555 0132", ADA),
])  # fmt: skip
def test_parse_knows_the_prefix_for_abroad(home: str, typed: str, expected: str) -> None:
    assert phone.parse(typed, home) == expected


@pytest.mark.parametrize(("region", "typed"), PREMIUM)
def test_parse_refuses_premium_rate(region: str, typed: str) -> None:
    assert "premium" in _refusal(typed, region)


@pytest.mark.parametrize("typed", LOCAL_ONLY)
def test_parse_asks_for_the_area_code(typed: str) -> None:
    assert "area code" in _refusal(typed, "US")


@pytest.mark.parametrize("typed", TOO_SHORT)
def test_parse_refuses_a_short_number(typed: str) -> None:
    assert "too short" in _refusal(typed, "US")


@pytest.mark.parametrize("typed", TOO_LONG)
def test_parse_refuses_a_long_number(typed: str) -> None:
    assert "too long" in _refusal(typed, "US")


@pytest.mark.parametrize(
    ("region", "typed"), [("DE", "112"), ("DE", "110"), ("GB", "999"), ("FR", "15"), ("AU", "000")]
)
def test_parse_refuses_emergency_numbers(region: str, typed: str) -> None:
    assert _refusal(typed, region)


@pytest.mark.parametrize("typed", NOT_NUMBERS, ids=lambda typed: ascii(typed[:40]))
def test_parse_refuses_what_is_no_number_and_says_what_to_do(typed: str) -> None:
    reason = _refusal(typed, "US")

    assert reason.endswith(".")
    assert not re.search(r"\d{3,}", reason.replace("(415) 555-0132 or +14155550132", ""))


@given(typed=st.text(max_size=60), region=st.sampled_from(REGIONS))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_parse_never_raises_anything_else_on_any_text(typed: str, region: str) -> None:
    assert _parsed_or_refused(typed, region)


@given(typed=dialled, region=st.sampled_from(REGIONS))
@settings(derandomize=True, deadline=None, max_examples=1500)
def test_parse_never_raises_anything_else_on_what_is_nearly_a_number(typed: str, region: str) -> None:
    assert _parsed_or_refused(typed, region)


@given(typed=dialled, region=st.sampled_from(REGIONS), elsewhere=st.sampled_from(REGIONS))
@settings(derandomize=True, deadline=None, max_examples=1500)
@example(typed="+49 (0) 30 23125 014", region="US", elsewhere="US")
def test_parse_of_what_it_gave_gives_the_same(typed: str, region: str, elsewhere: str) -> None:
    try:
        number = phone.parse(typed, region)
    except InvalidPhone:
        return

    assert phone.parse(number, elsewhere) == number


@pytest.mark.parametrize("typed", ["+49 00 30 23125014", "+49 0 0 30 23125014", "+44 00 20 7946 0958"])
def test_parse_gives_a_number_that_can_be_read_again_despite_stray_zeros(typed: str) -> None:
    """Two zeros after the country code leave one of them in an E.164 string, which then is a second customer."""
    try:
        number = phone.parse(typed, "US")
    except InvalidPhone:
        return

    assert phone.parse(number, "US") == number


@pytest.mark.parametrize(("number", "expected"), [
    (ADA, True),
    ("+442071838750", True),
    ("+19999999999", False),
    ("+447700900123", False),  # Ofcom keeps this range for drama: possible, but nobody can be texted there
])  # fmt: skip
def test_is_textable_only_if_the_number_is_valid(number: str, expected: bool) -> None:
    assert phone.is_textable(number) is expected


@pytest.mark.parametrize(("number", "expected"), [(ADA, "…32"), ("+41441234567", "…67"), (None, "none"), ("", "none")])
def test_masked_shows_two_digits_at_most(number: str | None, expected: str) -> None:
    assert phone.masked(number) == expected


def test_spellings_over_http_find_the_same_customer(shop: Shop) -> None:
    known = shop.sell(phone=ADA)["customer"]["id"]
    # Directional marks and a byte order mark are refused by the schema of texts before a number is read.
    typed = [text for text in SPELLINGS if not set(text) & set("\u202a\u2066\ufeff")][::3]

    asked = [shop.get("/customers", query_string={"phone": text}) for text in typed]
    looked_up = [shop.post("/customers/lookup", {"phone": text}) for text in typed]
    sold = [shop.sell(phone=text)["customer"] for text in typed]

    assert len(typed) >= 10
    assert {answer.json["id"] for answer in asked + looked_up} == {known}  # type: ignore[index]
    assert {customer["id"] for customer in sold} == {known}
    assert sold[-1]["order_count"] == 1 + len(typed)


def test_national_number_is_read_as_of_the_store_country(shop: Shop, other_shop: Shop) -> None:
    american = shop.sell(phone="(415) 555-0132")["customer"]["phone"]
    german = other_shop.sell(phone="030 23125 014")["customer"]["phone"]

    assert (american, german) == (ADA, "+493023125014")


def _refusal(typed: str, region: str) -> str:
    with pytest.raises(InvalidPhone) as refused:
        phone.parse(typed, region)
    assert refused.value.facts["pointer"] == "/phone"
    return str(refused.value)


def _parsed_or_refused(typed: str, region: str) -> str:
    """The E.164 number or the reason against it; any other exception fails the test."""
    try:
        number = phone.parse(typed, region)
    except InvalidPhone as refused:
        return str(refused)
    assert re.fullmatch(phone.E164_PATTERN, number)
    return number
