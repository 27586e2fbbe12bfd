"""Phone numbers: every usual spelling of a number becomes one E.164 string."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from pos.errors import InvalidPhone

E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"
POINTER = "/phone"
MOST = 60
# The sign that shows digits backwards: what somebody read and what is stored would differ.
_REVERSED = "\u202e"
# A text is judged, its hours are found and its permit is written with the same number: it is looked up once.
REMEMBERED = 1024
_LETTER = re.compile(r"[^\W\d_]")
_LENGTH_ADVICE = {
    ValidationResult.TOO_SHORT: "The number is too short; check for a missing digit.",
    ValidationResult.TOO_LONG: "The number is too long; check for an extra digit.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The area code is missing.",
    ValidationResult.INVALID_COUNTRY_CODE: "The country code does not exist.",
}


@lru_cache(maxsize=4096)
def parse(text: str, region: str) -> str:
    """The E.164 form of a number as somebody typed it; without a + it is read as of this region (ISO 3166).

    A number that libphonenumber calls possible is taken, valid or not: numbering plans change faster
    than its tables, and a sale must not be lost to them. Raises InvalidPhone, with what to
    do about it, for anything else, for premium-rate numbers, for extensions, and for a number of one digit alone: it would
    soon be a customer that hundreds share.
    """
    number = _read(text, region)
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        raise _invalid(_LENGTH_ADVICE.get(length, "The number has a length that no phone number has."))
    if len(set(str(number.national_number))) == 1:
        raise _invalid("This looks made up. Ask again, or sell without a phone (walk-in).")
    if phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        raise _invalid("This is a premium-rate number; ask for another one.")
    written = _e164(number)
    # A stray 0 after the country code survives the first reading; the second one takes it away.
    written, first = _e164(phonenumbers.parse(written)), written
    if not re.match(E164_PATTERN, written) or (written != first and _e164(phonenumbers.parse(written)) != written):
        raise _invalid("This is not a number that can be dialled from abroad.")
    return written


def is_region(country: str) -> bool:
    """Whether it is a country code (ISO 3166) whose numbering plan is known."""
    return country in phonenumbers.SUPPORTED_REGIONS


@lru_cache(maxsize=REMEMBERED)
def number_of(e164: str) -> phonenumbers.PhoneNumber:
    """The number in its parts; not to be changed."""
    return phonenumbers.parse(e164)


@lru_cache(maxsize=REMEMBERED)
def is_textable(e164: str) -> bool:
    """Whether a text may be sent there: the number is valid, not only possible."""
    where = region(e164)
    return where is not None and phonenumbers.is_valid_number_for_region(number_of(e164), where)


def is_e164(text: str) -> bool:
    """Whether it is a number in international form already; short codes and sender names are none."""
    return re.fullmatch(E164_PATTERN, text) is not None


@lru_cache(maxsize=REMEMBERED)
def region(e164: str) -> str | None:
    """The country (ISO 3166) whose number it is, as far as its digits tell: +1 alone is no country."""
    return phonenumbers.region_code_for_number(number_of(e164))


def masked(e164: str | None) -> str:
    """The number for a log line: only its last two digits."""
    return f"…{e164[-2:]}" if e164 else "none"


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _read(text: str, region: str) -> phonenumbers.PhoneNumber:
    typed = _plain(text)
    if len(text) > MOST or _LETTER.search(typed) or _REVERSED in text:
        raise _invalid("Type the number with digits only, with or without +, blanks and dashes.")
    number = _parsed(typed, region)
    if number is None:
        raise _invalid("This is not a phone number; type it as (415) 555-0132 or +14155550132.")
    if number.extension:
        raise _invalid("Leave the extension away.")
    return _without_old_prefix(number)


def _plain(text: str) -> str:
    """Without what comes along when a number is copied: direction marks, odd blanks, tel:."""
    marks_gone = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(marks_gone.split()).removeprefix("tel:")


def _parsed(typed: str, region: str) -> phonenumbers.PhoneNumber | None:
    """As of the region; else with 00 for the +, as most of the world dials it."""
    for spelling in (typed, f"+{typed[2:]}") if typed.startswith("00") else (typed,):
        try:
            number = phonenumbers.parse(spelling, region)
        except NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) or spelling != typed or not typed.startswith("00"):
            return number
    return None


def _without_old_prefix(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Mexico dropped the 1 after +52 in 2019; people still write it, and it is the same phone."""
    national = str(number.national_number)
    if number.country_code == 52 and len(national) == 11 and national.startswith("1"):
        number.national_number = int(national[1:])
    return number


def _invalid(reason: str) -> InvalidPhone:
    return InvalidPhone(reason=reason, pointer=POINTER)
