"""Health and the log of who did what."""

import csv
from uuid import UUID

from flask import Flask
from sqlalchemy import text

from pos.audit.tasks import audit_one_store
from pos.db import db, transaction
from tests.client import Shop
from tests.office.desk import desk
from tests.operations import all_things, failed_job


def test_health_shows_what_the_audit_found_and_what_hangs(app: Flask, shop: Shop, other_shop: Shop) -> None:
    # Given a book that does not hold, a link that was never made, a failed job, and one of another store
    order = shop.sell(payment={"method": "cash"})
    waiting = shop.sell(phone="4155550241", payment_link={})
    failed_job(shop)
    theirs = failed_job(other_shop, "messaging.deliver")
    with transaction(UUID(shop.store_id)):
        db.session.execute(text("UPDATE orders SET amount_paid = amount_paid - 1 WHERE id = :id"), {"id": order["id"]})
        db.session.execute(text("UPDATE payment_links SET created_at = now() - interval '1 hour'"))
    manager = desk(app, shop, "manager")
    assert "The books were not proven yet" in manager.page("/health").text

    # When an audit has run
    assert manager.api("POST", "/audits", {}).status_code == 202
    running = manager.get("/health").get_data(as_text=True)
    audit_one_store(shop.store_id)

    # Then it is all there in words
    page = manager.page("/health")
    assert 'hx-trigger="every 3s"' in running
    assert f"Order {order['reference']}" in page.text
    assert "amount paid" in page.text
    assert "A link is not made yet" in page.text
    assert waiting["reference"] in page.text
    assert "Prove the books Failed" in page.text or "Prove the books failed" in page.text
    assert f"/jobs/{theirs}/" not in manager.get("/health").get_data(as_text=True)


def test_log_names_people_and_is_filtered_and_exported(app: Flask, shop: Shop) -> None:
    # Given what an owner and a cashier changed
    ids = all_things(shop)
    owner = desk(app, shop)
    assert (
        owner.api("PATCH", f"/products/{ids['product_id']}", {"name": "House IPA 2"}, **{"If-Match": "*"}).status_code
        == 200
    )
    person = next(each for each in shop.get("/users", as_="owner").json["data"] if each["id"] == shop.people["owner"])

    # When it is looked at
    every = owner.page("/health/log").text
    mine = owner.page(f"/health/log?person=user:{shop.people['owner']}&action=products.change").text
    about = owner.page(f"/health/log?subject=products:{ids['product_id']}").text
    export = owner.get("/health/log.csv?action=products.change")

    # Then people have names, and what changed is told
    for page in (every, mine, about):
        assert person["name"] in page
        assert "name: House IPA → House IPA 2" in page
    assert "campaigns: create" in every.replace("campaigns.create", "campaigns: create")
    assert "attention items: create" not in mine.partition("What it was and is")[2]
    [head, row] = csv.reader(export.get_data(as_text=True).lstrip("\ufeff").splitlines())
    assert head == ["When", "Who", "What", "About", "What it was and is"]
    assert row[1:3] == [person["name"], "products: change"]
    # And by days, with the words that stand beside an act
    reason = {"reason": "spilt on the floor"}
    shop.post(f"/orders/{ids['order_id']}/cancel", reason, as_="owner")
    assert "reason: spilt on the floor" in owner.page(f"/health/log?subject=orders:{ids['order_id']}").text
    assert "Nothing fits" in owner.page("/health/log?until=2020-01-01").text
    assert "House IPA 2" in owner.page("/health/log?since=2020-01-01&person=" + f"user:{shop.people['owner']}").text
    for odd in ("since=yesterday", "until=2026-13-01", "action=nothing", "person=user:1", "sort=at"):
        assert owner.get(f"/health/log?{odd}").status_code == 422
