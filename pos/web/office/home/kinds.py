"""What each kind of attention item says, and what settles it: a table. A kind without an entry has no page, which a test notices."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`told` is what happened, with facts of the item in braces (items.py writes them); `advice` what to do about it. `acts` are the
    names of forms and links in home/acts.html, the first of which is the way to go; each item may be settled with a word besides, and
    `word` is what is usually said."""

    title: str
    told: str
    advice: str
    word: str
    acts: tuple[str, ...]


_LOOK = ("order",)

KINDS: dict[str, Kind] = {
    "price_drift": Kind(
        "Sold at another price",
        "Without network, {product} was sold for {sold_at}; the catalogue asks {listed}.",
        "The sale stands as it was made. Look whether the tablet had an old catalogue, or the price was changed for a reason.",
        "The price was right on the day",
        ("order", "product"),
    ),
    "clock_skew": Kind(
        "A tablet's clock is wrong",
        "A sale says it was made {placed_at}, and arrived {received_at}. The tablet's clock is off by {skew_seconds}.",
        "Set the date and time of the tablet to automatic. The sale was booked at the corrected time.",
        "The tablet's clock is set",
        _LOOK,
    ),
    "unknown_item": Kind(
        "Sold something that is not for sale",
        "Without network, {sold_as} was sold{why}. It was booked as sold, without tax where the catalogue knows no rate.",
        "Put the product into the catalogue, or on sale again, if it is still sold; give the tax its due by hand if it was owed.",
        "Looked at the goods",
        ("order", "product", "catalogue"),
    ),
    "stock_below_zero": Kind(
        "Stock below zero",
        "More of {product} was sold without network than the books had: they stood at {stock_quantity} after it.",
        "Count what is on the shelf, and write it down here.",
        "Counted anew",
        ("count", "order"),
    ),
    "unapproved_discount": Kind(
        "A discount that no manager approved",
        "Without network, somebody at {register} gave a discount by hand, and no PIN could be asked for.",
        "Look at the order. If it was right, say so.",
        "Approved",
        _LOOK,
    ),
    "coupon_drift": Kind(
        "A coupon that did not hold",
        "Without network, the coupon {coupon} was taken: {why}.",
        "The customer has the discount. Look whether the tablets show a coupon that is over.",
        "The customer keeps the discount",
        _LOOK,
    ),
    "total_drift": Kind(
        "Charged another total",
        "The tablet charged {charged}; by the books the order comes to {total}.",
        "The order shows what is due or too much. Take the rest at the next visit, or give it back.",
        "The difference is settled",
        _LOOK,
    ),
    "tender_drift": Kind(
        "Less cash than was due",
        "{amount} was due in cash, and the tablet says that {tendered} was handed over.",
        "Count the drawer of that shift. The payment is booked as the tablet took it.",
        "The drawer was counted",
        _LOOK,
    ),
    "consent_refused": Kind(
        "An answer about texts that does not count",
        "A sale without network came with an answer about marketing texts that the books do not take: {why}.",
        "Nothing was recorded. Ask the customer again, at the register.",
        "Nothing to record",
        _LOOK,
    ),
    "late_payment": Kind(
        "Paid after the order was canceled",
        "{amount} came by card for an order that was canceled; {excess} goes back by itself.",
        "Look whether the refund has arrived, and tell the guest.",
        "The guest has the money back",
        _LOOK,
    ),
    "double_payment": Kind(
        "Paid twice",
        "{amount} came by card for an order that was paid already; {excess} goes back by itself.",
        "Look whether the refund has arrived, and tell the guest.",
        "The guest has the money back",
        _LOOK,
    ),
    "payment_mismatch": Kind(
        "Stripe tells of another amount",
        "Stripe tells of {told}{asked}. {payment_intent}",
        "Find it in Stripe's dashboard. What could be counted is on the order; the rest is to be settled there.",
        "Settled in Stripe's dashboard",
        ("order", "ask_stripe"),
    ),
    "refund_failed": Kind(
        "A refund did not arrive",
        "{amount} could not be given back: {failure}{sold_meanwhile}",
        "Try it again, or give the money back another way and say how.",
        "Given back in cash",
        ("refund_again", "ask_stripe", "order"),
    ),
    "dispute": Kind(
        "A bank questions a payment",
        "The customer's bank questions {amount}{reason}. Stripe calls it {dispute}.",
        "Answer it in Stripe's dashboard, in time: what is not answered is lost.",
        "Answered in Stripe's dashboard",
        _LOOK,
    ),
    "link_failed": Kind(
        "A payment link could not be made",
        "Stripe said no to the order's payment link: {reason}",
        "Make another one, or take the money at the counter.",
        "Paid at the counter",
        ("new_link", "order"),
    ),
    "link_expired": Kind(
        "A payment link has run out",
        "{due} is still due of an order that was paid in part or is being made, and its link has run out.",
        "Send another link, take the money at the counter, or cancel the order.",
        "Paid at the counter",
        ("new_link", "order"),
    ),
    "sms_alarm": Kind(
        "Texts are stopped",
        "Twilio refuses the store's texts{code}: {advice}",
        "Mend it at Twilio, then send again. What waits is kept; campaigns that were paused are resumed on their own pages.",
        "Mended at Twilio",
        ("resume_texts", "messages"),
    ),
    "sms_budget": Kind(
        "The day's texts are used up",
        "On {on} the {segments} parts of texts were used up for {used_up_for}. The rest waits for the next day.",
        "Raise the limit if so many are right; else look what sent them.",
        "The limit is right",
        ("messages", "text_settings"),
    ),
    "sms_unclear": Kind(
        "Nobody knows whether a text arrived",
        "A text to {recipient} may not have arrived, or may have come twice. {failure}",
        "Look at it; write again, if it matters.",
        "Looked at it",
        ("try_texts", "messages"),
    ),
    "shared_phone": Kind(
        "Two customers with one number",
        "{customer} came from the older system with the number of {held_by}, who has it.",
        "If they are one person, make them one. If not, ask for another number.",
        "They are two people",
        ("merge", "customer"),
    ),
    "unusable_phone": Kind(
        "A number that is none",
        "What the older system had as the number of {customer} is no number that can be called.",
        "Ask for the number at the next visit, and write it down.",
        "Will be asked for",
        ("customer",),
    ),
    "unknown_user": Kind(
        "Sold by nobody who works here",
        "A sale without network names a seller who is not on the list ({user_id}).",
        "Look who stood at that tablet. The order stands, without a seller.",
        "Found out who it was",
        ("order", "people"),
    ),
    "refused_sale": Kind(
        "A sale that the books refuse",
        "A sale was made without network at {register}, and the books would not take it: {problem}",
        "The goods are gone and the money is in the drawer. Book it as it was made, or say how it was settled.",
        "Rung up by hand",
        ("book_sale", "customer"),
    ),
    "web_shop": Kind(
        "The web shop needs a look",
        "{happened}",
        "The run says what it was. One that went wrong for good is begun anew on the page of the web shop, once its cause is mended; where orders were mended, look whether the shop's webhooks arrive.",
        "Looked at it",
        ("web_run", "web_shop"),
    ),
}  # fmt: skip
