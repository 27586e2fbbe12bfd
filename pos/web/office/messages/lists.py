"""The table of conversations."""

from pos.care import search
from pos.web.office.tables import Column, Filter, Table
from pos.web.office.writing import Writing

_MOST_FOUND = 200
_STATES = [("waits", "Waits for a person"), ("settled", "Waits for nobody")]


def _whose(typed: str, writing: Writing) -> list[str]:
    """The numbers of whom the words find: a whole number is itself, whoever has it; a name, or the end of a number, that of customers."""
    asked = search.read(typed, None, writing.country)
    if asked.phone:
        return [asked.phone]
    return [row["phone"] for row in search.search(asked, limit=_MOST_FOUND)["data"] if row["phone"]]


CONVERSATIONS = Table(
    name="conversations",
    columns=(
        Column("id", "", "v.id"),
        Column(
            "who",
            "Who",
            "coalesce(c.name, v.phone, 'an erased customer')",
            link=("office.messages.one", {"conversation_id": "id"}),
        ),
        Column("phone", "Phone", "v.phone"),
        Column(
            "last_body",
            "Last text",
            "(SELECT CASE WHEN length(m.body) > 60 THEN left(m.body, 60) || '…' ELSE m.body END FROM messages m "
            "WHERE m.store_id = v.store_id AND m.conversation_id = v.id ORDER BY m.id DESC LIMIT 1)",
        ),
        Column("last_message_at", "When", "v.last_message_at", "moment"),
        Column("waiting_since", "Waits since", "v.waiting_since", "moment"),
    ),
    source="FROM conversations v LEFT JOIN customers c ON c.store_id = v.store_id AND c.id = v.customer_id WHERE v.store_id = :store AND v.channel = 'sms'",
    key="v.id",
    order="-last_message_at",
    filters=(
        Filter("q", "Name, phone or its last digits", "v.phone = ANY(:q ::text[])", read=_whose),
        Filter("state", "State", "(v.waiting_since IS NOT NULL) = (:state = 'waits')", _STATES),
    ),
)
