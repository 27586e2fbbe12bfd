"""Whose web orders are: one customer for one phone number, at the counter and in the shop; never a guess."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from pos import clock
from pos.care import erasing
from pos.db import transaction
from pos.sandbox.shop import acts
from pos.sandbox.shop.acts import Wanted
from pos.sandbox.shop.bodies import Person
from pos.sandbox.shop.shelf import Goods
from tests.care.people import look_up, merged
from tests.loyalty.members import balance, joined, program
from tests.woocommerce.web import Web

pytestmark = pytest.mark.xdist_group("web_shop")
ADA, BOB, CLEO = "+14155550141", "+14155550142", "+14155550143"
CARD = {"payment": {"method": "card"}}


class Town:
    """A shop that sells glasses for 10.00, and who buys them."""

    def __init__(self, web: Web) -> None:
        self.web, self.shop = web, web.shop
        self.now = clock.now() - timedelta(days=10)
        self.glass = web.act(acts.add_product, Goods("Glass", "GLASS", 1000, tax_class="zero-rate"), now=self.now)

    def later(self, **more: int) -> Any:
        self.now += timedelta(**(more or {"minutes": 20}))
        return self.now

    def account(self, phone: str = "", email: str = "", first: str = "Ada", last: str = "King") -> int:
        return int(self.web.act(acts.add_customer, Person(0, first, last, email, phone), now=self.later()))

    def order(self, pieces: int = 1, *, is_paid: bool = True, **person: Any) -> int:
        return int(
            self.web.act(acts.place, Wanted([(self.glass, pieces)], **person), now=self.later(), is_paid=is_paid)
        )

    def act(self, do: Any, *named: Any, **more: Any) -> Any:
        return self.web.act(do, *named, now=self.later(), **more)

    def sync(self, sync_type: str = "full") -> None:
        self.web.sync(sync_type)

    def whose(self, number: int) -> str:
        return str(self.web.order(number)["customer_id"])

    def customer(self, customer_id: str) -> dict[str, Any]:
        answered = self.shop.get(f"/customers/{customer_id}", as_="owner")
        assert answered.status_code == 200, answered.text
        return dict(answered.json)


@pytest.fixture
def town(bare: Web) -> Iterator[Town]:
    bare.connect()
    yield Town(bare)
    assert bare.broken() == []
    before = bare.digests()
    log = bare.sync()
    assert log["records_changed"] == 0, log["report"]
    assert bare.digests() == before


@pytest.mark.parametrize(
    "written", ["(415) 555-0141", "415-555-0141", "4155550141", "1 415 555 0141", "+1 415.555.0141"]
)
def test_who_is_known_at_the_counter_is_the_same_in_the_shop(town: Town, written: str) -> None:
    sold = town.shop.sell(phone=ADA, **CARD)

    number = town.order(phone=written, first_name="Ada")
    town.sync()

    assert town.whose(number) == sold["customer"]["id"]
    person = look_up(town.shop, ADA)
    assert (person["order_count"], person["total_spent"]) == (2, sold["total"] + 1000)
    history = town.shop.get(f"/customers/{person['id']}/orders", as_="owner").json["data"]
    assert {row["source"] for row in history} == {"tablet", "woocommerce"}


def test_who_came_by_the_shop_is_known_at_the_counter(town: Town) -> None:
    number = town.order(phone="(415) 555-0141", first_name="Ada", email="ada@shop.example")
    town.sync()

    sold = town.shop.sell(phone=ADA, **CARD)

    assert sold["customer"]["id"] == town.whose(number)
    assert look_up(town.shop, ADA)["name"] == "Ada"


def test_guest_is_known_by_the_email_alone(town: Town) -> None:
    first = town.order(email="ada@shop.example", first_name="Ada")
    town.sync()
    second = town.order(email=" ADA@shop.example", first_name="Someone")
    third = town.order(email="bob@shop.example", first_name="Bob")
    town.sync()

    assert town.whose(first) == town.whose(second) != town.whose(third)
    assert town.customer(town.whose(first))["phone"] is None


def test_guest_without_anything_is_somebody_each_time(town: Town) -> None:
    numbers = [town.order(first_name="Ada", last_name="King") for _ in range(3)]
    town.sync()

    assert len({town.whose(number) for number in numbers}) == 3


def test_email_that_comes_with_a_number_is_known_without_it_later(town: Town) -> None:
    with_phone = town.order(phone="415 555 0141", email="ada@shop.example")
    alone = town.order(email="ada@shop.example")
    town.sync()

    assert town.whose(with_phone) == town.whose(alone)


def test_number_that_follows_an_email_becomes_theirs(town: Town) -> None:
    alone = town.order(email="ada@shop.example")
    town.sync()
    with_phone = town.order(email="ada@shop.example", phone="415 555 0141")
    town.sync()

    assert town.whose(with_phone) == town.whose(alone)
    assert look_up(town.shop, ADA)["id"] == town.whose(alone)


def test_email_of_several_leads_to_none_of_them(town: Town) -> None:
    known = [str(town.shop.sell(phone=phone, **CARD)["customer"]["id"]) for phone in (ADA, BOB)]
    for phone in (ADA, BOB):
        town.order(phone=phone, email="office@shop.example")
    town.sync()
    number = town.order(email="office@shop.example")
    town.sync()
    town.sync()

    assert town.whose(number) not in known
    assert town.web.problems()["orders", number] == {"email_of_several"}
    merged(town.shop, known[0], known[1])
    merged(town.shop, known[0], town.whose(number))
    town.sync()
    assert town.web.problems() == {}


def test_email_leads_to_its_owner_even_with_a_number_that_nobody_has(town: Town) -> None:
    first = town.order(phone="415 555 0141", email="ada@shop.example")
    town.sync()
    second = town.order(phone="415 555 0142", email="ada@shop.example")
    town.sync()
    town.sync()

    assert town.whose(first) == town.whose(second)
    assert town.web.problems()["orders", second] == {"another_number"}


def test_two_accounts_with_one_number_are_one_person(town: Town) -> None:
    accounts = [town.account("415 555 0141", f"ada{n}@shop.example") for n in range(2)]
    numbers = [town.order(customer=account) for account in accounts]
    town.sync()

    assert town.whose(numbers[0]) == town.whose(numbers[1]) == look_up(town.shop, ADA)["id"]
    assert town.web.value("SELECT count(*) FROM web_customers WHERE store_id = %(store)s") == 2


def test_account_leads_to_the_same_person_whatever_stands_in_the_order(town: Town) -> None:
    account = town.account("415 555 0141", "ada@shop.example")
    number = town.order(customer=account)
    gift = town.order(customer=account, phone="415 555 0142", email="bob@shop.example", first_name="Bob")
    town.sync()

    assert town.whose(gift) == town.whose(number)
    assert town.web.problems()["orders", gift] == {"another_number"}


def test_number_of_somebody_else_leads_to_them_and_not_to_the_account(town: Town) -> None:
    account = town.account("", "ada@shop.example")
    town.sync()
    bob = town.shop.sell(phone=BOB, **CARD)["customer"]["id"]
    own, with_number = (
        town.order(customer=account),
        town.order(customer=account, phone="415 555 0142", first_name="Ada"),
    )
    town.sync()
    town.sync()

    assert town.whose(with_number) == bob != town.whose(own)
    assert town.customer(bob)["name"] is None
    assert town.web.problems() == {("orders", with_number): {"another_customer"}}
    merged(town.shop, bob, town.whose(own))
    town.sync()
    assert town.web.problems() == {}


def test_who_comes_back_after_they_were_erased_has_what_they_order_then(town: Town) -> None:
    account = town.account("415 555 0141", "ada@shop.example")
    town.sync()
    erased = town.shop.request("DELETE", f"/customers/{look_up(town.shop, ADA)['id']}", as_="owner")
    anew = town.shop.sell(phone=ADA, **CARD)["customer"]["id"]

    number = town.order(customer=account, phone="415 555 0141")
    town.sync()

    assert erased.status_code == 204
    assert town.whose(number) == anew
    assert town.web.problems() == {}


@pytest.mark.parametrize("written", ["call the office", "12", "000", "+1 415 555", "4155550132" * 30, "٤١٥"])
def test_number_that_is_none_is_kept_as_it_was_written(town: Town, written: str) -> None:
    number = town.order(phone=written, first_name="Ada")
    town.sync()

    recorded = town.web.value(
        "SELECT phone_recorded FROM profiles WHERE store_id = %(store)s AND customer_id = %(c)s", c=town.whose(number)
    )
    assert town.customer(town.whose(number))["phone"] is None
    assert recorded
    assert recorded[:10] == written[:10]


def test_number_is_read_as_of_the_country_of_the_address(town: Town) -> None:
    number = town.order(phone="030 901820", first_name="Lena", is_paid=False)
    billing = {"first_name": "Lena", "phone": "030 901820", "country": "DE", "email": ""}
    town.act(acts.change_order, number, billing=billing)
    town.sync()

    assert town.customer(town.whose(number))["phone"] == "+4930901820"


def test_merged_customer_goes_on_as_the_one_they_became(town: Town) -> None:
    account = town.account("415 555 0141", "ada@shop.example")
    old = town.order(customer=account)
    town.sync()
    kept = str(town.shop.sell(phone=BOB, **CARD)["customer"]["id"])
    merged(town.shop, kept, town.whose(old))

    by_account, by_phone = town.order(customer=account), town.order(phone="415 555 0141")
    by_email = town.order(email="ada@shop.example")
    town.act(acts.refund, old, amount=300)
    town.sync()

    assert {town.whose(number) for number in (old, by_account, by_phone, by_email)} == {kept}
    assert town.web.problems() == {}
    assert town.customer(kept)["order_count"] == 5


def test_erased_customer_is_not_filled_in_again(town: Town) -> None:
    account = town.account("415 555 0141", "ada@shop.example")
    old = town.order(customer=account, note="Leave it with Grace")
    town.sync()
    customer_id = town.whose(old)
    erased = town.shop.request("DELETE", f"/customers/{customer_id}", as_="owner")
    assert erased.status_code == 204, erased.text

    town.act(acts.complete, old)
    new = town.order(customer=account, note="Leave it with Grace")
    town.sync()

    assert town.web.order(old)["status"] == "completed"
    assert "Grace" not in str(town.web.order(old))
    row = town.web.value("SELECT to_jsonb(c) || to_jsonb(p) FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id WHERE c.id = %(c)s", c=customer_id)  # fmt: skip
    assert [row[name] for name in ("phone", "name", "email_hash", "first_name", "address", "phone_recorded")] == [
        None
    ] * 6
    assert town.whose(new) == customer_id
    assert "Grace" not in str(town.web.order(new))


def test_email_addresses_are_nowhere_in_the_books(town: Town) -> None:
    account = town.account("415 555 0141", "ada.king@secret.example")
    town.order(customer=account, note="Write to ada.king@secret.example")
    town.order(phone="415 555 0142", email="bob@secret.example", note="bob@secret.example is mine")
    town.order(email="cleo@secret.example")
    # People write them where they do not belong.
    town.order(phone="dora@secret.example", first_name="dora@secret.example", last_name="Hill")
    number = town.order(phone="415 555 0141")
    town.act(acts.refund, number, amount=100, reason="Ask ada.king@secret.example")
    card = town.web.act(acts.add_product, Goods("Card for ada.king@secret.example", "CARD", 500), now=town.later())
    town.web.act(acts.place, Wanted([(card, 1)], phone="415 555 0141"), now=town.later(), is_paid=True)
    town.sync()
    town.sync("drift")

    found = []
    asked = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'sandbox%%'"
    tables = [row[0] for row in town.web.rows(asked)]
    for table in tables:
        found += [
            (table, row)
            for row in town.web.rows(f"SELECT t::text FROM {table} t WHERE t::text ILIKE '%%@secret.example%%'")
        ]
    assert len(tables) > 50
    assert found == []
    assert town.web.value("SELECT count(*) FROM customers WHERE store_id = %(store)s AND email_hash IS NOT NULL") == 3
    assert (
        town.web.value("SELECT count(*) FROM customers WHERE store_id = %(store)s AND email_encrypted IS NOT NULL") == 0
    )


# --- points -----------------------------------------------------------------------------------------------


def test_member_earns_once_and_loses_what_went_back(town: Town) -> None:
    program(town.shop)
    town.shop.sell(phone=ADA, **CARD)
    joined(town.shop, ADA)
    before = balance(town.shop, ADA)

    seen = []
    number = town.order(9, phone="415 555 0141", is_paid=False)
    town.sync()
    seen.append(balance(town.shop, ADA) - before)
    for act, fields in (
        (acts.pay, {}), (acts.change_order, {"customer_note": "x"}), (acts.complete, {}), (acts.refund, {"amount": 3000}),
        (acts.refund, {"amount": 1000}), (acts.cancel, {}), (acts.complete, {}), (acts.refund, {}),
    ):  # fmt: skip
        town.act(act, number, **fields)
        town.sync("incremental")
        town.sync("drift")
        seen.append(balance(town.shop, ADA) - before)
        assert town.web.broken() == []

    assert seen == [0, 90, 90, 90, 60, 50, 0, 50, 0]


def test_orders_before_joining_count_as_the_programme_says(town: Town) -> None:
    program(town.shop)
    town.now = clock.now() - timedelta(days=90)
    town.order(5, phone="415 555 0141")
    town.now = clock.now() - timedelta(days=5)
    town.order(2, phone="415 555 0141")
    town.sync()
    of_today = town.shop.sell(phone=ADA, **CARD)

    joined(town.shop, ADA)
    town.sync()

    assert balance(town.shop, ADA) == 20 + of_today["subtotal"] // 100


def test_member_earns_by_orders_that_are_read_late(town: Town) -> None:
    """The shop is connected when its customers are members already."""
    program(town.shop)
    town.shop.sell(phone=ADA, **CARD)
    joined(town.shop, ADA)
    before = balance(town.shop, ADA)
    town.now = clock.now() - timedelta(days=90)
    town.order(5, phone="415 555 0141")
    town.now = clock.now() - timedelta(days=5)
    town.order(2, phone="415 555 0141")

    town.sync()

    assert balance(town.shop, ADA) - before == 20


# --- texts ------------------------------------------------------------------------------------------------


def test_nobody_is_texted_of_a_web_order(town: Town) -> None:
    """Not even a member who gets a receipt of what is sold at the counter in the same minute."""
    program(town.shop)
    town.shop.sell(phone=ADA, **CARD)
    joined(town.shop, ADA)
    town.shop.sell(phone=ADA, **CARD)
    texts = "SELECT count(*) FROM messages"
    before, points = town.web.value(texts), balance(town.shop, ADA)
    town.now = clock.now()

    number = town.order(9, phone="415 555 0141", is_paid=False)
    town.sync()
    town.act(acts.pay, number)
    town.sync()

    assert before > 0
    assert town.web.value(texts) == before
    assert balance(town.shop, ADA) - points == 90


# --- erasure ----------------------------------------------------------------------------------------------


def _erase_meanwhile(web: Web, customer_id: str) -> None:
    """Somebody is erased while their orders are read anew, which waits for their lock."""
    with web.app.app_context(), transaction(web.store_id, actor="test"):
        erasing.erase(UUID(customer_id), clock.now(), authorised_by="test")
        reader = threading.Thread(target=web.sync, args=("drift",))
        reader.start()
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        end = time.monotonic() + 20
        while not (is_waiting := web.value(waiting)) and time.monotonic() < end:
            time.sleep(0.01)
    reader.join(20)
    assert (bool(is_waiting), reader.is_alive()) == (True, False)


@pytest.mark.parametrize("is_known", [True, False])
def test_who_is_erased_in_that_moment_has_no_words_after_it(town: Town, is_known: bool) -> None:
    account = town.account("415 555 0141", "ada@shop.example")
    town.sync()
    customer_id = look_up(town.shop, ADA)["id"]
    number = town.order(customer=account, note="" if is_known else "Ring at Grace Hill's")
    if is_known:
        town.sync()
        town.act(acts.change_order, number, customer_note="Ring at Grace Hill's")
        town.act(acts.refund, number, amount=100, reason="Grace Hill asked")

    _erase_meanwhile(town.web, customer_id)

    assert town.whose(number) == customer_id
    assert "Grace" not in str(town.web.order(number))
    assert town.web.rows("SELECT id FROM refunds WHERE reason LIKE '%%Grace%%'") == []
    gone = "SELECT num_nonnulls(name, phone, email_hash) FROM customers WHERE id = %(c)s"
    assert town.web.value(gone, c=customer_id) == 0


def test_why_money_went_back_is_erased_and_is_not_told_again(town: Town) -> None:
    number = town.order(phone="415 555 0141", first_name="Ada")
    town.act(acts.refund, number, amount=100, reason="Grace Hill asked")
    town.sync()
    kept = "SELECT count(*) FROM refunds WHERE reason LIKE '%%Grace%%'"
    assert town.web.value(kept) == 1

    erased = town.shop.request("DELETE", f"/customers/{town.whose(number)}", as_="owner")
    town.act(acts.refund, number, amount=200, reason="Grace Hill asked again")
    town.sync()

    assert erased.status_code == 204
    assert town.web.value(kept) == 0
    assert town.web.order(number)["amount_refunded"] == 300
