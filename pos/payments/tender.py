"""What is handed over at the counter against what is due: pure."""

from dataclasses import dataclass

from pos.errors import Conflict, Refused


@dataclass(frozen=True)
class Tender:
    """Money taken at the counter: `amount` goes into the books, of `tendered` the change is given back."""

    method: str
    amount: int
    tendered: int | None


class NothingDue(Conflict):
    title = "Nothing is due"
    advice = "This order is paid. If the customer meant another one, look it up by its reference."


class AmountExceedsDue(Refused):
    title = "More than is due"
    advice = "Only {due} is due (minor units). Put what was handed over into `tendered`, to get the change computed."


class TenderedTooLittle(Refused):
    title = "Not enough cash"
    advice = "{tendered} was handed over for {amount} (minor units). Send a smaller `amount` to take a part of it."


class TenderedNeedsCash(Refused):
    title = "Only cash is tendered"
    advice = "`tendered` is for cash. A card is charged exactly the amount."


def tender(method: str, *, due: int, amount: int | None, tip: int = 0, tendered: int | None = None) -> Tender:
    """Takes `amount` of what is due (all of it if not said) and a tip on top of it, in minor units.

    Raises NothingDue, AmountExceedsDue, TenderedTooLittle, TenderedNeedsCash.
    """
    if due + tip == 0:
        raise NothingDue
    part = due if amount is None else amount
    if part > due:
        raise AmountExceedsDue(due=due)
    taken = part + tip
    if tendered is not None and method != "cash":
        raise TenderedNeedsCash
    if tendered is not None and tendered < taken:
        raise TenderedTooLittle(tendered=tendered, amount=taken)
    return Tender(method, taken, tendered)
