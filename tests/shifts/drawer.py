"""What tests say to a register's drawer."""

from typing import Any

from tests.checkout.counter import done
from tests.client import Shop


def opened(shop: Shop, opening_float: int = 20000, **options: Any) -> dict[str, Any]:
    """The register's shift, just opened."""
    return done(shop.post("/shifts", {"opening_float": opening_float}, **options), 201)


def counted(shop: Shop, shift: dict[str, Any], cash: int, card: int | None = None) -> dict[str, Any]:
    """What the count of a drawer answers."""
    return done(shop.post(f"/shifts/{shift['id']}/counts", {"cash": cash, "card": card}), 201)


def closed(shop: Shop, shift: dict[str, Any], cash: int = 0, card: int | None = None) -> dict[str, Any]:
    """The report of a shift that was counted and closed."""
    counted(shop, shift, cash, card)
    return done(shop.post(f"/shifts/{shift['id']}/close"), 201)


def report(shop: Shop, shift: dict[str, Any]) -> dict[str, Any]:
    """How a shift stands."""
    return done(shop.get(f"/shifts/{shift['id']}/report"))


def tender(shown: dict[str, Any], method: str) -> dict[str, Any]:
    return next(each for each in shown["tenders"] if each["method"] == method)


def ties(shown: dict[str, Any]) -> bool:
    """Whether a report's figures hang together."""
    sales, balance = shown["sales"], shown["balance"]
    tax = 0 if shown["tax_included"] else sales["tax"]
    classes = {name: sum(each[name] for each in sales["classes"]) for name in ("subtotal", "discount", "tax")}
    return (
        classes == {name: sales[name] for name in classes}
        and sum(each["amount"] for each in shown["discounts"]) == sales["discount"]
        and sales["total"] == sales["net"] + tax + sales["tip"] + sales["shipping"] + sales["fees"]
        and balance["sold"] == sales["total"]
        and balance["sold"] - balance["given_back"] == balance["kept"] + balance["due_after"] - balance["due_before"]
        and balance["received"] == sum(each["net"] for each in shown["tenders"])
        and balance["received"] == balance["kept"] - balance["received_elsewhere"] + balance["received_for_others"]
    )


def another_register(shop: Shop) -> str:
    """The token of a second register at the same location."""
    made = done(shop.post("/registers", {"name": "Till 2", "location_id": shop.location_id}, as_="owner"), 201)
    enrolment = {"store": shop.slug, "code": made["enrolment_code"]}
    return str(done(shop.post("/register/enrol", enrolment, as_="nobody"))["token"])


def offline(shop: Shop, placed_at: str, **facts: Any) -> dict[str, Any]:
    """A water for 199 that was sold without network, and comes now."""
    items = [{"sku": "WATER", "quantity": 1, "unit_price": 199}]
    return shop.sell(items=items, offline=True, placed_at=placed_at, **facts)


def reports(shop: Shop) -> list[dict[str, Any]]:
    """The register's reports, the first one first."""
    return done(shop.get("/z-reports"))["data"][::-1]  # type: ignore[no-any-return]


_DATED = {
    "orders": "updated_at", "order_lines": "updated_at", "payments": "updated_at", "refunds": "updated_at", "shifts": "updated_at",
    "point_entries": "created_at", "z_reports": "created_at", "z_orders": "created_at", "z_entries": "created_at",
}  # fmt: skip


def hours_pass(superuser: Any, hours: int = 3) -> None:
    """By the database's clock, all that is there was written so many hours earlier."""
    with superuser.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, column in _DATED.items():
            columns = {"created_at", column}
            moved = ", ".join(f"{each} = {each} - interval '{hours} hours'" for each in sorted(columns))
            cursor.execute(f"UPDATE {table} SET {moved}")
        cursor.execute("SET session_replication_role = origin")
