"""Reports: a page for each, with the days, what its rows are of, its figures, a picture and a table. The numbers are those of GET /reports."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from pos import clock
from pos.analytics.reports.catalogue import REPORTS, report
from pos.analytics.reports.routes import asked_by
from pos.analytics.reports.shape import Asked
from pos.db import db, rows_of, transaction
from pos.errors import Invalid
from pos.http.access import allow, caller
from pos.stores.models import Location
from pos.web.office.frame import area, shown, writing
from pos.web.office.reports import pictures, words
from pos.web.office.reports.ranges import ranges

blueprint = area("reports", __name__)
# More rows than anybody reads: the CSV has all.
MOST_ROWS = 200
_FIELDS = {"/from": "from", "/to": "to", "/by": "by", "/location_id": "location_id"}


@blueprint.get("/reports/sales")
@allow("manager")
def sales() -> str:
    """What was sold, and the money that came in and went back."""
    return _page("sales")


@blueprint.get("/reports/products")
@allow("manager")
def products() -> str:
    """What was sold of each thing."""
    return _page("products")


@blueprint.get("/reports/customers")
@allow("manager")
def customers() -> str:
    """Who came, who came back, and what they are worth."""
    return _page("customers")


@blueprint.get("/reports/loyalty")
@allow("manager")
def loyalty() -> str:
    """Points that came and went, and what is owed."""
    return _page("loyalty")


@blueprint.get("/reports/messages")
@allow("manager")
def messages() -> str:
    """Texts, and what became of them."""
    return _page("messages")


@dataclass
class _Typed:
    """What somebody asks for, as it stands in the fields; what is wrong with it, by field."""

    values: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.values[name]) if self.values[name] else None
        except ValueError:
            self.faults[name] = "Write the day as year-month-day, like 2026-11-21."
            return None

    def location(self) -> UUID | None:
        try:
            return UUID(self.values["location_id"]) if self.values["location_id"] else None
        except ValueError:
            self.faults["location_id"] = "Choose a location from the list."
            return None


def _page(name: str) -> str:
    """Wrong days are told at their field; then there are no figures."""
    store, now = caller().store, clock.now()
    typed = _Typed({each: request.args.get(each, "").strip() for each in ("from", "to", "by", "location_id")})
    asked = _asked(name, typed, now)
    with transaction(store.id):
        places = db.session.scalars(rows_of(Location).order_by(Location.name, Location.id)).all()
        facts = _facts(name, asked, typed) if asked else {"found": None, "asked": None}
        return shown(
            "reports/report.html", name=name, typed=typed, places=places, kind=REPORTS[name], words=words,
            titles=[words.title_of(each) for each in REPORTS[name].by],
            ranges=ranges(clock.business_day(now, store.timezone)), **facts,
        )  # fmt: skip


def _asked(name: str, typed: _Typed, now: datetime) -> Asked | None:
    """What is asked for, if all of it can be read."""
    query: dict[str, Any] = {
        "first_on": typed.day("from"), "last_on": typed.day("to"), "location_id": typed.location(),
    }  # fmt: skip
    if typed.values["by"]:
        query["by"] = typed.values["by"]
    if typed.faults:
        return None
    try:
        return asked_by(name, query, now, caller().store)
    except Invalid as error:
        _told(typed, error)
        return None


def _facts(name: str, asked: Asked, typed: _Typed) -> dict[str, Any]:
    try:
        found = report(name, asked)
    except Invalid as error:
        _told(typed, error)
        return {"found": None, "asked": asked}
    shown_columns = [column for column in found.columns if column.kind != "id"]
    picture = pictures.picture_of(name, asked.by, found, writing())
    figures = words.figures(name, found, writing()) if found.data or name == "loyalty" else []
    return {
        "found": found, "asked": asked, "columns": shown_columns, "picture": picture, "figures": figures, "most": MOST_ROWS,
        "csv": _query_of(asked),
    }  # fmt: skip


def _query_of(asked: Asked) -> str:
    """The same question to the API, as a file."""
    parameters = {
        "from": asked.first_on,
        "to": asked.last_on,
        "by": asked.by,
        "location_id": asked.location_id,
        "format": "csv",
    }
    return urlencode({name: value for name, value in parameters.items() if value is not None})


def _told(typed: _Typed, error: Invalid) -> None:
    typed.faults[_FIELDS.get(error.facts.get("pointer", ""), "by")] = str(error)
