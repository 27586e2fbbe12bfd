"""PAY: the address at which the newest order that is not paid can be paid, with a link behind it. An act: the link comes to be by it."""

from dataclasses import dataclass
from typing import Any

from pos import money
from pos.assistant.figures import Money
from pos.assistant.found import Act, Found, Intent
from pos.assistant.tools.orders import page_of
from pos.checkout import links, locks
from pos.messaging.inbox import Asked
from pos.messaging.wording import say
from pos.statements import Statement

_UNPAID = Statement("""
    SELECT o.id, s.slug,
           EXISTS (SELECT FROM payments p WHERE p.store_id = o.store_id AND p.order_id = o.id AND p.status = 'pending') AS is_confirming,
           (SELECT k.status FROM payment_links k WHERE k.store_id = o.store_id AND k.order_id = o.id
             ORDER BY k.attempt DESC LIMIT 1) AS last_link
      FROM orders o JOIN stores s ON s.id = o.store_id
     WHERE o.store_id = :store AND o.customer_id = :customer AND o.status = 'open' AND o.source <> 'woocommerce'
       AND o.total - o.amount_paid + o.amount_refunded > 0
     ORDER BY o.placed_at DESC, o.id DESC LIMIT 1
""")
_AT_THE_COUNTER = (links.LinksSwitchedOff, links.NoStripeAccount, links.BelowMinimum, links.NotInSteps)


@dataclass(frozen=True)
class ToPay:
    """What is due of one order, with the tip of its link the `amount` to pay, and where; without an address `why` names the sentence
    that says how else."""

    reference: str | None = None
    currency: str | None = None
    due: Money = 0
    amount: Money = 0
    url: str | None = None
    why: str | None = None


def find(asked: Asked) -> Found[ToPay]:
    """Locks the order after its customer, who is locked already, so that a link comes to be if there is none."""
    rows = _UNPAID.mappings(customer=asked.customer_id)
    if not rows:
        return Found(ToPay(why="nothing_to_pay"))
    [row] = rows
    assert asked.customer_id is not None
    order = locks.locked([row["id"]], holders=[asked.customer_id])[row["id"]]
    due: dict[str, Any] = {
        "reference": order.reference,
        "currency": order.currency,
        "due": order.amount_due,
        "amount": order.amount_due,
    }
    # Stripe refused to make the page, and would again; a payment on its way must not become two.
    why = "payment_on_its_way" if row["is_confirming"] else "pay_at_counter" if row["last_link"] == "failed" else None
    if why:
        return Found(ToPay(**due, why=why))
    try:
        link, _ = links.ask(order, asked.now, by_guest=True)
    except _AT_THE_COUNTER:
        return Found(ToPay(**due, why="pay_at_counter"))
    return Found(ToPay(**due | {"amount": link.amount}, url=page_of(row["slug"], order.public_token, "p")))


def worded(found: ToPay, language: str) -> list[str]:
    if found.reference is None or found.currency is None:
        return [say("nothing_to_pay", language, {})]
    facts = {
        "reference": found.reference,
        "due": money.written(found.amount, found.currency),
        "url": found.url,
    }
    return [say(found.why or "pay_here", language, facts)]


INTENTS = (
    Intent(
        "pay",
        Act("pay", find),
        worded,
        words={"en": ("pay",), "es": ("pagar",)},
        examples={
            "en": ("pay", "I want to pay", "can I pay my order", "how can I pay", "send me the link to pay", "payment link", "how much do I owe", "do I owe anything", "what do I owe", "can I pay my bill"),
            "es": ("pagar", "quiero pagar", "puedo pagar mi pedido", "como puedo pagar", "enviame el enlace para pagar", "enlace de pago", "cuanto debo", "debo algo", "que debo", "pagar la cuenta"),
        },
    ),
)  # fmt: skip
