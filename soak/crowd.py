"""A crowd of customers in every state of consent, and at every hour of the day: who of them a campaign may reach, by a table, and what
it must not have done, by what Twilio was given."""

import json
import random
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from soak.product import rows

BODY = "The new beer is here."
TAG = "crowd"
# Where a number is by its beginning, which five signs follow. At each moment it is day for some of them, and night for others.
PLACES = {
    "+1415556": "America/Los_Angeles",
    "+1212556": "America/New_York",
    "+1808556": "Pacific/Honolulu",
    "+49151123": "Europe/Berlin",
    "+8190123": "Asia/Tokyo",
}
FOREIGN = "+3361234"
OPENS, CLOSES = time(9), time(20)
GRANTED, ASKED, REFUSED = ("marketing", True, False), ("marketing", True, True), ("marketing", False, False)
WALK_IN = "walk-in"
STOP, START = ("sms", False, False), ("sms", True, False)

# What forbids any text, not only a campaign's.
_FORBIDS_ALL = ("opted_out", "number_unusable", "country")


@dataclass(frozen=True)
class State:
    """The answers in their order (purpose, granted, pending), and why no text may go there; None: it may."""

    answers: tuple[tuple[str, bool, bool], ...]
    reason: str | None = None


STATES = {
    "never asked": State((), "no_consent"),
    "granted": State((GRANTED,)),
    "granted late": State((REFUSED, GRANTED)),
    "refused": State((REFUSED,), "no_consent"),
    "withdrawn": State((GRANTED, REFUSED), "no_consent"),
    "pending": State((ASKED,), "no_consent"),
    "confirmed": State((ASKED, GRANTED)),
    "stopped": State((GRANTED, STOP), "opted_out"),
    "restarted": State((GRANTED, STOP, START)),
    "only restarted": State((STOP, START), "no_consent"),
    "unusable": State((GRANTED,), "number_unusable"),
    "foreign": State((GRANTED,), "country"),
}


@dataclass(frozen=True)
class Person:
    id: str
    state: str
    phone: str | None
    zone: str | None

    def may_be_texted(self, at: datetime) -> bool:
        """Whether a campaign may reach them at all, and it is day where they are."""
        if self.zone is None or STATES[self.state].reason:
            return False
        return OPENS <= at.astimezone(ZoneInfo(self.zone)).time() < CLOSES

    def morning_after(self, at: datetime) -> datetime:
        """When it may, if it is night."""
        local = at.astimezone(ZoneInfo(self.zone or "UTC"))
        day = local.date() + timedelta(days=local.time() >= OPENS)
        return datetime.combine(day, OPENS, local.tzinfo)


@dataclass(frozen=True)
class Crowd:
    """Who is there, the campaign to them, and the ids of texts about their orders, which any of them may get who has not said STOP."""

    store_id: str
    campaign_id: str
    people: list[Person]
    orders: dict[str, Person]


_STORE = """
    UPDATE stores SET sms_polled_at = now(), settings = settings || jsonb_build_object('messaging', coalesce(settings -> 'messaging', '{}') || %s ::jsonb)
     WHERE id = %s
"""
_RULES = {
    "countries": ["US", "DE", "JP"],
    "quiet_start": f"{OPENS:%H:%M}",
    "quiet_end": f"{CLOSES:%H:%M}",
    "new_numbers_per_block_hour": 10_000,
    "segments_day": 1_000_000,
}
_CUSTOMERS = """
    INSERT INTO customers (store_id, id, version, phone, origin, register_id, name, marketing_consent, sms_consent, sms_unusable_at)
    SELECT %(store)s, c.id, 1, c.phone, c.origin, c.register_id, 'Ada', c.marketing, c.sms, CASE WHEN c.is_unusable THEN now() END
      FROM json_to_recordset(%(rows)s) AS c (id uuid, phone text, origin text, register_id uuid, marketing boolean, sms boolean, is_unusable boolean)
"""
_PROFILES = """
    INSERT INTO profiles (store_id, customer_id, tags)
    SELECT %(store)s, c.id, ARRAY[%(tag)s] FROM json_to_recordset(%(rows)s) AS c (id uuid)
"""
_WORDS = """
    INSERT INTO customer_words (store_id, word, customer_id)
    SELECT %(store)s, w.word, c.id
      FROM json_to_recordset(%(rows)s) AS c (id uuid, phone text)
     CROSS JOIN LATERAL (VALUES ('ada'), ('#' || lower(%(tag)s)), ('…' || right(c.phone, 4))) AS w (word)
     WHERE w.word IS NOT NULL
"""
_CONSENTS = """
    INSERT INTO consents (store_id, id, customer_id, purpose, granted, is_pending, source, wording, wording_version, actor, created_at)
    SELECT %(store)s, gen_random_uuid(), c.customer_id, c.purpose, c.granted, c.is_pending, 'register', 'May we?', '2026-11-en', 'soak',
           now() - interval '1 day' + make_interval(secs => c.turn)
      FROM json_to_recordset(%(rows)s) AS c (customer_id uuid, purpose text, granted boolean, is_pending boolean, turn int)
"""
_CAMPAIGN = """
    INSERT INTO campaigns (store_id, id, version, name, body, language, segment, status, started_at, actor)
    VALUES (%s, %s, 1, 'To the crowd', %s, 'en', %s, 'sending', now(), 'soak')
"""
_ORDERS = """
    INSERT INTO messages (store_id, id, direction, customer_id, phone, body, purpose, template, status, actor)
    SELECT %(store)s, c.id, 'out', c.customer_id, c.phone, 'Order ' || c.id || ' is ready.', 'transactional', 'by_hand', 'queued', 'soak'
      FROM json_to_recordset(%(rows)s) AS c (id uuid, customer_id uuid, phone text)
"""
_JOB = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', %s, %s)"
_REGISTER = (
    "SELECT id FROM registers r WHERE store_id = %s AND NOT EXISTS (SELECT FROM customers c WHERE c.register_id = r.id)"
)
_MESSAGES = """
    SELECT customer_id::text, status, permit ->> 'reason', permit ->> 'failure', not_before, sending_at, settled_at
      FROM messages WHERE campaign_id = %s
"""
_OF_ORDERS = "SELECT id::text, status, permit ->> 'reason' FROM messages WHERE id = ANY(%s ::uuid[])"
_AT_TWILIO = "SELECT body ->> 'to', body ->> 'body' FROM sandbox_objects WHERE kind = 'message' AND body ->> 'direction' <> 'inbound'"
_ON_THE_WAY = """
    SELECT count(*) FROM messages WHERE store_id = %s AND (status IN ('sending', 'unknown') OR status = 'queued' AND not_before <= now())
"""


def planted(books: Any, store_id: str, size: int, chance: random.Random) -> Crowd:
    """Writes the crowd, its campaign, and a text about an order for one in five, through a superuser's connection."""
    # A register's walk-in is one customer, whom it may have already.
    registers = [str(row[0]) for row in rows(books, _REGISTER, store_id)][:1]
    people = [_person(number, chance) for number in range(size)] + [
        Person(_new_id(), WALK_IN, None, None) for _ in registers
    ]
    keys: dict[str, Any] = {"store": store_id, "tag": TAG}
    rows(books, _STORE, json.dumps(_RULES), store_id)
    known = [_customer(each, registers) for each in people]
    _many(books, _CUSTOMERS, known, keys)
    _many(books, _PROFILES, known, keys)
    _many(books, _WORDS, known, keys)
    _many(books, _CONSENTS, [answer for each in people for answer in _answers(each)], keys)
    crowd = Crowd(store_id, _new_id(), people, {_new_id(): each for each in people[::5] if each.phone})
    _many(books, _ORDERS, [{"id": key, "customer_id": p.id, "phone": p.phone} for key, p in crowd.orders.items()], keys)
    rows(books, _CAMPAIGN, store_id, crowd.campaign_id, BODY, json.dumps({"tags": [TAG]}))
    ask(books, "messaging.send_campaign", store_id=store_id, campaign_id=crowd.campaign_id)
    return crowd


def ask(books: Any, job: str, **arguments: str) -> None:
    """Has the worker do a job."""
    rows(books, _JOB, job, json.dumps(arguments))


def on_the_way(books: Any, crowd: Crowd) -> int:
    """How many texts are still to leave, or to be settled; what waits for the morning is none of them."""
    return int(rows(books, _ON_THE_WAY, crowd.store_id)[0][0])


def given_to_twilio(books: Any) -> list[tuple[str, str]]:
    """Each text that Twilio took: to whom, and what."""
    return [(phone, body) for phone, body in rows(books, _AT_TWILIO)]


def violations(books: Any, crowd: Crowd, begun: datetime, ended: datetime, *, most_dropped: int) -> Iterator[str]:
    """A sentence for each thing that should not be. A campaign's text whose worker died is dropped: nobody knows more than that."""
    given = Counter(given_to_twilio(books))
    of_campaign = Counter(phone for (phone, body), count in given.items() if BODY in body for _ in range(count))
    written = {row[0]: row[1:] for row in rows(books, _MESSAGES, crowd.campaign_id)}
    dropped = 0
    for each in crowd.people:
        count, row = of_campaign[each.phone or ""], written.get(each.id)
        is_dropped = row is not None and row[0] == "failed" and count == 0 and each.may_be_texted(begun)
        dropped += is_dropped
        if not is_dropped and each.may_be_texted(begun) == each.may_be_texted(ended):
            yield from _wrong(each, count, row, begun)
    if dropped > most_dropped:
        yield f"{dropped} texts of the campaign were dropped, at most {most_dropped} can have been in hand"
    yield from _wrong_orders(books, crowd, given)


def figures(books: Any, crowd: Crowd) -> dict[str, Any]:
    """How many there were of each, to print."""
    written = rows(books, _MESSAGES, crowd.campaign_id)
    return {
        "customers": len(crowd.people),
        "of each state": dict(sorted(Counter(each.state for each in crowd.people).items())),
        "campaign": dict(sorted(Counter(f"{row[1]} {row[2] or row[3] or ''}".strip() for row in written).items())),
        "orders": dict(sorted(Counter(row[1] for row in rows(books, _OF_ORDERS, list(crowd.orders))).items())),
        "given to Twilio": len(given_to_twilio(books)),
    }


def _wrong(each: Person, count: int, row: Any, begun: datetime) -> Iterator[str]:
    who = f"{each.state} in {each.zone}"
    if count > 1:
        yield f"{who} got the campaign {count} times"
    if each.phone is None:
        if row is not None:
            yield f"{who} was written to"
        return
    if row is None:
        yield f"{who} has no row"
        return
    status, reason, _, not_before = row[:4]
    expected: tuple[str, str | None, int]
    if STATES[each.state].reason:
        expected = ("suppressed", STATES[each.state].reason, 0)
    elif each.may_be_texted(begun):
        expected = ("sent", None, 1)
    else:
        expected = ("held", "quiet_hours", 0)
        if status == "held" and not_before != each.morning_after(begun):
            yield f"{who} is held until {not_before}, not until {each.morning_after(begun)}"
    if ("sent" if status == "delivered" else status, reason, count) != expected:
        yield f"{who} is {(status, reason, count)} instead of {expected}"


def _wrong_orders(books: Any, crowd: Crowd, given: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """What a customer waits for arrives, once."""
    bodies = Counter[str]()
    for (_, body), count in given.items():
        bodies[body] += count
    for key, status, reason in rows(books, _OF_ORDERS, list(crowd.orders)):
        each, count = crowd.orders[key], bodies[f"Order {key} is ready."]
        why_not = STATES[each.state].reason
        wanted = ("suppressed", why_not, 0) if why_not in _FORBIDS_ALL else ("sent", None, 1)
        if ("sent" if status == "delivered" else status, reason, count) != wanted:
            yield f"the text about an order of {each.state} is {(status, reason, count)} instead of {wanted}"


def _person(number: int, chance: random.Random) -> Person:
    state = list(STATES)[number % len(STATES)]
    prefix = FOREIGN if state == "foreign" else chance.choice(list(PLACES))
    digits = 4 if prefix.startswith("+1") or prefix == FOREIGN else 5
    return Person(_new_id(), state, f"{prefix}{number:0{digits}d}", PLACES.get(prefix, "Europe/Paris"))


def _new_id() -> str:
    return str(uuid.uuid4())


def _customer(each: Person, registers: list[str]) -> dict[str, Any]:
    is_walk_in = each.state == WALK_IN
    latest = {purpose: granted for purpose, granted, is_pending in _said(each) if not is_pending}
    return {
        "id": each.id,
        "phone": each.phone,
        "origin": "walk_in" if is_walk_in else "counter",
        "register_id": registers[0] if is_walk_in else None,
        "marketing": latest.get("marketing"),
        "sms": latest.get("sms"),
        "is_unusable": each.state == "unusable",
    }


def _said(each: Person) -> tuple[tuple[str, bool, bool], ...]:
    return STATES[each.state].answers if each.state in STATES else ()


def _answers(each: Person) -> list[dict[str, Any]]:
    return [
        {"customer_id": each.id, "purpose": purpose, "granted": granted, "is_pending": is_pending, "turn": turn}
        for turn, (purpose, granted, is_pending) in enumerate(_said(each))
    ]


def _many(books: Any, statement: str, made: list[dict[str, Any]], keys: dict[str, Any]) -> None:
    with books.cursor() as cursor:
        cursor.execute(statement, keys | {"rows": json.dumps(made)})
