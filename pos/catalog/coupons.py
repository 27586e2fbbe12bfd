"""Coupons at the counter: looked up for the price, used last in the sale, given back with a cancellation.

The use is one conditional UPDATE late in the sale: the row is locked for as short as it can be, and of the orders that
race for the last use the schema and the condition let one through.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pos import ids
from pos.errors import Conflict, Refused
from pos.statements import Statement

_FIND = Statement("""
    SELECT id, code, discount_type, amount, starts_at, ends_at, usage_limit, usage_count, status FROM coupons
     WHERE store_id = :store AND code = :code
""")
_USE = Statement("""
    WITH used AS (
      UPDATE coupons SET usage_count = usage_count + 1, updated_at = now()
       WHERE store_id = :store AND id = :coupon AND (usage_limit IS NULL OR usage_count < usage_limit)
      RETURNING store_id, id)
    INSERT INTO order_coupons (store_id, id, order_id, coupon_id)
    SELECT used.store_id, :use ::uuid, :order ::uuid, used.id FROM used
""")
_LOCK_USES = Statement("""
    SELECT u.id FROM order_coupons u
     WHERE u.store_id = :store AND u.returned_at IS NULL
       AND u.id IN (SELECT own.id FROM order_coupons own WHERE own.store_id = :store AND own.order_id = :order
                    UNION
                    SELECT d.coupon_use_id FROM order_discounts d WHERE d.store_id = :store AND d.order_id = :order)
     ORDER BY u.id FOR NO KEY UPDATE
""")
_RETURN = Statement("""
    WITH returned AS (
      UPDATE order_coupons u SET returned_at = :now, updated_at = now()
       WHERE u.store_id = :store AND u.id = ANY(:uses ::uuid[])
         AND NOT EXISTS (SELECT FROM order_discounts d JOIN orders o ON o.store_id = d.store_id AND o.id = d.order_id
                          WHERE d.store_id = :store AND d.coupon_use_id = u.id AND d.replaced_at IS NULL
                            AND d.order_id <> :order AND o.status <> 'canceled')
      RETURNING u.coupon_id)
    UPDATE coupons SET usage_count = usage_count - returned.uses, updated_at = now()
      FROM (SELECT coupon_id, count(*) AS uses FROM returned GROUP BY coupon_id) AS returned
     WHERE coupons.store_id = :store AND coupons.id = returned.coupon_id
""")


@dataclass(frozen=True)
class Code:
    """A coupon as the counter sees it; `use_id` is the use that an order would take."""

    id: UUID
    code: str
    discount_type: str
    amount: int
    starts_at: datetime | None
    ends_at: datetime | None
    usage_limit: int | None
    usage_count: int
    status: str
    use_id: UUID = field(default_factory=ids.uuid7)

    def why_not(self, at: datetime) -> str | None:
        """The reason why it takes nothing off at this instant, or None."""
        if self.status != "active":
            return "it was withdrawn"
        if self.starts_at and at < self.starts_at:
            return f"it holds from {self.starts_at:%Y-%m-%d %H:%M} UTC"
        if self.ends_at and at >= self.ends_at:
            return f"it ended on {self.ends_at:%Y-%m-%d %H:%M} UTC"
        return None

    @property
    def percent(self) -> int | None:
        return self.amount if self.discount_type == "percent" else None

    @property
    def minor_units(self) -> int | None:
        return self.amount if self.discount_type == "amount" else None


class UnknownCoupon(Refused):
    title = "No such coupon"
    advice = "There is no coupon {code!r}. Check the code, or sell without it."


class CouponNotValid(Refused):
    title = "The coupon does not hold now"
    advice = "The coupon {code} takes nothing off: {why}."


class CouponUsedUp(Conflict):
    title = "The coupon is used up"
    advice = "The coupon {code} was used as often as it may be. Sell without it."


def find(code: str) -> Code:
    """The coupon with this code, however it is written. Raises UnknownCoupon."""
    row = _FIND.first(code=normalised(code))
    if row is None:
        raise UnknownCoupon(code=code)
    return Code(*row)


def require_valid(coupon: Code, at: datetime) -> None:
    """Raises CouponNotValid, CouponUsedUp."""
    why = coupon.why_not(at)
    if why:
        raise CouponNotValid(code=coupon.code, why=why)
    if coupon.usage_limit is not None and coupon.usage_count >= coupon.usage_limit:
        raise CouponUsedUp(code=coupon.code)


def use(coupon: Code, order_id: UUID) -> None:
    """Takes one use for an order, whose row is there already. Raises CouponUsedUp."""
    if not _USE.run(coupon=coupon.id, order=order_id, use=coupon.use_id):
        raise CouponUsedUp(code=coupon.code)


def give_back(order_id: UUID, now: datetime) -> None:
    """Gives back the uses of an order that ends, unless a part that was split off it still has something from them.

    The uses are locked first: of two parts that end at once the second one sees that the first has ended. Also a use
    of which the order has nothing left is looked at: the part that had the rest may have ended before.
    """
    uses = [use_id for (use_id,) in _LOCK_USES.rows(order=order_id)]
    if uses:
        _RETURN.run(order=order_id, uses=uses, now=now)


def normalised(code: str) -> str:
    """Codes are kept in capitals and without blanks: people type them."""
    return "".join(code.split()).upper()
