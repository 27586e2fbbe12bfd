"""What was made in Stripe's name (the sandbox's truth.json) against what the books hold, once all that was told is heard."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from soak.product import rows

Truth = Mapping[str, Any]

_PAYMENTS = "SELECT provider_id, amount, status FROM payments WHERE method = 'stripe'"
_REFUNDS = "SELECT provider_id, amount, status FROM refunds WHERE provider_id IS NOT NULL"
_UNKNOWN_REFUNDS = """
    SELECT r.id::text, r.status, r.source FROM refunds r JOIN payments p ON p.store_id = r.store_id AND p.id = r.payment_id
     WHERE p.method = 'stripe' AND r.provider_id IS NULL AND r.status IN ('pending', 'succeeded') AND r.source <> 'dispute'
"""
_DISPUTES = "SELECT provider_id, amount, status FROM disputes"
_LIVE = "SELECT provider_id FROM payment_links WHERE status IN ('creating', 'active')"
_CLOSED_AND_OPEN = """
    SELECT l.id::text FROM payment_links l
     WHERE l.status NOT IN ('creating', 'active')
       AND (l.is_open OR EXISTS (SELECT FROM sandbox_objects s WHERE s.kind = 'checkout.session'
                                    AND s.body ->> 'payment_link' = l.provider_id AND s.body ->> 'status' = 'open'))
"""
_WAITING = """
    SELECT e.event_id || ' ' || e.type FROM provider_events e
     WHERE NOT EXISTS (SELECT FROM provider_event_outcomes c WHERE c.store_id = e.store_id AND c.event_id = e.id)
"""


def truth_of(port: int) -> Truth:
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        line.request("GET", "/_sandbox/stripe/truth.json")
        return dict(json.loads(line.getresponse().read()))


def lost(truth: Truth, acknowledged: Iterable[str]) -> Iterator[str]:
    """Sessions whose guests were told that they have paid, and that are not complete."""
    complete = set(truth["sessions"]["complete"])
    yield from (
        f"the payment in the session {each} was acknowledged and is lost" for each in set(acknowledged) - complete
    )


def asked_twice(_books: Any, truth: Truth) -> Iterator[str]:
    """What Stripe was asked for under one id of ours is there once."""
    for what, made in (("link", truth["links"]["by_link_id"]), ("refund", truth["refunds"]["by_refund_id"])):
        for our_id, theirs in made.items():
            if len(theirs) > 1:
                yield f"Stripe was asked for the {what} {our_id} {len(theirs)} times"


def payments(books: Any, truth: Truth) -> Iterator[str]:
    """What was paid at Stripe is in the books, to the unit, and nothing else is; nor does anything wait for an answer."""
    paid = {each["id"]: (each["amount"], "succeeded") for each in truth["payments"]["list"]}
    known = {row[0]: row[1:] for row in rows(books, _PAYMENTS) if row[2] not in ("failed", "canceled")}
    yield from _differences("payment", paid, known)


def refunds(books: Any, truth: Truth) -> Iterator[str]:
    """What went back, and how it ended."""
    made = {each["id"]: (each["amount"], each["status"]) for each in truth["refunds"]["list"]}
    yield from _differences("refund", made, {row[0]: row[1:] for row in rows(books, _REFUNDS)})
    for refund_id, status, source in rows(books, _UNKNOWN_REFUNDS):
        yield f"the {status} refund {refund_id} ({source}) is not known to Stripe"


def disputes(books: Any, truth: Truth) -> Iterator[str]:
    states = {"won": "won", "lost": "lost"}
    made = {each["id"]: (each["amount"], states.get(each["status"], "open")) for each in truth["disputes"]}
    yield from _differences("dispute", made, {row[0]: row[1:] for row in rows(books, _DISPUTES)})


def links(books: Any, truth: Truth) -> Iterator[str]:
    """Somebody can pay by the links that live here, and by no others."""
    for link_id in truth["links"]["active"]:
        if (link_id,) not in rows(books, _LIVE):
            yield f"the link {link_id} takes money at Stripe and has ended here"
    yield from (f"the link {row[0]} has ended, and is open at Stripe" for row in rows(books, _CLOSED_AND_OPEN))


def events(books: Any, _truth: Truth) -> Iterator[str]:
    yield from (f"the event {row[0]} is kept without an outcome" for row in rows(books, _WAITING))


CHECKS: tuple[Callable[[Any, Truth], Iterator[str]], ...] = (asked_twice, payments, refunds, disputes, links, events)


def violations(books: Any, truth: Truth) -> Iterator[str]:
    """A sentence for each thing in which the books (a superuser's connection) are not what was made at Stripe."""
    for check in CHECKS:
        yield from check(books, truth)


def _differences(what: str, made: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    for provider_id in made.keys() | known.keys():
        if made.get(provider_id) != known.get(provider_id):
            yield f"the {what} {provider_id} is {made.get(provider_id)} at Stripe, and {known.get(provider_id)} in the books"
