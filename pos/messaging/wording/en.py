"""English."""

TEXTS = {
    # What the counter sends.
    "receipt": "{store}: {total} paid for order {reference}, thank you. {points} {url} {stop}",
    "receipt_points": "+{earned} points, {balance} in all.",
    "payment_link": "{store}: pay {due} for order {reference}: {url} {stop}",
    "order_ready": "{store}: order {reference} is ready. {stop}",
    "stop": "Reply STOP to end texts.",
    # Consent.
    "confirm_opt_in": (
        "{store}: reply YES to get news and offers by text, a few a month. Msg & data rates may apply. Reply HELP for help, STOP to "
        "end."
    ),
    "confirmed": "{store}: thank you, you will get our news and offers, a few a month. Reply STOP to end, HELP for help.",
    "opted_out": "{store}: you will get no more texts from us. Reply START to undo.",
    "restarted": "{store}: you will get our texts again. Reply STOP to end them.",
    "what_to_text": "{store}: sorry, a person will read this. Text POINTS, ORDERS, STATUS, PAY, REWARDS, HOURS or MENU for an answer at once.",
    "help": "{store}: text POINTS, ORDERS, STATUS, PAY, REWARDS, HOURS or MENU. {contact} Msg & data rates may apply. STOP to end texts.",
    # Marketing.
    "campaign": "{store}: {body} Reply STOP to opt out",
}
