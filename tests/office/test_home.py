"""Today's figures against plain SQL over the books; what waits for a person, each kind with its sentence and its act."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import text

from pos import ids
from pos.attention.actions import raise_item
from pos.attention.models import KINDS as ALL_KINDS
from pos.db import db, transaction
from pos.web.office.home import chart, figures
from pos.web.office.home.figures import Figures
from pos.web.office.home.items import UNTOLD
from pos.web.office.home.kinds import KINDS
from tests.checkout.counter import cancel, done
from tests.client import Shop, new_key
from tests.office.desk import counted, desk
from tests.operations import all_things
from tests.shifts.drawer import opened

LA, BERLIN = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Berlin")
# An ordinary evening; days on which a place's clock goes forward and back; and the same weekday a week after each.
NOWS = [
    datetime(2026, 6, 17, 19, 40, tzinfo=LA),
    datetime(2026, 3, 8, 3, 20, tzinfo=LA),
    datetime(2026, 3, 15, 2, 30, tzinfo=LA),
    datetime(2026, 11, 1, 22, 10, tzinfo=LA),
    datetime(2026, 11, 8, 1, 30, tzinfo=LA),
    datetime(2026, 3, 29, 23, 50, tzinfo=BERLIN),
]
# By no clock in particular.
NEVER = datetime(2100, 1, 1)  # noqa: DTZ001
# The same written another way: by the local date of each order, not by instants between which it lies.
PLAIN = """
    WITH mine AS (SELECT o.*, c.origin, (o.placed_at AT TIME ZONE :zone)::date AS day, o.placed_at AT TIME ZONE :zone AS local
                    FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.location_id = :place AND o.status <> 'canceled'),
         that AS (SELECT * FROM mine WHERE day = :day AND local < :until)
    SELECT (SELECT count(*) FROM that), (SELECT coalesce(sum(subtotal), 0) FROM that),
           (SELECT coalesce(sum(subtotal - discount), 0) FROM that), (SELECT coalesce(sum(tip), 0) FROM that),
           (SELECT coalesce(sum(total - tip), 0) FROM that),
           (SELECT count(*) FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.location_id = :place AND r.status = 'succeeded'
               AND (r.created_at AT TIME ZONE :zone)::date = :day AND r.created_at AT TIME ZONE :zone < :until),
           (SELECT coalesce(sum(r.amount), 0) FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.location_id = :place
               AND r.status = 'succeeded' AND (r.created_at AT TIME ZONE :zone)::date = :day AND r.created_at AT TIME ZONE :zone < :until),
           (SELECT count(DISTINCT customer_id) FROM that WHERE origin <> 'walk_in'
               AND (SELECT min(m.day) FROM mine m WHERE m.customer_id = that.customer_id) = :day),
           (SELECT count(DISTINCT customer_id) FROM that WHERE origin <> 'walk_in'
               AND (SELECT min(m.day) FROM mine m WHERE m.customer_id = that.customer_id) < :day)
"""


def sold(shop: Shop, truck: str) -> list[str]:
    """Orders of all sorts at two places: paid, open, with tips, discounts, refunds, canceled, of customers and walk-ins."""
    cash = {"payment": {"method": "cash"}}
    at_truck = {"as_": "owner", "location_id": truck}
    sales: list[dict[str, Any]] = [
        {"phone": "4155550201", "tip": 150, **cash},
        {"phone": "4155550201", "items": [{"sku": "TEE-BLK-M", "quantity": 2}], **cash},
        {"phone": "4155550202"},
        {"phone": "4155550203", "discount": {"percent": 10, "reason": "a friend"}, "as_": "owner", "location_id": shop.location_id, **cash},
        {"phone": None, "walk_in": True, **cash},
        {"phone": None, "walk_in": True},
        {"phone": "4155550204", **cash},
        {"phone": "4155550205", "items": [{"sku": "IPA", "quantity": 3}], **at_truck, **cash},
        {"phone": "4155550206", "tip": 90, **at_truck, **cash},
        {"phone": "4155550206", **at_truck},
        {"phone": "4155550207", **at_truck, **cash},
        {"phone": "4155550208", **at_truck},
    ]  # fmt: skip
    orders = [shop.sell(**sale) for sale in sales]
    for order in (orders[1], orders[7]):
        done(shop.post(f"/orders/{order['id']}/refunds", {"amount": 300, "reason": "cold"}, as_="owner"), 201)
    for order in (orders[2], orders[11]):
        done(cancel(shop, order))
    return [order["id"] for order in orders]


def spread(orders: list[str], now: datetime, turn: int) -> None:
    """Moves orders and refunds around the edges of both days by both clocks."""
    edges = [
        datetime.combine((now.astimezone(zone) - timedelta(days=back)).date(), time(), zone)
        for zone in (LA, BERLIN)
        for back in (0, 6, 7)
    ] + [now - timedelta(days=7)]
    instants = [edge + timedelta(minutes=off) for edge in edges for off in (-1, 1, 95)]
    past = [instant for instant in instants if instant <= now]
    for number, order in enumerate(orders):
        at = past[(number * 5 + turn) % len(past)]
        db.session.execute(text("UPDATE orders SET placed_at = :at WHERE id = :id"), {"at": at, "id": order})
        db.session.execute(text("UPDATE refunds SET created_at = :at WHERE order_id = :id"), {"at": at, "id": order})
    db.session.execute(
        text("""UPDATE customers c SET first_order_at = (SELECT min(o.placed_at) FROM orders o
                                WHERE o.customer_id = c.id AND o.status <> 'canceled')""")
    )


def plain(places: list[figures.Place], now: datetime, weeks: int, *, by_now: bool) -> list[int]:
    """The same figures by plain SQL, added up over the places."""
    sums = [0] * 9
    for place in places:
        local = now.astimezone(ZoneInfo(place.timezone)).replace(tzinfo=None) - timedelta(weeks=weeks)
        until = local if by_now else NEVER
        asked = {"place": place.id, "zone": place.timezone, "day": local.date(), "until": until}
        sums = [one + int(other) for one, other in zip(sums, db.session.execute(text(PLAIN), asked).one(), strict=True)]
    return sums


def flat(found: Figures) -> list[int]:
    return [
        found.tickets, found.gross, found.net, found.tips, found.billed, found.refunds, found.refunded, found.new, found.known,
    ]  # fmt: skip


def test_figures_equal_plain_sql_whatever_the_clocks_do(shop: Shop) -> None:
    made = shop.post(
        "/locations", {"name": "Truck", "timezone": "Europe/Berlin", "tax_rates": {"standard": "0.1"}}, as_="owner"
    )
    orders = sold(shop, done(made, 201)["id"])
    seen: list[int] = []

    with transaction(UUID(shop.store_id)):
        places = figures.places()
        for turn, now in enumerate(NOWS * 2):
            spread(orders, now, turn)
            for chosen in (places, places[:1], places[1:]):
                day = figures.of_day(chosen, now)
                assert flat(day.today) == plain(chosen, now, 0, by_now=False), (now, chosen)
                assert flat(day.by_now) == plain(chosen, now, 1, by_now=True), (now, chosen)
                assert flat(day.then) == plain(chosen, now, 1, by_now=False), (now, chosen)
                assert (sum(day.today.hours), sum(day.then.hours)) == (day.today.net, day.then.net)
                seen += [day.today.tickets, day.by_now.tickets, day.then.tickets - day.by_now.tickets]

    assert [place.name for place in places] == ["Bar", "Truck"] or len(places) == 2
    assert sum(1 for count in seen if count) > len(seen) / 2, "hardly anything was compared"


def test_day_that_is_over_is_told_whole(app: Flask, shop: Shop) -> None:
    made = shop.post(
        "/locations", {"name": "Truck", "timezone": "Europe/Berlin", "tax_rates": {"standard": "0.1"}}, as_="owner"
    )
    orders = sold(shop, done(made, 201)["id"])
    compared = 0

    with transaction(UUID(shop.store_id)):
        places = figures.places()
        for turn, now in enumerate(NOWS):
            spread(orders, now, turn)
            on = (now - timedelta(days=1)).date()
            noon = datetime.combine(on, time(23, 59, 59), LA)
            day = figures.of_day(places[:1], now, on)
            assert flat(day.today) == plain(places[:1], noon, 0, by_now=False)
            assert flat(day.then) == flat(day.by_now) == plain(places[:1], noon, 1, by_now=False)
            compared += day.today.tickets + day.then.tickets
    manager = desk(app, shop, "manager")
    yesterday = (datetime.now(LA) - timedelta(days=1)).date().isoformat()

    assert compared
    page = manager.get(f"/?day={yesterday}").get_data(as_text=True)
    assert "Taken that day" in page
    assert "every 30s" not in page
    for odd in ("2999-01-01", "yesterday", "0001-01-01"):
        assert manager.get(f"/?day={odd}").status_code == 422


def test_day_has_as_many_hours_as_its_clock_shows() -> None:
    place = figures.Place(ids.uuid7(), "Bar", LA.key)
    lengths = {
        day.begins.date(): (day.ends.astimezone(UTC) - day.begins.astimezone(UTC)) / timedelta(hours=1)
        for now in NOWS
        for day in figures.days_of([place], now)
    }

    assert (lengths[date(2026, 3, 8)], lengths[date(2026, 11, 1)], lengths[date(2026, 6, 17)]) == (23, 25, 24)


def test_bars_stand_within_the_chart() -> None:
    now, then = [0] * 24, [0] * 24
    now[23], then[0], then[22] = 5000, 1, 2500

    slots = chart.slots(now, then)

    assert [slot.hour for slot in slots] == list(range(24))
    assert (slots[23].now_bar.height, slots[22].then_bar.height, slots[0].then_bar.height) == (chart.HEIGHT, 80, 2)
    assert all(0 <= bar.y <= chart.HEIGHT for slot in slots for bar in (slot.now_bar, slot.then_bar))
    now[23] = 0
    assert [slot.hour for slot in chart.slots([0] * 23 + [1], [0] * 24)] == list(range(16, 24))
    assert chart.slots([0] * 24, [0] * 24) == []


def test_today_shows_the_day_and_to_managers_what_is_owed(app: Flask, shop: Shop) -> None:
    # Given a sale, a link that waits, points that ten cents off can be had for, and an item
    shop.sell(tip=200, payment={"method": "cash"})
    open_order = shop.sell(phone="4155550211", payment_link={})
    all_things(shop)
    manager, cashier = desk(app, shop, "manager"), desk(app, shop, "cashier")

    # When a manager and a cashier look
    whole, short = manager.page("/").text, cashier.page("/").text
    with counted() as sent:
        part = manager.get("/", headers={"HX-Request": "true"})

    # Then both see the day, and only one what is owed and waits
    for page in (whole, short):
        assert "Net sales" in page
        assert "Links not paid yet 1" in page
    assert "they are worth $" in whole
    assert "What waits for you" in whole
    assert "points are owed" not in short
    assert "What waits for you" not in short
    assert open_order["payment_link"]
    # And what asks for itself is the day alone, in few statements
    assert "What waits for you" not in part.get_data(as_text=True)
    assert len(sent) <= 8
    assert manager.get("/?location=nowhere").status_code == 422
    assert manager.get(f"/?location={ids.uuid7()}").status_code == 422


def test_order_that_was_given_back_asks_nobody_for_its_money(app: Flask, shop: Shop) -> None:
    sold = shop.sell(payment={"method": "cash"})
    done(shop.post(f"/orders/{sold['id']}/refunds", {"amount": 366, "reason": "cold"}, as_="owner"), 201)
    unpaid = shop.sell()
    at = desk(app, shop, "manager")

    assert "Given back: $3.66" in at.page(f"/orders/{sold['id']}").text
    assert "Still due" not in at.page(f"/orders/{sold['id']}").text
    assert "Still due: $8.66" in at.page(f"/orders/{unpaid['id']}").text


def test_today_tells_what_was_taken_by_method(app: Flask, shop: Shop) -> None:
    sold = shop.sell(payment={"method": "cash"}, tip=100)
    shop.sell(payment={"method": "card"})
    shop.sell()
    done(shop.post(f"/orders/{sold['id']}/refunds", {"amount": 366, "reason": "cold"}, as_="owner"), 201)

    shift = opened(shop)

    at = desk(app, shop, "manager")
    manager, cashier = at.page("/").text, desk(app, shop, "cashier").page("/").text
    part = at.get("/", headers={"HX-Request": "true"}).get_data(as_text=True)

    assert "Open shifts: Bar since " in manager
    assert f"/office/shifts/{shift['id']}" in part
    assert "Open shifts" not in cashier
    assert "Cash $9.66 −$3.66 $6.00 Card $8.66 $0.00 $8.66 All $18.32 −$3.66 $14.66" in manager
    assert "Taken today" not in cashier


# --- what waits for a person ----------------------------------------------------------------------------------


def details(shop: Shop, ids_: dict[str, str]) -> dict[str, tuple[str, dict[str, Any], str, str]]:
    """Of each kind: what it is about, its detail, a part of its sentence, and the act that settles it."""
    order, product = f"orders:{ids_['order_id']}", shop.products["WATER"]
    customer = f"customers:{ids_['customer_id']}"
    other = shop.sell(phone="4155550233", name="Grace")["customer"]["id"]
    refund = str(ids.uuid7())
    text_ = f"messages:{ids_['message_id']}"
    return {
        "price_drift": (order, {"product_id": product, "listed": 199, "sold_at": 150}, "sold for $1.50; the catalogue asks $1.99", "Order "),
        "clock_skew": (order, {"placed_at": "2026-11-21T18:00:00+00:00", "received_at": "2026-11-21T19:00:00+00:00", "skew_seconds": -3600}, "off by 60 min (behind)", "Order "),
        "unknown_item": (order, {"position": 1, "sold_as": "GONE"}, "GONE was sold", "Catalogue"),
        "stock_below_zero": (order, {"product_id": product, "stock_quantity": -2}, "they stood at -2", f"PATCH /products/{product}"),
        "unapproved_discount": (order, {"register_id": shop.register_id}, "gave a discount by hand", "Approved"),
        "coupon_drift": (order, {"coupon_id": ids_["coupon_id"], "why": "it was withdrawn"}, "was taken: it was withdrawn.", "Order "),
        "total_drift": (order, {"charged": 900, "total": 866}, "charged $9.00; by the books the order comes to $8.66", "Order "),
        "tender_drift": (order, {"amount": 866, "tendered": 500}, "$8.66 was due in cash", "drawer was counted"),
        "consent_refused": (order, {"granted": True, "wording_version": "x", "why": "unknown wording"}, "do not take: unknown wording", "Nothing to record"),
        "late_payment": (order, {"amount": 866, "excess": 866, "payment_id": refund}, "$8.66 came by card", "Order "),
        "double_payment": (order, {"amount": 866, "excess": 800, "payment_id": refund}, "$8.00 goes back", "Order "),
        "payment_mismatch": (order, {"asked": 866, "told": 500, "currency": "USD", "told_currency": "eur", "payment_intent": "pi_1"}, "tells of €5.00, where $8.66 was asked for", "/upkeep/stripe"),
        "refund_failed": (order, {"refund_id": refund, "amount": 866, "failure": "The card is closed.", "sold_meanwhile": 2}, "closed. Meanwhile 2", "/upkeep/stripe"),
        "dispute": (order, {"amount": 866, "reason": "product_not_received", "dispute": "du_1"}, "$8.66 as product not received", "Stripe's dashboard"),
        "link_failed": (order, {"reason": "No such account."}, "No such account.", f"POST /orders/{ids_['order_id']}/payment-link"),
        "link_expired": (order, {"due": 866}, "$8.66 is still due", f"POST /orders/{ids_['order_id']}/payment-link"),
        "sms_alarm": ("stores:sms", {"code": 30002, "advice": "The account is suspended."}, "(error 30002): The account is suspended.", "POST /messaging/resume"),
        "sms_budget": ("stores:sms", {"on": "2026-11-21", "used_up_for": "marketing", "segments": 100}, "the 100 parts", "Settings of texts"),
        "sms_unclear": (text_, {}, "A text to", "/upkeep/texts"),
        "shared_phone": (customer, {"held_by": other}, "with the number of Grace", f"/office/customers/{ids_['customer_id']}/merge?with={other}"),
        "unusable_phone": (customer, {"was_told": True}, "no number that can be called", "The customer"),
        "unknown_user": (order, {"user_id": refund}, "names a seller", "People"),
        "web_shop": (f"web_shops:{refund}", {"cause": "failed", "sync_type": "full", "log_id": refund, "reason": "The shop refuses this (no)."}, "read to the end. The shop refuses this (no).", f"/office/web-shop/runs/{refund}"),
    }  # fmt: skip


def told_of_a_refused_sale(shop: Shop) -> str:
    sale = shop.order(
        offline=True,
        phone="12",
        name="<b>Ada</b>",
        coupon="GONE",
        items=[{"sku": "IPA", "quantity": 2, "unit_price": 750}],
    )
    problem = {
        "type": "/problems/invalid-phone",
        "title": "No phone",
        "status": 422,
        "detail": "12 is no phone number.",
    }
    told = {"key": new_key(), "sale": sale, "problem": problem}
    return str(done(shop.post("/register/refused-sales", told), 201)["id"])


def cards(page: str) -> dict[str, str]:
    """The HTML of each item by its id."""
    return {part.partition("item-")[2][:36]: part.partition("</article>")[0] for part in page.split("<article")[1:]}


def test_each_kind_has_its_sentence_and_its_act(app: Flask, shop: Shop) -> None:
    # Given one item of each kind
    found = details(shop, all_things(shop))
    with transaction(UUID(shop.store_id)) as session:
        session.execute(text("UPDATE attention_items SET resolved_at = now(), resolved_by = 'test'"))
        for kind, (subject, detail, *_) in found.items():
            raise_item(kind, subject, **detail)
    sale = told_of_a_refused_sale(shop)
    listed = {item["id"]: item["kind"] for item in done(shop.get("/attention-items?is_open=true", as_="owner"))["data"]}
    assert set(KINDS) == set(ALL_KINDS) == set(listed.values())

    # When a manager looks
    manager = desk(app, shop, "manager")
    with counted() as sent:
        shown = cards(manager.get("/attention").get_data(as_text=True))

    # Then each says what happened, and leads on
    assert len(sent) <= 6
    assert listed.keys() == shown.keys()
    for item_id, kind in listed.items():
        card = shown[item_id].replace("&#39;", "'").replace("&amp;", "&")
        assert f"POST /attention-items/{item_id}/resolution" in card
        assert UNTOLD not in card, card
        if kind != "refused_sale":
            sentence, act = found[kind][2:]
            assert sentence in " ".join(card.split()), (kind, card)
            assert act in card, (kind, card)
    # And of the refused sale all that was sealed, as text and nothing more
    assert all(
        part in shown[sale] for part in ("12 is no phone number.", "$7.50", "&lt;b&gt;Ada", "Leave it out", "/booking")
    )
    assert "<b>Ada" not in shown[sale]
    assert desk(app, shop, "cashier").get("/attention").status_code == 403


def test_settled_items_say_by_whom_when_and_how(app: Flask, shop: Shop) -> None:
    item_id = all_things(shop)["item_id"]
    manager = desk(app, shop, "manager")
    assert "Nothing was settled yet." in manager.page("/attention?settled=yes").text

    answer = manager.api("POST", f"/attention-items/{item_id}/resolution", {"resolution": "the right price <i>"})

    assert answer.status_code == 200
    name = done(shop.get(f"/users/{shop.people['manager']}", as_="owner"))["name"]
    for path in ("/attention?settled=yes", f"/attention/{item_id}", "/attention?settled=yes&kind=price_drift"):
        assert f"Settled: {name}, " in (page := manager.page(path).text)
        assert "the right price <i>" in page
    assert "Nothing waits for you." in manager.page("/attention").text
    assert "Nothing of this kind." in manager.page("/attention?kind=dispute").text
    for odd in ("kind=nothing", "page=0", "page=x", "page=99999999999"):
        assert manager.get(f"/attention?{odd}").status_code == 422
