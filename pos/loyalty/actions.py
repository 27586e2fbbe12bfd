"""What may change about members, their points, rewards and the programme. The caller holds the customer's lock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pos import audit_log, ids
from pos.catalog.models import Category, Product
from pos.customers import actions as customers
from pos.customers.models import Customer
from pos.db import current_actor, current_store, db, find, rows_of
from pos.errors import Refused
from pos.http.etag import StaleVersion
from pos.http.problems import UnknownId
from pos.jobs import enqueue
from pos.loyalty import accounts, queries, tappass_ids
from pos.loyalty.accounts import Ledger
from pos.loyalty.ledger import BY_HAND, About
from pos.loyalty.models import Program, Reward
from pos.loyalty.rewards import Spending
from pos.statements import Statement, as_rows, insert_of
from pos.stores.models import Store

CODE_LIFE = timedelta(days=30)
CODE_PREFIX = "R-"
_CODE_SIGNS = 8
_CANDIDATES = 5

_JOIN = Statement("""
    INSERT INTO members (store_id, id, customer_id, tappass_id, level, level_from, joined_at, source)
    SELECT :store, :id, :customer,
           (SELECT free FROM unnest(:tappass_ids) AS free
             WHERE NOT EXISTS (SELECT FROM members o WHERE o.store_id = :store AND o.tappass_id = free) LIMIT 1),
           :level, :level_from, :now, :source
    ON CONFLICT (store_id, customer_id) DO NOTHING
    RETURNING id
""")
_LINK_ORDERS = Statement("""
    UPDATE orders SET member_id = :member WHERE store_id = :store AND customer_id = :customer AND member_id IS NULL
""")
_TAKE = Statement("""
    INSERT INTO redemptions (store_id, id, member_id, reward_id, order_id, points, code, expires_at)
    VALUES (:store, :id, :member, :reward, :order, :points, :code, :expires_at)
""")
_USE_CODE = Statement("""
    UPDATE redemptions SET order_id = :order, updated_at = now()
     WHERE store_id = :store AND id = :redemption AND order_id IS NULL AND returned_points = 0
""")
_END_CODE = Statement("""
    UPDATE redemptions SET returned_points = points, updated_at = now()
     WHERE store_id = :store AND id = :redemption AND order_id IS NULL AND returned_points = 0
""")
_RETURNED = Statement("""
    UPDATE redemptions SET returned_points = returned_points + :points, updated_at = now()
     WHERE store_id = :store AND id = :redemption
""")
# Who was merged before whom they lead to (docs/architecture.md).
_LOCK = Statement("""
    SELECT id FROM members WHERE store_id = :store AND id = ANY(:members ::uuid[]) ORDER BY merged_into_id IS NULL, id FOR NO KEY UPDATE
""")
_END = Statement("""
    UPDATE members SET ended_at = :now, updated_at = now() WHERE store_id = :store AND id = ANY(:members ::uuid[]) AND ended_at IS NULL
""")
_SET_PROGRAM = Statement(insert_of(Program) + " ON CONFLICT (store_id, version) DO NOTHING")


class WalkInCannotJoin(Refused):
    title = "Nobody to join"
    advice = "A walk-in gave no phone number. Ask for it, sell under it, and let them join."


class CodeUsed(Refused):
    title = "The code is used"
    advice = "This reward's code was used already, or its points went back. Spend the points anew."


def join(customer_id: UUID, source: str, now: datetime) -> tuple[UUID, bool]:
    """Makes the customer a member, once however many ask; gives the member's id and whether it is new. The customer's
    orders so far are the member's from now on. Raises WalkInCannotJoin, CustomerErased."""
    member_id = queries.member_of(customer_id)
    if member_id:
        return member_id, False
    customer = find(Customer, customer_id)
    if customer.origin == "walk_in":
        raise WalkInCannotJoin
    customers.require_present(customer)
    made = _insert_member(customer_id, source, now)
    if made is None:
        # Another one was faster; its commit is seen by the next statement.
        return join(customer_id, source, now)
    _LINK_ORDERS.soon(member=made, customer=customer_id)
    audit_log.record("member.join", f"members:{made}", after={"customer_id": str(customer_id), "source": source})
    return made, True


def adjust(ledger: Ledger, points: int, reason: str, authorised_by: str) -> None:
    """Adds or takes points by hand; the audit log keeps who answers for it. Raises InsufficientPoints."""
    ledger.account.adjust(points, BY_HAND)
    act_id = ledger.account.entries[-1]["act_id"]
    ledger.write()
    detail = {"points": points, "authorised_by": authorised_by}
    audit_log.record("member.adjust", f"members:{ledger.holder.id}", after=detail, reason=reason)
    audit_log.remark(f"members:{ledger.holder.id}", f"point_entries:{act_id}", reason)


def redeem(ledger: Ledger, spendings: Sequence[Spending], order_id: UUID) -> None:
    """Spends points on rewards in an order whose row is there. Raises InsufficientPoints."""
    for spending in spendings:
        _take(spending, ledger, order_id=order_id)
    ledger.write()


def issue_code(ledger: Ledger, spending: Spending, now: datetime) -> None:
    """Spends points on a code that one order may use; unused, it expires and the points go back. Raises InsufficientPoints."""
    code = CODE_PREFIX + "".join(ids.reference() for _ in range(2))[:_CODE_SIGNS]
    _take(spending, ledger, code=code, expires_at=now + CODE_LIFE)
    ledger.write()


def use_code(redemption_id: UUID, order_id: UUID) -> None:
    """Uses a code in an order. Raises CodeUsed."""
    if not _USE_CODE.run(redemption=redemption_id, order=order_id):
        raise CodeUsed


def end_code(redemption_id: UUID) -> bool:
    """Ends a code that was not used, with all its points going back; says whether there was one. The member is locked."""
    return bool(_END_CODE.run(redemption=redemption_id))


def count_returned(redemption_id: UUID, points: int) -> None:
    """Notes on a redemption what went back of it, or with a negative number, what was taken again."""
    _RETURNED.soon(redemption=redemption_id, points=points)


def end(member_ids: Sequence[UUID], now: datetime) -> None:
    """Ends the cards of a person who is erased: their points expire, and no look-up finds them. May be repeated."""
    _LOCK.run(members=list(member_ids))
    _END.run(members=list(member_ids), now=now)
    for member_id in member_ids:
        accounts.opened(member_id, now).write()


def set_program(rules: dict[str, Any], seen: int) -> None:
    """The rules from now on, as the version after the one that was seen. Of two who set them at once, the schema lets one
    through. Raises UnknownId, StaleVersion."""
    require_known(rules["accrual"])
    version = seen + 1
    row = {"id": ids.uuid7(), "version": version, "rules": rules, "actor": current_actor()}
    if not _SET_PROGRAM.run(rows=as_rows([row])):
        raise StaleVersion
    audit_log.record("program.set", f"programs:{version}", after=rules)
    enqueue("loyalty.sweep", store_id=current_store())


def require_known(accrual: dict[str, Any]) -> None:
    """Rules name products and categories of this store. Raises UnknownId."""
    spend = accrual["spend"] or {"excluded_categories": ()}
    named: list[tuple[type[Any], str, list[str]]] = [
        (Product, "products", [each["product_id"] for each in accrual["products"]]),
        (Category, "categories", [each["category_id"] for each in accrual["categories"]]),
        (Category, "spend/excluded_categories", list(spend["excluded_categories"])),
    ]
    for model, place, asked in named:
        wanted = [UUID(each) for each in asked]
        found = rows_of(model).with_only_columns(model.id).where(model.id.in_(wanted))
        known = set(db.session.scalars(found)) if wanted else set()
        for index, each in enumerate(wanted):
            if each not in known:
                reason = f"The catalogue of this store has no {place} with this id."
                raise UnknownId(reason=reason, pointer=f"/rules/accrual/{place}/{index}")


def create_reward(fields: dict[str, Any]) -> Reward:
    reward = Reward(**fields)
    db.session.add(reward)
    db.session.flush()
    return reward


def change_reward(reward: Reward, fields: dict[str, Any]) -> None:
    """Changes name, price in points, or whether it is offered; what was redeemed stays as it was."""
    for name, value in fields.items():
        setattr(reward, name, value)


def spending_on(reward_id: UUID) -> Spending | None:
    """A reward about to be spent on, if it is offered."""
    reward = db.session.scalar(rows_of(Reward).where(Reward.id == reward_id, Reward.is_active))
    if reward is None:
        return None
    return Spending(
        redemption_id=ids.uuid7(),
        reward_id=reward.id,
        name=reward.name,
        points=reward.points,
        discount_type=reward.discount_type,
        amount=reward.amount,
        product_id=reward.product_id,
    )


def _insert_member(customer_id: UUID, source: str, now: datetime) -> UUID | None:
    store = db.session.get_one(Store, current_store())
    rules = queries.current_rules(store.currency)
    row = _JOIN.first(
        id=ids.uuid7(),
        customer=customer_id,
        tappass_ids=[tappass_ids.new() for _ in range(_CANDIDATES)],
        level=rules.levels[0].name,
        level_from=rules.level_from(now, store.timezone),
        now=now,
        source=source,
    )
    return row[0] if row else None


def _take(
    spending: Spending,
    ledger: Ledger,
    *,
    order_id: UUID | None = None,
    code: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    about = About(order_id, reward_id=spending.reward_id, redemption_id=spending.redemption_id)
    ledger.account.redeem(spending.points, about)
    _TAKE.soon(
        id=spending.redemption_id,
        member=ledger.holder.id,
        reward=spending.reward_id,
        order=order_id,
        points=spending.points,
        code=code,
        expires_at=expires_at,
    )
