"""What was left undone is done, and what Stripe knows better is believed: no lost call, job or event costs more than minutes.

`sweep` goes through the rows that say that something is to be done. `reconcile` asks Stripe about what is open and runs the same
step that its events run.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from pos import clock
from pos.checkout import events, flows, settle, settle_back
from pos.db import transaction
from pos.payments import facts, told
from pos.payments.gateway import Declined, Down, Object, StripeFailure, Unclear
from pos.statements import Statement

# Jobs of their own do most of it at once; what is older than this, they have lost.
_OVERDUE = timedelta(seconds=20)
_PATIENCE = 3
# Stripe tries to deliver for three days; a dispute may stay open for some months.
REFUNDS_LOOKED_BACK, DISPUTES_LOOKED_BACK, WAITING_KEPT = timedelta(days=3), timedelta(days=120), timedelta(days=3)

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
       AND (l.status = 'active' OR EXISTS (SELECT FROM payments p WHERE p.store_id = :store AND p.link_id = l.id AND p.status = 'pending'))
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

Say = Callable[[str], None]
log = structlog.get_logger()


def sweep(store_id: UUID) -> Counter[str]:
    """Does what its own job has not done: makes and closes links, ends those whose time is over, sends refunds, applies
    events that were too early. Gives what was done. Raises Down, Unclear, after the rest was tried."""
    now = clock.now()
    with transaction(store_id):
        links = _LINKS.rows(now=now, overdue=now - _OVERDUE)
        refunds = _REFUNDS.rows(overdue=now - _OVERDUE)
        waited_for = events.waited_for()
    for intent in waited_for:
        # Each with its own locks: those of several orders would be taken in no order.
        with transaction(store_id, actor="stripe"):
            events.apply_waiting(intent, now)
    steps = {"make": flows.make_link, "expire": flows.expire_link, "close": flows.close_link}
    work = [(f"links to {step}", partial(steps[step], store_id, link_id)) for link_id, step in links]
    work += [("refunds sent", partial(flows.send_refund, store_id, refund_id)) for (refund_id,) in refunds]
    done: Counter[str] = Counter()
    failures: list[StripeFailure] = []
    for what, step in work:
        try:
            step()
            done[what] += 1
        except (Down, Unclear) as error:
            failures.append(error)
            # One that Stripe cannot do must not hold up the others; but if it is away, each takes half a minute.
            if len(failures) == _PATIENCE:
                break
    if failures:
        raise failures[0]
    return done


def reconcile(store_id: UUID, say: Say = lambda _: None) -> Counter[str]:
    """Compares the books with Stripe's lists and settles what they lack; gives what was found. May be repeated at any time.
    Raises Down, Unclear."""
    done = sweep(store_id)
    say("sweep done")
    with transaction(store_id):
        open_links, pending = _OPEN_LINKS.rows(), _PENDING_REFUNDS.rows()
    for number, (provider_link, account) in enumerate(open_links, start=1):
        with _refused_alone(provider_link):
            done["payments found"] += flows.settle_sessions(store_id, provider_link, account)
        say(f"open links {number}/{len(open_links)}")
    _look_at_pending_payments(store_id, done)
    for intent, account in pending:
        with _refused_alone(intent):
            _settle_refunds(store_id, flows.gateway().refunds(payment_intent=intent, account=account), account, done)
    with transaction(store_id):
        # Also the account of a payment that was only just found.
        accounts = [row[0] for row in _ACCOUNTS.rows(since=clock.now() - DISPUTES_LOOKED_BACK)]
    for account in accounts:
        say(f"refunds and disputes of {account or 'the key’s own account'}")
        with _refused_alone(account):
            _look_at_account(store_id, account, done)
    with transaction(store_id):
        done["events of others"] += events.give_up_waiting(clock.now() - WAITING_KEPT)
    return +done


@contextmanager
def _refused_alone(asked: str | None) -> Iterator[None]:
    """What Stripe does not want to tell of one thing must not keep the others from being asked about."""
    try:
        yield
    except Declined as error:
        log.warning("stripe_refused_to_tell", asked=asked, code=error.code)


def _look_at_pending_payments(store_id: UUID, done: Counter[str]) -> None:
    """A payment that a bank refused leaves its session as it was; the payment intent says so."""
    with transaction(store_id):
        pending = _PENDING_PAYMENTS.rows()
    for intent_id, account, link_id, currency in pending:
        with _refused_alone(intent_id):
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
    done["refunds found"] += sum(flows.settle_refund(store_id, refund, account) for refund in reversed(refunds))
