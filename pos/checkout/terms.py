"""By what an order's points are computed: the level, the promotion at the hour of the sale, and the catalogue, of the day on
which they were earned. They are kept with the entry, so that a refund is computed by the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from pos import ids
from pos.catalog import queries as catalog
from pos.catalog.prices import zone
from pos.checkout.remaining import Sold
from pos.loyalty import accrual
from pos.loyalty import queries as loyalty
from pos.loyalty.accounts import Ledger
from pos.loyalty.accrual import Bought, Terms
from pos.loyalty.rules import Level, Rules, midnight
from pos.statements import Statement

_BROUGHT_TODAY = Statement("""
    SELECT coalesce(sum((terms ->> 'bonus')::bigint), 0)::bigint FROM point_entries
     WHERE store_id = :store AND member_id = :member AND type = 'accumulate' AND act_id >= :since ::uuid
       AND terms ->> 'promotion' = :promotion AND terms ->> 'promotion_on' = :day
""")
_TIMEZONE = Statement("SELECT timezone FROM locations WHERE store_id = :store AND id = :location")


class Around(Protocol):
    """What besides the order and the rules its points depend on."""

    def shelves(self, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        """The categories in which each of these products lies."""

    def timezone(self, location_id: UUID) -> str:
        """That of a location."""

    def brought(self, member_id: UUID | None, promotion: str, day: date, timezone: str) -> int:
        """The points that a promotion brought the member already on that local day."""


class _AsKept:
    """All of it as the database has it."""

    def shelves(self, product_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
        return catalog.shelves(product_ids)

    def timezone(self, location_id: UUID) -> str:
        [(timezone,)] = _TIMEZONE.rows(location=location_id)
        return str(timezone)

    def brought(self, member_id: UUID | None, promotion: str, day: date, timezone: str) -> int:
        since = ids.first_uuid7_of(midnight(day, timezone))
        [(brought,)] = _BROUGHT_TODAY.rows(member=member_id, since=since, promotion=promotion, day=day.isoformat())
        return int(brought)


AS_KEPT = _AsKept()


def fresh(
    rules: Rules,
    level: Level,
    sold: Sold,
    lines: Sequence[Bought],
    member_id: UUID | None = None,
    *,
    around: Around = AS_KEPT,
) -> Terms:
    """Those of this moment. What a promotion brought the member already on that day counts for its limit."""
    shelves = _shelves(rules, lines, around)
    terms = Terms(
        level=level.name,
        multiplier=level.multiplier,
        per_piece=accrual.pieces(rules.accrual, lines, shelves),
        excluded=accrual.excluded(rules.accrual, lines, shelves),
        rated=sold.figures(),
    )
    return _promoted(terms, rules, sold, member_id, around) if rules.promotions else terms


def of_its_day(ledger: Ledger, sold: Sold, lines: Sequence[Bought]) -> tuple[Terms, Rules]:
    """Those of an order that accumulated; lines that were added since are taken as the catalogue has them now."""
    booked, rules = ledger.account.booked, ledger.account.rules
    assert booked.terms is not None
    assert booked.version is not None
    if booked.version != rules.version:
        rules = loyalty.rules_at(booked.version)
    new = [line for line in lines if line.id not in booked.terms.rated]
    shelves = _shelves(rules, new, AS_KEPT) if new else {}
    terms = replace(
        booked.terms,
        per_piece={**booked.terms.per_piece, **accrual.pieces(rules.accrual, new, shelves)},
        excluded=booked.terms.excluded | accrual.excluded(rules.accrual, new, shelves),
    )
    if sold.is_paid:
        terms = replace(terms, rated=sold.figures(), most=_most(ledger, sold, rules))
    return terms, rules


def _shelves(rules: Rules, lines: Sequence[Bought], around: Around) -> Mapping[UUID, Sequence[UUID]]:
    """The categories in which the products of these lines lie, if the rules ask for them."""
    if not rules.accrual.asks_for_categories:
        return {}
    return around.shelves([line.product_id for line in lines if line.product_id])


def _promoted(terms: Terms, rules: Rules, sold: Sold, member_id: UUID | None, around: Around) -> Terms:
    """With the promotion that held where and when the order was sold, and what it may still bring on that day."""
    timezone = around.timezone(sold.location_id)
    local = sold.placed_at.astimezone(zone(timezone))
    promotion = rules.promotion_at(local)
    if promotion is None:
        return terms
    day, most = local.date(), promotion.limit_per_day
    if most is not None:
        most = max(most - around.brought(member_id, promotion.name, day, timezone), 0)
    return replace(
        terms,
        promotion=promotion.name,
        promotion_multiplier=promotion.multiplier,
        promotion_on=day.isoformat(),
        most=most,
    )


def _most(ledger: Ledger, sold: Sold, rules: Rules) -> int | None:
    """What the promotion of an order that accumulated may bring by now: what it brought, and what is left of the day's limit."""
    booked = ledger.account.booked
    if booked.terms is None or booked.terms.most is None:
        return None
    name, day = str(booked.terms.promotion), date.fromisoformat(str(booked.terms.promotion_on))
    limit = next(each.limit_per_day for each in rules.promotions if each.name == name) or 0
    brought = AS_KEPT.brought(ledger.holder.id, name, day, AS_KEPT.timezone(sold.location_id))
    return booked.bonus + max(limit - brought, 0)
