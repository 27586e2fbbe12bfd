"""TapPass: the programme in figures, members and their ledger, the rules with their rehearsal and history, rewards, who should join."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import Response, request

from pos import clock
from pos.catalog.prices import DAYS
from pos.checkout.opportunities import list_opportunities
from pos.db import glance, transaction
from pos.errors import Invalid, NotFound
from pos.http.access import allow, caller
from pos.loyalty import queries as members_queries
from pos.loyalty import rules as rulebook
from pos.web.office import actors, tables
from pos.web.office.exports import as_file
from pos.web.office.frame import area, shown, writing
from pos.web.office.loyalty import lists, program_words, queries
from pos.web.office.loyalty.program_words import Told

blueprint = area("loyalty", __name__)
_LINES = 30
_INVITED = 25
_RANKS = (("points", "the points joining would bring"), ("visits", "visits"), ("spend", "what they spent"))
_NEWEST = 2**31


@blueprint.get("/loyalty")
@allow("manager")
def index() -> str:
    """The programme in figures."""
    store, now = caller().store, clock.now()
    with transaction(store.id):
        counted, owed = queries.levels(members_queries.current_rules(store.currency))
        weeks = queries.joined_by_week(clock.business_day(now, store.timezone), store.timezone)
        held, redeemed, worth = queries.held(now), queries.redeemed(now), queries.point_worth(now)
    facts = {"levels": counted, "owed": owed, "weeks": weeks, "held": held, "redeemed": redeemed, "worth": worth}
    return shown("loyalty/index.html", **facts)


@blueprint.get("/loyalty/members")
@allow("manager")
def members() -> str:
    """All members, the newest first."""
    table = _members()
    asked = tables.Asked.of(table, request.args)
    with transaction(caller().store.id):
        found = tables.found(table, asked, writing())
    return shown("loyalty/members.html", found=found)


@blueprint.get("/loyalty/members.csv")
@allow("manager")
def export() -> Response:
    """The same as CSV, all of them."""
    return as_file(_members())


@blueprint.get("/loyalty/members/<uuid:member>")
@allow("manager")
def one_member(member: UUID) -> str:
    """One member: points, level, lots, codes, and every line of the ledger with why and by whom."""
    with transaction(caller().store.id):
        known = members_queries.by_id(member)
        ledger = members_queries.ledger(known["id"], limit=_LINES, after=request.args.get("after"))
        facts = {
            "expiries": queries.expiries(known["id"]),
            "lots": queries.lots(known["id"]),
            "codes": queries.codes(known["id"]),
            "rewards": [each for each in queries.rewards() if each["is_active"]],
            "who": actors.named(line["actor"] for line in ledger["data"]),
        }
    return shown("loyalty/member.html", member=known, ledger=ledger, most_lots=queries.MOST_LOTS, **facts)


@blueprint.get("/loyalty/program")
@allow("manager")
def program() -> str:
    """The rules in force in sentences; for owners a form, filled with those of an older version if one is asked for."""
    store = caller().store
    with transaction(store.id):
        current = members_queries.program(store.currency)
        filled = _version_asked(current)
        names = queries.names([*program_words.named(current["rules"]), *program_words.named(filled["rules"])])
        choices = queries.choices()
    facts = {"current": current, "filled": filled, "names": names, "choices": choices, "days": DAYS}
    return shown("loyalty/program.html", **facts, sentences=Told(writing(), names).sentences(current["rules"]))


@blueprint.get("/loyalty/program/history")
@allow("manager")
def history() -> str:
    """Who changed the rules when, and what they said before."""
    with transaction(caller().store.id):
        found = _versions(_whole("before", _NEWEST))
        names = queries.names(each for version in found for each in program_words.named(version["rules"]))
        who = actors.named(version["actor"] for version in found if version["actor"])
    told = Told(writing(), names)
    shown_versions = [
        {**version, "who": who.get(version["actor"]), "changes": told.changes(before["rules"], version["rules"])}
        for version, before in pairwise(found)
    ]
    has_more = bool(found) and found[-1]["version"] > rulebook.BUILT_IN_VERSION
    return shown("loyalty/history.html", versions=shown_versions, has_more=has_more)


@blueprint.get("/loyalty/rewards")
@allow("manager")
def rewards() -> str:
    """What points buy."""
    with transaction(caller().store.id):
        found, choices = queries.rewards(), queries.choices()
    return shown("loyalty/rewards.html", rewards=found, products=choices["products"])


@blueprint.get("/loyalty/rewards/<uuid:reward_id>")
@allow("manager")
def one_reward(reward_id: UUID) -> str:
    """One reward, to be renamed, repriced or retired. Raises NotFound."""
    with transaction(caller().store.id):
        found = queries.rewards(reward_id)
    if not found:
        raise NotFound(what="reward")
    return shown("loyalty/reward.html", reward=found[0])


@blueprint.get("/loyalty/opportunities")
@allow("manager")
def opportunities() -> str:
    """Who is no member yet and would have most from it. Raises Invalid."""
    store, by = caller().store, request.args.get("by", "points")
    if by not in dict(_RANKS):
        raise Invalid(reason="Choose one from the list.", pointer="/by")
    with transaction(store.id):
        rules = members_queries.current_rules(store.currency)
        after = request.args.get("after")
        found = list_opportunities(rules, store.timezone, clock.now(), by=by, limit=_INVITED, after=after)
    return shown("loyalty/opportunities.html", found=found, by=by, ranks=_RANKS, joining_days=rules.joining_days)


def _members() -> tables.Table:
    store = caller().store
    with glance(store.id):
        return lists.members([level.name for level in members_queries.current_rules(store.currency).levels])


def _version_asked(current: dict[str, Any]) -> dict[str, Any]:
    """The programme of the version in the address; without one, that in force. Raises Invalid, NotFound."""
    version = _whole("version", current["version"])
    if version == current["version"]:
        return current
    for found in _versions(version + 1):
        if found["version"] == version:
            return found
    raise NotFound(what="version")


def _versions(before: int) -> list[dict[str, Any]]:
    """The versions before one, newest first; the built-in rules are the first of them."""
    found = queries.versions(before)
    if len(found) <= queries.MOST_VERSIONS and before > rulebook.BUILT_IN_VERSION:
        built_in = rulebook.built_in(caller().store.currency)
        found.append({"version": rulebook.BUILT_IN_VERSION, "rules": built_in, "actor": None, "since": None})
    return found


def _whole(name: str, otherwise: int) -> int:
    """A whole number in the address. Raises Invalid."""
    text = request.args.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < len(str(_NEWEST))):
        raise Invalid(reason="Write a whole number.", pointer=f"/{name}")
    return int(text) if text else otherwise
