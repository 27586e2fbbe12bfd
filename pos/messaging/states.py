"""The states of the USA: how they are written, their time zones, and the area codes of those with sending hours of their own.

An area code says where a number was given out; the phone may have moved since. Public facts of the North American Numbering
Plan; tests compare the area codes with libphonenumber.
"""

from dataclasses import dataclass

EAST, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"


@dataclass(frozen=True)
class State:
    """A state: its name, its time zones, and its area codes if they are of use."""

    name: str
    zones: tuple[str, ...]
    area_codes: str = ""


STATES = {
    "AK": State(
        "Alaska",
        ("America/Anchorage", "America/Adak"),
    ),
    "AL": State("Alabama", (CENTRAL,), "205 251 256 334 659 938"),
    "AR": State("Arkansas", (CENTRAL,)),
    "AZ": State("Arizona", ("America/Phoenix",)),
    "CA": State(
        "California",
        (PACIFIC,),
        "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 840 858 909 916 925 949 951",
    ),
    "CO": State("Colorado", (MOUNTAIN,)),
    "CT": State("Connecticut", (EAST,), "203 475 860 959"),
    "DC": State("District of Columbia", (EAST,)),
    "DE": State("Delaware", (EAST,)),
    "FL": State(
        "Florida",
        (EAST, CENTRAL),
        "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    ),
    "GA": State("Georgia", (EAST,)),
    "HI": State("Hawaii", ("Pacific/Honolulu",)),
    "IA": State("Iowa", (CENTRAL,)),
    "ID": State(
        "Idaho",
        (MOUNTAIN, PACIFIC),
    ),
    "IL": State("Illinois", (CENTRAL,), "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872"),
    "IN": State(
        "Indiana",
        (EAST, CENTRAL),
    ),
    "KS": State(
        "Kansas",
        (CENTRAL, MOUNTAIN),
    ),
    "KY": State(
        "Kentucky",
        (EAST, CENTRAL),
        "270 364 502 606 859",
    ),
    "LA": State("Louisiana", (CENTRAL,), "225 318 337 504 985"),
    "MA": State("Massachusetts", (EAST,), "339 351 413 508 617 774 781 857 978"),
    "MD": State("Maryland", (EAST,), "227 240 301 410 443 667"),
    "ME": State("Maine", (EAST,)),
    "MI": State(
        "Michigan",
        (EAST, CENTRAL),
        "231 248 269 313 517 586 616 734 810 906 947 989",
    ),
    "MN": State("Minnesota", (CENTRAL,), "218 320 507 612 651 763 952"),
    "MO": State("Missouri", (CENTRAL,)),
    "MS": State("Mississippi", (CENTRAL,), "228 601 662 769"),
    "MT": State("Montana", (MOUNTAIN,)),
    "NC": State("North Carolina", (EAST,)),
    "ND": State(
        "North Dakota",
        (CENTRAL, MOUNTAIN),
    ),
    "NE": State(
        "Nebraska",
        (CENTRAL, MOUNTAIN),
    ),
    "NH": State("New Hampshire", (EAST,)),
    "NJ": State("New Jersey", (EAST,), "201 551 609 640 732 848 856 862 908 973"),
    "NM": State("New Mexico", (MOUNTAIN,), "505 575"),
    "NV": State("Nevada", (PACIFIC,), "702 725 775"),
    "NY": State("New York", (EAST,)),
    "OH": State("Ohio", (EAST,)),
    "OK": State("Oklahoma", (CENTRAL,), "405 539 572 580 918"),
    "OR": State(
        "Oregon",
        (MOUNTAIN, PACIFIC),
    ),
    "PA": State("Pennsylvania", (EAST,)),
    "RI": State("Rhode Island", (EAST,), "401"),
    "SC": State("South Carolina", (EAST,)),
    "SD": State(
        "South Dakota",
        (CENTRAL, MOUNTAIN),
    ),
    "TN": State(
        "Tennessee",
        (EAST, CENTRAL),
    ),
    "TX": State(
        "Texas",
        (CENTRAL, MOUNTAIN),
        "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 936 940 945 956 972 979",
    ),
    "UT": State("Utah", (MOUNTAIN,)),
    "VA": State("Virginia", (EAST,)),
    "VT": State("Vermont", (EAST,)),
    "WA": State("Washington", (PACIFIC,)),
    "WI": State("Wisconsin", (CENTRAL,)),
    "WV": State("West Virginia", (EAST,)),
    "WY": State("Wyoming", (MOUNTAIN,)),
}
_BY_NAME = {state.name.casefold(): code for code, state in STATES.items()}
_BY_AREA = {area: code for code, state in STATES.items() for area in state.area_codes.split()}


def code_of(written: str | None) -> str | None:
    """The code of a state as somebody wrote it: TX, us-tx, Texas; None for what is no state of the USA."""
    plain = " ".join((written or "").replace(".", "").split()).casefold().removeprefix("us-")
    return plain.upper() if plain.upper() in STATES else _BY_NAME.get(plain)


def at_area(code: str) -> str | None:
    """The state in which an area code (three digits) was given out, if the state has sending hours of its own."""
    return _BY_AREA.get(code)
