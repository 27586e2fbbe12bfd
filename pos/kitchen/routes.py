"""JSON of stations, and of how long things take."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pos import clock
from pos.db import find, glance, rows_of, transaction
from pos.errors import Invalid
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer, if_match
from pos.http.etag import etag, require_match
from pos.http.paging import page
from pos.kitchen import actions, schemas, times
from pos.kitchen.models import Station

blueprint = Blueprint("stations", __name__, description="Stations of the kitchen, and how long things take there")
LONGEST = timedelta(days=366)


@blueprint.route("/stations")
@allow("cashier")
@blueprint.arguments(schemas.StationPage, location="query")
@blueprint.response(200, schemas.StationList)
def list_stations(wanted: dict[str, Any]) -> Any:
    """The stations at which things are made"""
    paging = {name: wanted.pop(name) for name in ("limit", "after") if name in wanted}
    with transaction(caller().store.id):
        return page(rows_of(Station).filter_by(**wanted), Station, **paging)


@blueprint.route("/stations", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.StationNew)
@blueprint.response(201, schemas.StationOut)
def create_station(body: dict[str, Any]) -> Any:
    """Add a station; categories and products say that they are made there (station_id)"""
    with transaction(caller().store.id, actor=caller().actor):
        station = actions.create_station(body)
        return station, 201, etag(station.version)


@blueprint.route("/stations/<uuid:station_id>")
@allow("cashier")
@blueprint.response(200, schemas.StationOut)
def read_station(station_id: UUID) -> Any:
    """One station"""
    with transaction(caller().store.id):
        station = find(Station, station_id)
        return station, 200, etag(station.version)


@blueprint.route("/stations/<uuid:station_id>", methods=["PATCH"])
@allow("manager")
@if_match
@blueprint.arguments(schemas.StationChange)
@blueprint.response(200, schemas.StationOut)
def change_station(body: dict[str, Any], station_id: UUID) -> Any:
    """Rename a station, move it in the order of stations, close or open it"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        station = find(Station, station_id, lock=True)
        require_match(station)
        actions.change_station(station, body)
        session.flush()
        return station, 200, etag(station.version)


@blueprint.route("/kitchen/times")
@allow("manager")
@blueprint.arguments(schemas.TimesAsked, location="query")
@blueprint.response(200, schemas.TimesList)
def read_times(asked: dict[str, Any]) -> Any:
    """How long things take, by product: from the round to ready, and from begun to ready"""
    until = asked.get("until") or clock.now()
    since = asked.get("since") or until - timedelta(days=7)
    if not since < until <= since + LONGEST:
        raise Invalid(reason=f"Ask for {LONGEST.days} days at most; until is after since.", pointer="/since")
    with glance(caller().store.id):
        found = times.of_products(since, until, asked.get("location_id"))
    return answer({"data": [vars(each) for each in found], "since": since, "until": until})
