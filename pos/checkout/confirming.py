"""Who was silent for a year has to say who they are before a cashier is told of their points, or spends them."""

from uuid import UUID

from pos.errors import Conflict
from pos.http.access import Caller
from pos.loyalty import queries
from pos.messaging import silence
from pos.statements import Statement

_HOLDER = Statement(
    "SELECT coalesce(merged_into_id, id) FROM customers WHERE store_id = :store AND phone = :phone ::text"
)


class ConfirmFirst(Conflict):
    title = "Confirm who it is first"
    advice = (
        "Nothing was heard of this customer for a year, so the number may be somebody else's. Ask for the name or the TapPass ID, and "
        "confirm it: POST /customers/{customer_id}/claim."
    )


def require_confirmed(customer_id: UUID, who: Caller) -> None:
    """Raises ConfirmFirst of a member who has been silent, unless a manager asks."""
    if who.reaches("manager") or queries.member_of(customer_id) is None:
        return
    if silence.is_silent(customer_id):
        raise ConfirmFirst(customer_id=customer_id)


def require_confirmed_holder(number: str, who: Caller) -> None:
    """The same of whoever has this E.164 number, if anybody does."""
    row = _HOLDER.first(phone=number)
    if row:
        require_confirmed(row[0], who)
