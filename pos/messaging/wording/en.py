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
    # Answers of the assistant; its name before them is the store's.
    "one_point": "{points} point",
    "some_points": "{points} points",
    "number_not_known": "this number is not known here. Reply JOIN to become a TapPass member and collect points with your orders.",
    "points": "you have {points}, level {level}.",
    "points_owed": "your balance is {points}, since an order was paid back. What you earn next makes up for it. Level {level}.",
    "reward_in_reach": "Enough for {reward} ({points}).",
    "next_reward": "{missing} more for {reward} ({points}).",
    "next_level": "{missing} more to reach {level}.",
    "next_expiry": "{points} expire after {day}.",
    "not_a_member": "you are not a TapPass member yet. Reply JOIN, and your orders bring points.",
    "one_order_counts": "{orders} order of the last {days} days counts at once.",
    "orders_count": "{orders} orders of the last {days} days count at once.",
    # Marketing.
    "campaign": "{store}: {body} Reply STOP to opt out",
}
