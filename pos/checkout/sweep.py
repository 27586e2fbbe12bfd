"""What was left undone is done, and what Stripe knows better is believed: no lost call, job or event costs more than minutes.

`sweep` goes through the rows that say that something is to be done. `reconcile` asks Stripe about what is open and runs the same
step that its events run.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog

from pos import clock
from pos.attention.actions import raise_once
from pos.checkout import events, flows, settle, settle_back
from pos.db import transaction
from pos.payments import facts, told
from pos.payments.gateway import Declined, Down, Object, StripeFailure, Unclear
from pos.statements import Statement

# Jobs of their own do most of it at once; what is older than this, they have lost.
_OVERDUE = timedelta(seconds=20)
_STUCK_AFTER = timedelta(hours=6)
_PATIENCE = 3
# Stripe tries to deliver an event for three days. A server may be off for weeks, a dispute open for some months; by a link that was
# closed nobody pays, unless its page was open when Stripe did not hear us.
WAITING_KEPT, _ENDED_LOOKED_BACK = timedelta(days=3), timedelta(days=1)
REFUNDS_LOOKED_BACK, DISPUTES_LOOKED_BACK = timedelta(days=30), timedelta(days=120)

_LINKS = Statement("""
    SELECT id, CASE WHEN status NOT IN ('creating', 'active') THEN 'close' WHEN expires_at <= :now THEN 'expire' ELSE 'make' END
      FROM payment_links
     WHERE store_id = :store AND (status IN ('creating', 'active') OR is_open)
       AND (expires_at <= :now OR status = 'creating' AND updated_at < :overdue
            OR status NOT IN ('creating', 'active') AND updated_at < :overdue)
     ORDER BY id
""")
_REFUNDS = Statement("""
    SELECT id FROM refunds
     WHERE store_id = :store AND status = 'pending' AND request_key IS NOT NULL AND provider_id IS NULL
       AND coalesce(sent_at, created_at) < :overdue
     ORDER BY id
""")
_OPEN_LINKS = Statement("""
    SELECT l.provider_id, l.account FROM payment_links l
     WHERE l.store_id = :store AND l.provider_id IS NOT NULL
       AND (l.status = 'active' OR (l.status <> 'completed' AND l.updated_at > :since)
            OR EXISTS (SELECT FROM payments p WHERE p.store_id = :store AND p.link_id = l.id AND p.status = 'pending'))
     ORDER BY l.id
""")
_PENDING_PAYMENTS = Statement("""
    SELECT p.provider_id, p.account, l.id, l.currency FROM payments p
      JOIN payment_links l ON l.store_id = p.store_id AND l.id = p.link_id
     WHERE p.store_id = :store AND l.store_id = :store AND p.status = 'pending'
""")
_PENDING_REFUNDS = Statement("""
    SELECT DISTINCT p.provider_id, p.account FROM refunds r JOIN payments p ON p.store_id = r.store_id AND p.id = r.payment_id
     WHERE r.store_id = :store AND r.status = 'pending' AND r.provider_id IS NOT NULL
""")
_ACCOUNTS = Statement("""
    SELECT DISTINCT account FROM payments WHERE store_id = :store AND method = 'stripe' AND created_at > :since
""")

# A refund of ours that Stripe has not taken for so long needs a person: the customer waits for the money.
_STUCK = Statement("""
    SELECT id, order_id, amount FROM refunds
     WHERE store_id = :store AND status = 'pending' AND request_key IS NOT NULL AND provider_id IS NULL AND created_at < :before
""")
_KNOWN_REFUNDS = Statement(
    "SELECT provider_id, status FROM refunds WHERE store_id = :store AND provider_id = ANY(:ids)"
)

Say = Callable[[str], None]
log = structlog.get_logger()


class _Turn:
    """One pass over what is open in a store. What fails is left for the next pass, so that one thing which Stripe cannot or will
    not do never holds up the others; but if Stripe is away, each of them would take half a minute, so some failures are enough."""

    def __init__(self) -> None:
        self._failures: list[StripeFailure] = []

    @contextmanager
    def step(self, asked: object) -> Iterator[None]:
        try:
            yield
        except Declined as error:
            log.warning("stripe_refused_one", asked=str(asked), code=error.code)
        except (Down, Unclear) as error:
            self._failures.append(error)
            if sum(isinstance(failure, Unclear) for failure in self._failures) == _PATIENCE:
                raise

    def end(self) -> None:
        """Raises the first failure, for the log and for whoever waits."""
        if self._failures:
            raise self._failures[0]


def sweep(store_id: UUID) -> Counter[str]:
    """Does what its own job has not done: makes and closes links, ends those whose time is over, sends refunds, applies
    events that were too early. Gives what was done. Raises Down, Unclear, after the rest was tried."""
    turn = _Turn()
    done = _sweep(store_id, turn)
    turn.end()
    return done


def reconcile(store_id: UUID, say: Say = lambda _: None) -> Counter[str]:
    """Compares the books with Stripe's lists and settles what they lack; gives what was found. May be repeated at any time.
    Raises Down, Unclear, after the rest was tried."""
    turn = _Turn()
    done = _sweep(store_id, turn)
    say("sweep done")
    with transaction(store_id):
        open_links = _OPEN_LINKS.rows(since=clock.now() - _ENDED_LOOKED_BACK)
        pending = _PENDING_REFUNDS.rows()
    for number, (provider_link, account) in enumerate(open_links, start=1):
        with turn.step(provider_link):
            done["payments found"] += flows.settle_sessions(store_id, provider_link, account)
        say(f"open links {number}/{len(open_links)}")
    _look_at_pending_payments(store_id, turn, done)
    for intent, account in pending:
        with turn.step(intent):
            _settle_refunds(store_id, flows.gateway().refunds(payment_intent=intent, account=account), account, done)
    with transaction(store_id):
        # Also the account of a payment that was only just found.
        accounts = [row[0] for row in _ACCOUNTS.rows(since=clock.now() - DISPUTES_LOOKED_BACK)]
    for account in accounts:
        say(f"refunds and disputes of {account or 'the key’s own account'}")
        with turn.step(account):
            _look_at_account(store_id, account, done)
    with transaction(store_id):
        done["events of others"] += events.give_up_waiting(clock.now() - WAITING_KEPT)
    turn.end()
    return +done


def _sweep(store_id: UUID, turn: _Turn) -> Counter[str]:
    now, done = clock.now(), Counter[str]()
    with transaction(store_id):
        links = _LINKS.rows(now=now, overdue=now - _OVERDUE)
        refunds = _REFUNDS.rows(overdue=now - _OVERDUE)
        waited_for = events.waited_for(now - WAITING_KEPT)
        for refund_id, order_id, amount in _STUCK.rows(before=now - _STUCK_AFTER):
            detail = {"refund_id": str(refund_id), "amount": amount, "failure": "Stripe has not taken it for hours."}
            raise_once("refund_failed", f"orders:{order_id}", **detail)
    for intent in waited_for:
        # Each with its own locks: those of several orders would be taken in no order.
        with transaction(store_id, actor="stripe"):
            events.apply_waiting(intent, now)
    steps = {"make": flows.make_link, "expire": flows.expire_link, "close": flows.close_link}
    # First what needs no call: what has expired here must not wait for Stripe.
    for link_id, step in sorted(links, key=lambda link: link[1] != "expire"):
        with turn.step(link_id):
            steps[step](store_id, link_id)
            done[f"links to {step}"] += 1
    for (refund_id,) in refunds:
        with turn.step(refund_id):
            flows.send_refund(store_id, refund_id)
            done["refunds sent"] += 1
    return done


def _look_at_pending_payments(store_id: UUID, turn: _Turn, done: Counter[str]) -> None:
    """A payment that a bank refused leaves its session as it was; the payment intent says so."""
    with transaction(store_id):
        pending = _PENDING_PAYMENTS.rows()
    for intent_id, account, link_id, currency in pending:
        with turn.step(intent_id):
            intent = flows.gateway().payment_intent(intent_id, account=account)
            if intent["status"] in ("requires_payment_method", "canceled"):
                ours = facts.Ours(link_id=link_id)
                fact = facts.SessionPaid(intent_id, None, intent["amount"], currency, "failed", ours)
                done["payments failed"] += _settle_failure(store_id, fact, account)


def _settle_failure(store_id: UUID, fact: facts.SessionPaid, account: str | None) -> bool:
    with transaction(store_id, actor="stripe"):
        link = told.link_of(fact.ours, None, account)
        return bool(link and settle.session_paid(fact, link, account, clock.now()).outcome == "applied")


def _look_at_account(store_id: UUID, account: str | None, done: Counter[str]) -> None:
    now, gateway = clock.now(), flows.gateway()
    since = {"gte": int((now - REFUNDS_LOOKED_BACK).timestamp())}
    _settle_refunds(store_id, gateway.refunds(created=since, account=account), account, done)
    since = {"gte": int((now - DISPUTES_LOOKED_BACK).timestamp())}
    for dispute in gateway.disputes(created=since, account=account):
        fact = facts.disputed(dispute)
        with transaction(store_id, actor="stripe"):
            payment = told.money_by(fact.payment_intent, account)
            if payment and settle_back.disputed(fact, payment, now).outcome == "applied":
                done["disputes found"] += 1


def _settle_refunds(store_id: UUID, refunds: list[Object], account: str | None, done: Counter[str]) -> None:
    """Stripe lists the newest first; what was made after another one had failed comes after it."""
    with transaction(store_id):
        known = set(_KNOWN_REFUNDS.rows(ids=[refund["id"] for refund in refunds])) if refunds else set()
    for refund in reversed(refunds):
        if (refund["id"], facts.refunded(refund).status) not in known:
            done["refunds found"] += flows.settle_refund(store_id, refund, account)
