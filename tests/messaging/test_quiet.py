"""When marketing may go out: each zone and region of a number, over changes of the clock, and never by guessing what is wider."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import geocoder
from phonenumbers.tzdata import TIMEZONE_DATA

from pos.messaging.quiet import DEFAULT, REGIONS, WITHIN, Hours, _known_zones, next_allowed, region_of
from pos.messaging.states import STATES, at_area, code_of

CALIFORNIA, NEW_YORK, TEXAS, KENTUCKY, RHODE_ISLAND = (
    "+14155550132",
    "+12125550132",
    "+15125550132",
    "+15025550132",
    "+14015550132",
)
ALABAMA, FLORIDA, TOLL_FREE, PARIS, NOWHERE, ARIZONA = (
    "+12055550132",
    "+13055550132",
    "+18005550132",
    "+33199001234",
    "+447700900123",
    "+16025550132",
)
AUSTRALIA, INDIA, MONTREAL = "+61491570156", "+918123456789", "+15145550166"
PACIFIC, EASTERN, CENTRAL = "America/Los_Angeles", "America/New_York", "America/Chicago"
MINUTE = timedelta(minutes=1)

phones = st.sampled_from(
    [CALIFORNIA, TEXAS, KENTUCKY, RHODE_ISLAND, ALABAMA, TOLL_FREE, PARIS, NOWHERE, AUSTRALIA, INDIA, ARIZONA]
)
states = st.sampled_from([None, "TX", "RI", "HI", "Alabama", "nowhere"])
zones = st.sampled_from(
    [
        EASTERN,
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Asia/Beirut",
        "Pacific/Apia",
        "America/Santiago",
        "UTC",
    ]
)
instants = st.integers(1_735_689_600, 1_830_297_600).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
clock_times = st.integers(0, 24 * 60).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    start, end = sorted(draw(st.lists(clock_times, min_size=2, max_size=2, unique=True)))
    return Hours(start, end, sunday=draw(st.booleans()))


def at(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def following(now: datetime, phone: str, **changes: Any) -> datetime:
    given: dict[str, Any] = {"state": None, "fallback_zone": EASTERN, "hours": DEFAULT, "regions": REGIONS}
    return next_allowed(now, phone, **given | changes).at


def is_allowed(instant: datetime, zone: str, hours: Hours) -> bool:
    """Said once more, without looking ahead."""
    local = instant.astimezone(ZoneInfo(zone))
    window = hours.on(local.weekday())
    return window is not None and window[0] <= local.strftime("%H:%M") < window[1]


@pytest.mark.parametrize(
    ("phone", "now", "zone", "then"),
    [
        # 2026-11-20 is a Friday.
        (CALIFORNIA, "2026-11-20T12:00", PACIFIC, "2026-11-20T12:00"),
        (CALIFORNIA, "2026-11-20T09:00", PACIFIC, "2026-11-20T09:00"),
        (CALIFORNIA, "2026-11-20T08:59:59", PACIFIC, "2026-11-20T09:00"),
        (CALIFORNIA, "2026-11-20T19:59:59", PACIFIC, "2026-11-20T19:59:59"),
        (CALIFORNIA, "2026-11-20T20:00", PACIFIC, "2026-11-21T09:00"),
        (CALIFORNIA, "2026-11-22T03:00", PACIFIC, "2026-11-22T09:00"),
        # Noon in New York is nine in San Francisco.
        (CALIFORNIA, "2026-11-20T11:00", EASTERN, "2026-11-20T12:00"),
        (NEW_YORK, "2026-11-20T23:30", EASTERN, "2026-11-21T09:00"),
        (TEXAS, "2026-11-22T09:30", CENTRAL, "2026-11-22T12:00"),
        (TEXAS, "2026-11-21T09:30", CENTRAL, "2026-11-21T09:30"),
        (TEXAS, "2026-11-21T20:30", CENTRAL, "2026-11-22T12:00"),
        (KENTUCKY, "2026-11-20T09:15", EASTERN, "2026-11-20T10:00"),
        (RHODE_ISLAND, "2026-11-20T18:00", EASTERN, "2026-11-21T10:00"),
        (RHODE_ISLAND, "2026-11-22T17:00", EASTERN, "2026-11-23T09:00"),
        (ALABAMA, "2026-11-21T20:00", CENTRAL, "2026-11-23T09:00"),
        (PARIS, "2026-11-21T18:00", "Europe/Paris", "2026-11-23T09:00"),
        (PARIS, "2026-11-21T09:30", "Europe/Paris", "2026-11-21T10:00"),
        (INDIA, "2026-11-20T06:00", "Asia/Kolkata", "2026-11-20T09:00"),
        (NOWHERE, "2026-11-20T06:00", EASTERN, "2026-11-20T09:00"),
        # The fallback decides for a number that is nowhere.
        (TOLL_FREE, "2026-11-20T06:00", EASTERN, "2026-11-20T09:00"),
        (TOLL_FREE, "2026-11-20T19:00", EASTERN, "2026-11-20T19:00"),
        # An Australian mobile may be on the Cocos Islands, where it is nine when it is half past one in Sydney.
        (AUSTRALIA, "2026-11-20T06:00", "Indian/Cocos", "2026-11-20T09:00"),
        (AUSTRALIA, "2026-11-20T19:59", "Australia/Sydney", "2026-11-20T19:59"),
        (AUSTRALIA, "2026-11-20T20:00", "Australia/Sydney", "2026-11-21T13:30"),
    ],
)
def test_next_allowed_keeps_to_the_hours_of_the_number(phone: str, now: str, zone: str, then: str) -> None:
    assert following(at(now, zone), phone) == at(then, zone)


@pytest.mark.parametrize(
    ("phone", "state", "now", "zone", "then"),
    [
        # The profile's state counts beside that of the area code, and the stricter of the two decides.
        (NEW_YORK, "RI", "2026-11-20T18:30", EASTERN, "2026-11-21T10:00"),
        (RHODE_ISLAND, "NY", "2026-11-20T18:30", EASTERN, "2026-11-21T10:00"),
        (TEXAS, "Alabama", "2026-11-22T13:00", CENTRAL, "2026-11-23T09:00"),
        # Whoever has moved east is asleep while it is still seven in the evening where the number comes from.
        (CALIFORNIA, "NY", "2026-11-20T20:30", EASTERN, "2026-11-21T12:00"),
        (CALIFORNIA, "NY", "2026-11-20T13:00", EASTERN, "2026-11-20T13:00"),
        # A state in two zones adds none when the number is in one of them.
        (TEXAS, "TX", "2026-11-20T09:00", CENTRAL, "2026-11-20T09:00"),
        # A toll-free number is where its state is.
        (TOLL_FREE, "CA", "2026-11-20T10:00", EASTERN, "2026-11-20T12:00"),
        (TOLL_FREE, "TX", "2026-11-20T09:00", CENTRAL, "2026-11-20T10:00"),
        # Western Australia, not Washington.
        (AUSTRALIA, "WA", "2026-11-20T09:00", "Indian/Cocos", "2026-11-20T09:00"),
        (PARIS, "US-TX", "2026-11-20T09:00", "Europe/Paris", "2026-11-20T17:00"),
    ],
)
def test_next_allowed_keeps_to_the_state_of_the_profile(phone: str, state: str, now: str, zone: str, then: str) -> None:
    assert following(at(now, zone), phone, state=state) == at(then, zone)


@pytest.mark.parametrize(
    ("hours", "now", "then"),
    [
        # The clocks went forward at 2:00 on 2026-03-08 and go back at 2:00 on 2026-11-01 in the USA.
        (DEFAULT, at("2026-03-07T20:00", PACIFIC), at("2026-03-08T09:00", PACIFIC)),
        (DEFAULT, at("2026-10-31T20:00", PACIFIC), at("2026-11-01T09:00", PACIFIC)),
        (DEFAULT, at("2026-11-01T08:59", PACIFIC), at("2026-11-01T09:00", PACIFIC)),
        # 2:30 does not exist on that day: it begins when the clock is put to 3:00.
        (Hours("02:30", "04:00"), datetime(2026, 3, 8, 9, 0, tzinfo=UTC), datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
        # Nothing of 2:10 to 2:50 exists on that day.
        (Hours("02:10", "02:50"), datetime(2026, 3, 8, 9, 0, tzinfo=UTC), at("2026-03-09T02:10", PACIFIC)),
        # 1:15 to 1:45 comes twice.
        (Hours("01:15", "01:45"), at("2026-11-01T01:00", PACIFIC), at("2026-11-01T01:15", PACIFIC)),
        (Hours("01:15", "01:45"), at("2026-11-01T01:50", PACIFIC), at("2026-11-01T01:15", PACIFIC, fold=1)),
        (Hours("01:15", "01:45"), at("2026-11-01T01:50", PACIFIC, fold=1), at("2026-11-02T01:15", PACIFIC)),
        # The clock is put back into the hours, past their start.
        (Hours("00:30", "01:30"), at("2026-11-01T01:40", PACIFIC), at("2026-11-01T01:00", PACIFIC, fold=1)),
    ],
)
def test_next_allowed_follows_the_clock_when_it_is_put(hours: Hours, now: datetime, then: datetime) -> None:
    assert following(now, CALIFORNIA, hours=hours, regions={}) == then


def test_next_allowed_keeps_a_wide_store_inside_the_regions() -> None:
    all_day = Hours("00:00", "24:00")

    in_florida = following(at("2026-11-20T20:30", EASTERN), FLORIDA, hours=all_day)
    in_arizona = following(at("2026-11-20T23:59", "America/Phoenix"), ARIZONA, hours=all_day)

    assert in_florida == at("2026-11-21T08:00", EASTERN)
    assert in_arizona == at("2026-11-20T23:59", "America/Phoenix")


def test_next_allowed_takes_the_regions_hours_where_the_stores_lie_outside() -> None:
    evenings = Hours("19:00", "21:00")

    assert following(at("2026-11-20T19:30", EASTERN), RHODE_ISLAND, hours=evenings) == at("2026-11-21T10:00", EASTERN)


def test_next_allowed_leaves_it_to_the_fallback_where_the_zones_have_no_hour_in_common() -> None:
    nine_to_ten, sydney = Hours("09:00", "10:00"), "Australia/Sydney"

    then = following(at("2026-11-20T06:00", sydney), AUSTRALIA, hours=nine_to_ten, fallback_zone=sydney)

    assert then == at("2026-11-20T09:00", sydney)


def test_next_allowed_leaves_it_to_the_state_where_it_has_no_hour_in_common_with_the_number() -> None:
    morning = at("2026-11-20T06:00", EASTERN)

    then = following(morning, CALIFORNIA, state="NY", hours=Hours("09:00", "11:00"), fallback_zone=PACIFIC)

    assert then == at("2026-11-20T09:00", EASTERN)


def test_next_allowed_takes_regions_that_are_set_elsewhere() -> None:
    regions = {"CA": Hours("11:00", "12:00")}

    assert following(at("2026-11-20T06:00", EASTERN), MONTREAL, regions=regions) == at("2026-11-20T11:00", EASTERN)


def test_next_allowed_takes_hours_as_json_has_them() -> None:
    told: dict[str, Any] = {"start": "11:00", "end": "12:00", "weekend": ["10:00", "11:00"], "sunday": False}

    then = following(at("2026-11-20T12:00", EASTERN), MONTREAL, regions={"CA": Hours(**told)})

    assert then == at("2026-11-21T10:00", EASTERN)


def test_next_allowed_refuses_regions_without_a_common_hour() -> None:
    regions = {"US-TX": Hours("09:00", "10:00"), "US-AL": Hours("10:00", "11:00")}

    with pytest.raises(ValueError, match="no hour in common"):
        following(at("2026-11-20T06:00", CENTRAL), TEXAS, state="AL", regions=regions)


def test_next_allowed_refuses_a_naive_instant() -> None:
    with pytest.raises(ValueError, match="naive"):
        following(datetime(2026, 11, 20, 12), CALIFORNIA)  # noqa: DTZ001 - that is the point


@settings(max_examples=60, deadline=None)
@given(instants, phones, states, zones)
def test_next_allowed_is_allowed_by_all_and_stays(now: datetime, phone: str, state: str | None, zone: str) -> None:
    then = following(now, phone, state=state, fallback_zone=zone)

    assert now <= then <= now + WITHIN
    assert then.tzinfo is UTC
    assert following(then, phone, state=state, fallback_zone=zone) == then
    every = [DEFAULT, *(REGIONS[key] for key in region_of(phone, state) if key in REGIONS)]
    code = code_of(state) if phone == TOLL_FREE else None
    where = STATES[code].zones if code else _known_zones(phone) or (zone,)
    assert all(is_allowed(then, each, hours) for each in where for hours in every)


@settings(max_examples=60, deadline=None)
@example(at("2026-03-28T22:30", "Asia/Beirut"), "Asia/Beirut", Hours("00:10", "00:40"))
@example(at("2026-10-24T22:30", "Asia/Beirut"), "Asia/Beirut", Hours("23:10", "23:40", sunday=False))
@example(at("2026-04-04T22:30", "America/Santiago"), "America/Santiago", Hours("23:00", "24:00", sunday=False))
@example(at("2026-04-05T00:30", "Australia/Lord_Howe"), "Australia/Lord_Howe", Hours("01:15", "01:45"))
@given(instants, zones, some_hours())
def test_next_allowed_misses_nothing_before(now: datetime, zone: str, hours: Hours) -> None:
    then = following(now, NOWHERE, fallback_zone=zone, hours=hours)

    assert is_allowed(then, zone, hours)
    waited = int((then - now) / MINUTE)
    looked_at = {*range(0, waited, 7), *range(max(0, waited - 120), waited)}
    assert [minutes for minutes in looked_at if is_allowed(now + minutes * MINUTE, zone, hours)] == []
    assert then == now or not is_allowed(then - timedelta(seconds=1), zone, hours)


@pytest.mark.parametrize(
    ("phone", "state", "keys"),
    [
        (TEXAS, None, ("US", "US-TX")),
        (TEXAS, "Rhode Island", ("US", "US-TX", "US-RI")),
        (TEXAS, " tx. ", ("US", "US-TX")),
        (NEW_YORK, None, ("US",)),
        (NEW_YORK, "NY", ("US", "US-NY")),
        (NEW_YORK, "us-ct", ("US", "US-CT")),
        (NEW_YORK, "Ontario", ("US",)),
        (TOLL_FREE, "KY", ("US", "US-KY")),
        (MONTREAL, "QC", ("CA",)),
        (PARIS, None, ("FR",)),
        (PARIS, "TX", ("FR",)),
        (PARIS, "US-TX", ("FR", "US-TX")),
        (AUSTRALIA, "WA", ("AU",)),
        (NOWHERE, None, ("GB",)),
    ],
)
def test_region_of_knows_country_area_code_and_profile(phone: str, state: str | None, keys: tuple[str, ...]) -> None:
    assert region_of(phone, state) == keys


@pytest.mark.parametrize(
    ("phone", "found"),
    [
        (CALIFORNIA, (PACIFIC,)),
        (PARIS, ("Europe/Paris",)),
        (NOWHERE, ("UTC",)),
        (ARIZONA, ("America/Phoenix",)),
        (TOLL_FREE, ("UTC",)),
    ],
)
def test_zones_are_the_numbers_or_the_fallback(phone: str, found: tuple[str, ...]) -> None:
    assert (_known_zones(phone) or ("UTC",)) == found


def test_every_zone_is_known_here() -> None:
    named = {zone for zones in TIMEZONE_DATA.values() for zone in zones} | {
        zone for state in STATES.values() for zone in state.zones
    }

    assert all(ZoneInfo(zone) for zone in named)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "9:00"},
        {"end": "20"},
        {"end": "24:01"},
        {"start": "20:00"},
        {"start": "21:00"},
        {"weekend": ("18:00", "10:00")},
        {"sunday_start": "20:00"},
        {"sunday_start": "noon"},
    ],
)
def test_hours_refuse_what_is_no_stretch_of_a_day(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="are no hours"):
        Hours(**{"start": "09:00", "end": "20:00"} | wrong)


def test_hours_differ_by_the_day() -> None:
    hours = Hours("09:00", "18:00", weekend=("10:00", "17:00"), sunday_start="12:00")

    assert [hours.on(weekday) for weekday in (4, 5, 6)] == [("09:00", "18:00"), ("10:00", "17:00"), ("12:00", "17:00")]
    assert Hours("09:00", "18:00", sunday=False).on(6) is None


def test_states_with_hours_of_their_own_have_area_codes() -> None:
    with_codes = {f"US-{code}" for code, state in STATES.items() if state.area_codes}

    assert with_codes == {key for key in REGIONS if key.startswith("US-")}


def test_area_codes_are_those_that_libphonenumber_knows() -> None:
    known = {code: _state_at(code) for code in map(str, range(201, 990))}

    regulated = {code: state for code, state in known.items() if state and STATES[state].area_codes}

    assert {code: at_area(code) for code in regulated} == regulated
    assert sorted(regulated) == sorted(code for state in STATES.values() for code in state.area_codes.split())


def _state_at(area_code: str) -> str | None:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area_code}5550132"))
    return code_of(geocoder.description_for_number(number, "en").split(", ")[-1])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("TX", "TX"),
        ("tx", "TX"),
        (" Tx. ", "TX"),
        ("US-TX", "TX"),
        ("texas", "TX"),
        ("New  York", "NY"),
        ("D.C.", "DC"),
    ],
)
def test_code_of_reads_a_state(written: str, code: str) -> None:
    assert code_of(written) == code


@pytest.mark.parametrize("written", [None, "", "Bavaria", "QC", "T X", "New South Wales"])
def test_code_of_knows_no_other_places(written: str | None) -> None:
    assert code_of(written) is None
