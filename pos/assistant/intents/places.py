"""What is asked of places: when they are open, and where they are."""

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_time

from pos.assistant.found import Intent
from pos.assistant.sentences import brief, day
from pos.assistant.slots import Said
from pos.assistant.tools import places as tools
from pos.assistant.tools.places import Addresses, Hours, Place
from pos.messaging.inbox import Asked
from pos.messaging.wording import say


def worded_hours(found: Hours, language: str) -> list[str]:
    if all(each.spans is None for each in found.places):
        return [say("hours_unknown", language, {})]
    known = [each for each in found.places if each.spans is not None]
    if len(found.places) == 1:
        return [_when(known[0], language)]
    return [f"{brief(each.name)}: {_when(each, language)}" for each in known]


def _when(place: Place, language: str) -> str:
    return _on_day(place, place.on, language) if place.on else _today(place, language)


def _on_day(place: Place, on: date, language: str) -> str:
    facts = {"day": day(on, language), "spans": _listed(place, language)}
    return say("hours_on" if place.spans else "closed_on", language, facts)


def _listed(place: Place, language: str) -> str:
    return ", ".join(f"{_time(starts, language)}-{_time(ends, language)}" for starts, ends in place.spans or ())


def _today(place: Place, language: str) -> str:
    if not place.spans and not place.open_until:
        return say("closed_today", language, {})
    spans = _listed(place, language)
    now = say("open_now", language, {"until": _time(place.open_until, language)}) if place.open_until else None
    return say(
        "hours",
        language,
        {"spans": spans or say("closed", language, {}), "now": now or say("closed_now", language, {})},
    )


def _time(clock: str, language: str) -> str:
    return str(format_time(time.fromisoformat(clock), "short", locale=language))


def worded_where(found: Addresses, language: str) -> list[str]:
    known = [each for each in found.places if each.address]
    if not known:
        return [say("address_unknown", language, {})]
    return [f"{brief(each.name)}: {each.address}." for each in known]


def _day(said: Said, asked: Asked) -> Any:
    """The day that was meant: a weekday is the next one. None for one that is over."""
    if said.period is None:
        return tools.OnDay()
    today = asked.now.astimezone(ZoneInfo(asked.timezone)).date()
    on = said.period.from_on
    if said.period.weekday is not None:
        on = today + timedelta(days=(said.period.weekday - today.weekday()) % 7)
    return tools.OnDay(on) if said.period.days == 1 and on >= today else None


INTENTS = (
    Intent(
        "hours",
        tools.HOURS,
        worded_hours,
        words={"en": ("hours",), "es": ("horario",)},
        examples={
            "en": ("hours", "what are your hours", "when do you open", "are you open", "when do you close", "when are you open", "how late are you open", "opening hours", "until when are you open"),
            "es": ("horario", "cual es el horario", "cuando abren", "estan abiertos", "a que hora cierran", "hasta que hora abren", "a que hora abren", "hasta cuando abren", "abren"),
        },
        about="anybody",
        takes=frozenset({"day"}),
        fill=_day,
    ),
    Intent(
        "locations",
        tools.WHERE,
        worded_where,
        examples={
            "en": ("where are you", "address", "what is your address", "where are you located", "locations", "how do I get there", "where can I find you", "how many locations do you have"),
            "es": ("donde estan", "direccion", "cual es la direccion", "donde quedan", "donde estan ubicados", "sucursales", "cuantas sucursales tienen", "como llegar"),
        },
        about="anybody",
    ),
)  # fmt: skip
