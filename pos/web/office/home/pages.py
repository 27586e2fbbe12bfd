"""What happened today, and what waits for a person."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request

from pos import clock
from pos.attention.models import AttentionItem
from pos.db import find, transaction
from pos.errors import Invalid
from pos.http.access import allow, caller
from pos.web.office.frame import area, is_part, shown, writing
from pos.web.office.home import chart, figures, items
from pos.web.office.home.days import Place
from pos.web.office.home.kinds import KINDS
from pos.web.office.tables import day_begins, page_number
from pos.web.office.writing import METHOD_NAMES

blueprint = area("home", __name__)
# On the page of the day; all of them have a page of their own.
NEWEST = 5


@blueprint.get("/", strict_slashes=False)
@allow("cashier")
def index() -> str:
    """The day so far, or one that is over. What asks for itself every half minute (htmx) is its figures alone."""
    who, now = caller(), clock.now()
    is_short = is_part() or not who.reaches("manager")
    with transaction(who.store.id):
        places = figures.places()
        location = _location(places)
        chosen, on = figures.chosen_of(places, location), _day(now)
        day = figures.of_day(chosen, now, on)
        # What is owed and what waits is of now.
        more = {} if is_short or on else _for_managers(now)
        facts: dict[str, Any] = {"day": day, "now": now, "on": on, "today": _today(now), "methods": METHOD_NAMES}
        facts |= {"places": places, "location": location, "chosen": chosen, "height": chart.HEIGHT}
        template = "home/day.html" if is_part() else "home/index.html"
        return shown(template, **facts, slots=chart.slots(day.today.hours, day.then.hours), **more)


@blueprint.get("/attention")
@allow("manager")
def attention() -> str:
    """What waits for a person; or what was settled, by whom and how."""
    kind, is_settled = request.args.get("kind", ""), request.args.get("settled") == "yes"
    if kind and kind not in KINDS:
        raise Invalid(reason="Choose one of the kinds in the list.", pointer="/kind")
    page = page_number(request.args.get("page") or "1")
    with transaction(caller().store.id):
        found, has_more = items.listed(is_open=not is_settled, kind=kind or None, page=page, say=writing())
        asked = {"kind": kind, "settled": is_settled, "page": page, "has_more": has_more}
        return shown("home/attention.html", found=found, kinds=_kinds(), **asked)


@blueprint.get("/attention/<uuid:item_id>")
@allow("manager")
def one(item_id: UUID) -> str:
    """One item, open or settled."""
    with transaction(caller().store.id):
        [told] = items.told([find(AttentionItem, item_id)], writing())
        return shown("home/item.html", told=told)


def _for_managers(now: Any) -> dict[str, Any]:
    waiting, has_more = items.listed(is_open=True, kind=None, page=1, say=writing())
    return {
        "liability": figures.liability(now),
        "waiting": waiting[:NEWEST],
        "has_more": has_more or len(waiting) > NEWEST,
    }


def _location(places: list[Place]) -> UUID | None:
    """The one that the address names. Raises Invalid."""
    typed = request.args.get("location", "")
    found = next((place.id for place in places if str(place.id) == typed), None)
    if typed and found is None:
        raise Invalid(reason="Choose one of the locations in the list.", pointer="/location")
    return found


def _day(now: datetime) -> date | None:
    """The day that the address names, if it is over by the store's clock. Raises Invalid."""
    typed = request.args.get("day", "").strip()
    if not typed:
        return None
    day, today = day_begins(typed, writing()).date(), _today(now)
    if day > today:
        raise Invalid(reason="That day has not come yet. Choose today or a day before.", pointer="/day")
    return day if day < today else None


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(caller().store.timezone)).date()


def _kinds() -> list[tuple[str, str]]:
    return sorted(((name, kind.title) for name, kind in KINDS.items()), key=lambda each: each[1])
