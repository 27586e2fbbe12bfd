"""The table of members."""

from collections.abc import Sequence

from pos import phone
from pos.errors import InvalidPhone
from pos.loyalty import tappass_ids
from pos.loyalty.tappass_ids import MistypedTappassId
from pos.web.office.tables import Column, Filter, Table, day_begins
from pos.web.office.writing import Writing

# What is due and not swept up yet is not theirs any more; hardly ever there is any, so this is cheap for all members at once.
_DUE = """LEFT JOIN (SELECT member_id, sum(remaining)::bigint AS points FROM point_lots
                      WHERE store_id = :store AND remaining > 0 AND expires_at <= now() GROUP BY member_id) due ON due.member_id = m.id"""

# Each half by its index.
_FOUND = """m.id IN (SELECT x.id FROM members x WHERE x.store_id = :store AND x.tappass_id = (:q ::text[])[1]
                     UNION ALL SELECT x.id FROM customers w JOIN members x ON x.store_id = w.store_id AND x.customer_id = w.id
                                WHERE w.store_id = :store AND w.phone = (:q ::text[])[2])"""


def members(levels: Sequence[str]) -> Table:
    """Of a programme with these levels."""
    return Table(
        name="members",
        columns=(
            Column("id", "", "m.id"),
            Column("tappass_id", "TapPass ID", "m.tappass_id", link=("office.loyalty.one_member", {"member": "id"})),
            Column("name", "Name", "c.name"),
            Column("level", "Level", "m.level", "badge"),
            Column("balance", "Points", "m.balance - coalesce(due.points, 0)", "number", is_sortable=True),
            Column("lifetime_points", "Ever earned", "m.lifetime_points", "number", is_sortable=True),
            Column("order_count", "Orders", "c.order_count", "number"),
            Column("joined_at", "Joined", "m.joined_at", "moment", is_sortable=True),
        ),
        source=f"""FROM members m JOIN customers c ON c.store_id = m.store_id AND c.id = m.customer_id {_DUE}
                  WHERE m.store_id = :store AND m.merged_into_id IS NULL""",
        key="m.id",
        order="-joined_at",
        filters=(
            Filter(
                "q",
                "TapPass ID or whole phone number",
                _FOUND,
                read=_who,
            ),
            Filter("level", "Level", "m.level = :level", [(name, name) for name in levels]),
            Filter("since", "Joined since", "m.joined_at >= :since", kind="date", read=day_begins),
        ),
    )


def _who(typed: str, writing: Writing) -> list[str]:
    """A TapPass ID, and a whole phone number; nothing for what is none."""
    return [_tappass_id(typed), _phone(typed, writing.country)]


def _tappass_id(typed: str) -> str:
    try:
        return tappass_ids.read(typed)
    except MistypedTappassId:
        return ""


def _phone(typed: str, country: str) -> str:
    try:
        return phone.parse(typed, country)
    except InvalidPhone:
        return ""
