"""What is read of a JSON text, and what two parsers could understand differently and is therefore refused."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.errors import Unreadable
from pos.http.strict_json import MAX_DIGITS, parse

# JSON as it is written by hand, with the value that every parser gives it.
READ: tuple[tuple[bytes, Any], ...] = (
    (b"{}", {}),
    (b"[]", []),
    (b" \t\r\n{ } \n", {}),
    (b'{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}', {"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}),
    (b"0", 0),
    (b"-0", 0),
    (b"999999999999999999", 10**18 - 1),
    (b"-999999999999999999", 1 - 10**18),
    (b"0.1", 0.1),
    (b"1e3", 1000.0),
    (b"1E-400", 0.0),
    (b"1.7976931348623157e308", sys.float_info.max),
    (b"true", True),
    (b"null", None),
    (b'"\\ud83c\\udf7a"', "🍺"),
    ('"🍺 Grüße"'.encode(), "🍺 Grüße"),
    (b'"\\/\\"\\\\\\b\\f\\n\\r\\t"', '/"\\\b\f\n\r\t'),
    (b'"\\u0001"', "\x01"),
    (b'""', ""),
    (b"[" * 20 + b"]" * 20, json.loads("[" * 20 + "]" * 20)),
    (b"[" * 20 + b"1" + b"]" * 20, json.loads("[" * 20 + "1" + "]" * 20)),
    (b'{"":' * 20 + b"1" + b"}" * 20, json.loads('{"":' * 20 + "1" + "}" * 20)),
)
# Name, text, and a word of the reason that helps whoever sent it.
REFUSED: tuple[tuple[str, bytes, str], ...] = (
    ("no text", b"", "not JSON"),
    ("blanks", b" \n ", "not JSON"),
    ("truncated", b'{"a": [1, 2', "not JSON"),
    ("two values", b"{} {}", "not JSON"),
    ("rest", b"{}x", "not JSON"),
    ("trailing comma", b'{"a": 1,}', "not JSON"),
    ("trailing comma in array", b"[1,]", "not JSON"),
    ("comment", b"{} // none", "not JSON"),
    ("single quotes", b"{'a': 1}", "not JSON"),
    ("bare name", b"{a: 1}", "not JSON"),
    ("python", b"{'a': None, 'b': True}", "not JSON"),
    ("True", b"True", "not JSON"),
    ("plus sign", b"+1", "not JSON"),
    ("leading zero", b"01", "not JSON"),
    ("hexadecimal", b"0x10", "not JSON"),
    ("bare point", b"1.", "not JSON"),
    ("leading point", b".5", "not JSON"),
    ("underscore", b"1_000", "not JSON"),
    ("arabic digits", "١٢".encode(), "not JSON"),
    ("bad escape", b'"\\x41"', "not JSON"),
    ("short escape", b'"\\u12"', "not JSON"),
    ("raw newline in text", b'"a\nb"', "not JSON"),
    ("raw tab in text", b'"a\tb"', "not JSON"),
    ("raw NUL in text", b'"a\x00b"', "not JSON"),
    ("raw NUL", b"\x00", "not JSON"),
    ("byte order mark", b"\xef\xbb\xbf{}", "not JSON"),
    ("no-break space", "\u00a0{}".encode(), "not JSON"),
    ("NaN", b"NaN", "NaN"),
    ("Infinity", b"[Infinity]", "Infinity"),
    ("-Infinity", b'{"a": -Infinity}', "Infinity"),
    ("1e999", b"1e999", "too large"),
    ("-1e999", b"[-1e999]", "too large"),
    ("1e400 without e", b"1" + b"0" * 400 + b".0", "too large"),
    ("19 digits", b"1" + b"0" * 18, "18 digits"),
    ("19 negative digits", b"-1" + b"0" * 18, "18 digits"),
    ("2^63", str(2**63).encode(), "18 digits"),
    ("2^64 deep inside", b'{"a": [{"b": 18446744073709551616}]}', "18 digits"),
    # CPython refuses to read more than 4,300 digits, with a ValueError of its own.
    ("5,000 digits", b"9" * 5_000, "18 digits"),
    ("200,000 digits", b"9" * 200_000, "18 digits"),
    ("same key twice", b'{"a": 1, "a": 1}', "same key twice"),
    ("same key deep inside", b'{"b": [{"c": {"a": 1, "x": 0, "a": 2}}]}', "same key twice"),
    ("same key by an escape", b'{"a": 1, "\\u0061": 2}', "same key twice"),
    ("same empty key", b'{"": 1, "": 2}', "same key twice"),
    ("NUL in a value", b'{"a": "\\u0000"}', "NUL"),
    ("NUL in a key", b'{"a\\u0000b": 1}', "NUL"),
    ("NUL deep inside", b'[[{"a": ["x", "\\u0000"]}]]', "NUL"),
    ("high surrogate alone", b'"\\ud800"', "surrogate"),
    ("low surrogate alone", b'["\\udfff"]', "surrogate"),
    ("surrogates in the wrong order", b'"\\udc00\\ud800"', "surrogate"),
    ("surrogate in a key", b'{"\\ud83c": 1}', "surrogate"),
    ("half of a pair, then text", b'"\\ud83cx"', "surrogate"),
    ("latin-1", '{"a": "ü"}'.encode("latin-1"), "UTF-8"),
    ("bare byte", b'"\xff"', "UTF-8"),
    ("overlong slash", b'"\xc0\xaf"', "UTF-8"),
    ("surrogate in UTF-8", b'"\xed\xa0\x80"', "UTF-8"),
    ("beyond Unicode", b'"\xf4\x90\x80\x80"', "UTF-8"),
    ("cut character", b'"\xe2\x82"', "UTF-8"),
    ("UTF-16", "{}".encode("utf-16"), "UTF-8"),
    ("UTF-16 without its mark", '{"a": 1}'.encode("utf-16-le"), "not JSON"),
    ("UTF-32", "{}".encode("utf-32"), "UTF-8"),
    ("21 arrays around a number", b"[" * 21 + b"1" + b"]" * 21, "20 levels"),
    ("21 objects around a number", b'{"a":' * 21 + b"1" + b"}" * 21, "20 levels"),
    ("21 arrays", b"[" * 21 + b"]" * 21, "20 levels"),
    ("21 levels of both", b'[{"a":' * 10 + b"[]" + b"}]" * 10, "20 levels"),
    ("22 arrays", b"[" * 22 + b"]" * 22, "20 levels"),
    ("1,000 arrays", b"[" * 1_000 + b"]" * 1_000, "20 levels"),
    ("1,000 objects", b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "20 levels"),
    ("60,000 arrays", b"[" * 60_000 + b"]" * 60_000, "20 levels"),
    ("60,000 open arrays", b"[" * 60_000, ""),
    ("60,000 open objects", b'{"a":' * 60_000, ""),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 10**MAX_DIGITS, 10**MAX_DIGITS - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("text", "expected"), READ, ids=lambda value: ascii(value)[:30])
def test_parse_reads_json(text: bytes, expected: Any) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(("text", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_parse_refuses_what_could_be_read_differently(text: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)

    assert reason in str(refused.value)
    assert len(str(refused.value)) < 200


@given(value=values)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_parse_reads_back_what_was_written(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(text=st.binary(max_size=200) | st.text(st.sampled_from('{}[]":,0123456789eE.-+\\utrfalsn \ud800'), max_size=60))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_parse_never_raises_anything_else(text: bytes | str) -> None:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    try:
        value = parse(raw)
    except Unreadable:
        return

    assert parse(json.dumps(value).encode()) == value


@given(value=values, names=st.lists(st.sampled_from("abc"), min_size=4, max_size=6))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_parse_refuses_a_repeated_key_at_any_depth(value: Any, names: list[str]) -> None:
    members = ",".join(f'"{name}": {json.dumps(value)}' for name in names)  # four names of three letters repeat one

    for text in (f"{{{members}}}", f'[[{{"deep": {{{members}}}}}]]'):
        with pytest.raises(Unreadable, match="same key twice"):
            parse(text.encode())
