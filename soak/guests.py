"""What happens with payment links: tablets ask for them, guests pay at Stripe's (the sandbox's) page, money goes back, and
Stripe has its troubles. Operations as in soak/load.py."""

import re
from collections.abc import Callable, Iterator, Mapping

from soak.load import Fact, Paid, Sent, Shop, basket, expect, guest, new_sale, send_sale
from soak.tablet import Tablet

_SESSION = re.compile(r'name="session" value="([^"]+)"')
_INTENT = re.compile(r'name="payment_intent" value="([^"]+)"')
OUTCOMES = {"pay": 60, "later": 15, "decline": 15, "twice": 10}
# What Stripe does to a call, and how often at most: its own library tries three times.
FAULTS = ("500", "429", "timeout_before", "timeout_after", "reset")
CALLS = (
    "POST /v1/payment_links",
    "POST /v1/refunds",
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions",
    "GET /v1/refunds",
)
MOST_TIMES = 6
# Guests mostly pay soon, so that they meet at the same links.
_NEWEST = 12


def sell_by_link(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """A sale that asks for its link at once."""
    sent = new_sale(tablet, guest(tablet.chance) | basket(tablet.chance) | {"payment_link": {}})
    yield sent
    yield from send_sale(tablet, shop, sent)
    if sent.id:
        shop.linked.append(sent.id)


def ask_for_a_link(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """For an order that others may be paying at the counter or canceling meanwhile."""
    yield from ()
    order_id = shop.an_unpaid_order(tablet.chance)
    if order_id is None:
        return
    answer = tablet.post(f"/orders/{order_id}/payment-link", {})
    if answer.status in (200, 201):
        shop.linked.append(order_id)
        if tablet.chance.random() < 0.3:
            shop.unpaid.appendleft(order_id)
    elif answer.status not in (409, 422):
        expect(tablet, answer, 201, what="a link")


def withdraw_a_link(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """While the guest may be in front of the open page."""
    yield from ()
    if shop.linked:
        order_id = tablet.chance.choice(list(shop.linked))
        answer = tablet.ask("DELETE", f"/orders/{order_id}/payment-link")
        expect(tablet, answer, 200, what="the withdrawal of a link")


def pay_by_link(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """A guest opens the page, waits a little, and acts. Who was sent on to the thanks has paid."""
    yield from ()
    url = _page(tablet, shop)
    if url is None:
        return
    page = tablet.browse("GET", url)
    found = _SESSION.search(page.body) if page.status == 200 else None
    if found is None:
        return
    tablet.rest(tablet.chance.choice((0, 0, 1.5)))
    outcome = tablet.chance.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
    answer = tablet.browse("POST", url, {"outcome": outcome, "session": found[1]})
    if answer.status == 303:
        yield Paid(found[1])
        if outcome == "later" and tablet.chance.random() < 0.5:
            decided = tablet.chance.choice(("later_succeeds", "later_fails"))
            tablet.browse("POST", url, {"outcome": decided, "session": found[1]})
        if outcome == "pay" and tablet.chance.random() < 0.2:
            _give_back_in_the_dashboard(tablet, f"{url}?session={found[1]}")
    elif answer.status not in (200, 410):
        expect(tablet, answer, 303, what="a payment by link")


def _page(tablet: Tablet, shop: Shop) -> str | None:
    """The path of Stripe's page for an order with a link; None as long as the worker has not made it."""
    if not shop.linked:
        return None
    newest = list(shop.linked)[-_NEWEST:]
    answer = tablet.get(f"/orders/{tablet.chance.choice(newest)}")
    expect(tablet, answer, 200, what="an order")
    url: str | None = (answer.body.get("payment_link") or {}).get("provider_url")
    return url[url.index("/_sandbox") :] if url else None


def _give_back_in_the_dashboard(tablet: Tablet, page: str) -> None:
    found = _INTENT.search(tablet.browse("GET", page).body)
    if found:
        form = {"payment_intent": found[1], "amount": str(tablet.chance.choice((60, 110)))}
        tablet.browse("POST", "/_sandbox/refunds", form)


def give_money_back(tablet: Tablet, shop: Shop) -> Iterator[Fact]:
    """A part of what was paid by link or at the counter, with a key; perhaps nothing is there any more."""
    known = [*shop.linked, *(sent.id for sent in shop.sold if sent.id)]
    if not known:
        return
    order_id = tablet.chance.choice(known)
    sent = Sent("refund", tablet.new_key(), {"amount": tablet.chance.choice((70, 130)), "reason": "flat"}, order_id)
    yield sent
    answer = tablet.post(f"/orders/{order_id}/refunds", sent.body, sent.key, as_="owner")
    if answer.status in (409, 422):
        sent.is_refused = True
    elif expect(tablet, answer, 201, what="a refund"):
        sent.id = answer.body["refunded"][0]["request_id"]


def trouble_stripe(tablet: Tablet, _shop: Shop) -> Iterator[Fact]:
    """Stripe fails, refuses or says nothing for some calls from now on."""
    yield from ()
    chance = tablet.chance
    fault = {"provider": "stripe", "match": chance.choice(CALLS), "fault": chance.choice(FAULTS)}
    faults = [fault | {"times": chance.randint(1, MOST_TIMES)}]
    expect(tablet, tablet.browse("PUT", "/_sandbox/faults", faults), 200, what="an order of faults")


OPERATIONS: Mapping[Callable[[Tablet, Shop], Iterator[Fact]], int] = {
    sell_by_link: 10,
    ask_for_a_link: 8,
    withdraw_a_link: 2,
    pay_by_link: 24,
    give_money_back: 5,
    trouble_stripe: 2,
}
