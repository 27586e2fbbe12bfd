"""A register's report on paper: X, Z and addendum. What has to add up stands as a sum, so that it can be added up by hand. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from pos.printing.paper import Block, Document, document, pair, rule, space, text
from pos.printing.saying import Saying

Report = dict[str, Any]
_COUNTED = ("expected", "counted", "difference")
_TO_DRAWER = ("cash_payments", "cash_refunds", "paid_in", "paid_out")
_TO_BALANCE = ("sold", "given_back", "received", "received_elsewhere", "received_for_others")
_LESS = ("cash_refunds", "paid_out", "given_back", "received", "received_elsewhere")


def report(shown: Report, saying: Saying) -> Document:
    """A Report of the API (pos/shifts)."""
    title = _title(shown, saying)
    parts = (
        _about(shown, saying), _sales(shown, saying), _orders(shown, saying), _discounts(shown, saying), _tenders(shown, saying),
        _drawer(shown["drawer"], saying), _movements(shown, saying), _stripe(shown["stripe"], saying),
        _points(shown["points"], saying), _balance(shown["balance"], saying), _digests(shown, saying),
    )  # fmt: skip
    head = [*saying.head(), space(), text(title, align="center", bold=True, size=2)]
    return document(title, [*head, *(block for part in parts for block in part)])


def _title(shown: Report, saying: Saying) -> str:
    return saying.words.say(shown["kind"], number=shown["number"], ordinal=shown["ordinal"])


def _about(shown: Report, saying: Saying) -> Iterator[Block]:
    said, shift = saying.words.say, shown["shift"]
    if shown["kind"] == "x":
        yield text(said("x.note"), align="center")
    yield space()
    yield text(shown["register"]["name"], bold=True)
    yield pair(said("business_day"), shown["business_day"])
    if shown["made_at"]:
        yield pair(said("made_at"), saying.moment(shown["made_at"]))
    for name in ("opened", "closed"):
        if shift[f"{name}_at"]:
            by = shift[f"{name}_by"]
            yield pair(said(f"{name}.by", name=by) if by else said(name), saying.moment(shift[f"{name}_at"]))
    if shown["kind"] != "x":
        yield pair(said("sequence"), str(shown["sequence"]))


def _part(title: str, rows: Iterable[Block]) -> Iterator[Block]:
    """Rows under their title; a part without rows is left out."""
    rows = list(rows)
    if rows:
        yield rule()
        yield text(title, bold=True)
        yield from rows


def _sales(shown: Report, saying: Saying) -> Iterator[Block]:
    yield from _part(saying.words.say("sales"), [*_classes(shown, saying), *_sums(shown, saying)])


def _classes(shown: Report, saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    for each in shown["sales"]["classes"]:
        kind, rate = said(f"kind.{each['kind']}"), saying.words.rate(each["tax_rate"])
        yield saying.amount(said("class", kind=kind, tax_class=each["tax_class"], rate=rate), each["subtotal"])
        yield text("  " + said("pieces", count=each["quantity"]))
        if each["discount"]:
            yield saying.amount(f"  {said('discount')}", -each["discount"])
        yield saying.amount(f"  {said(_tax_name(shown))}", each["tax"])


def _sums(shown: Report, saying: Saying) -> Iterator[Block]:
    said, sales = saying.words.say, shown["sales"]
    yield saying.amount(said("subtotal"), sales["subtotal"])
    if sales["discount"]:
        yield saying.amount(said("discount"), -sales["discount"])
    yield saying.amount(said("net"), sales["net"])
    yield saying.amount(said(_tax_name(shown)), sales["tax"])
    for name in ("tip", "shipping", "fees"):
        if sales[name]:
            yield saying.amount(said(name), sales[name])
    yield saying.amount(said("total"), sales["total"], bold=True)


def _tax_name(shown: Report) -> str:
    return "tax_included.all" if shown["tax_included"] else "tax.all"


def _orders(shown: Report, saying: Saying) -> Iterator[Block]:
    said, orders = saying.words.say, shown["orders"]
    rows = [
        pair(said("orders.count"), saying.words.number(orders["count"])),
        pair(said("orders.canceled"), saying.words.number(orders["canceled_count"])),
        saying.amount(said("orders.voided", number=orders["voided_count"]), orders["voided_amount"]),
    ]
    yield from _part(said("orders"), rows)


def _discounts(shown: Report, saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    kinds = [
        saying.amount(said("counted", what=said(f"discount.{each['kind']}"), number=each["count"]), each["amount"])
        for each in shown["discounts"]
    ]
    coupons = [
        saying.amount(said("coupon", code=each["code"], number=each["count"]), each["amount"])
        for each in shown["coupons"]
    ]
    yield from _part(said("discounts"), [*kinds, *coupons])


def _tenders(shown: Report, saying: Saying) -> Iterator[Block]:
    yield from _part(saying.words.say("payments"), [row for each in shown["tenders"] for row in _tender(each, saying)])


def _tender(tender: dict[str, Any], saying: Saying) -> Iterator[Block]:
    said, method = saying.words.say, saying.words.say(f"method.{tender['method']}")
    yield saying.amount(
        said("tender.payments", method=method, number=tender["payment_count"]), tender["payments"], bold=True
    )
    if tender["refund_count"]:
        yield saying.amount(said("tender.refunds", number=tender["refund_count"]), -tender["refunds"])
        yield saying.amount(said("tender.net"), tender["net"])
    # What cash should be and was is told by the drawer, where it adds up.
    if tender["method"] != "cash":
        yield from _known(tender, "tender", saying)


def _known(figures: dict[str, Any], part: str, saying: Saying) -> Iterator[Block]:
    """What was expected and counted, as far as it was counted."""
    for name in _COUNTED if figures["counted"] is not None else ():
        if figures[name] is not None:
            yield saying.amount(saying.words.say(f"{part}.{name}"), figures[name])


def _drawer(drawer: dict[str, Any], saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    added = [saying.amount(said(f"drawer.{name}"), drawer[name]) for name in _TO_DRAWER]
    rows = [
        saying.amount(said("drawer.opening_float"), drawer["opening_float"]), *added,
        saying.amount(said("drawer.expected"), drawer["expected"], bold=True),
        *(
            saying.amount(said(f"drawer.{name}"), drawer[name], bold=True)
            for name in ("counted", "difference") if drawer[name] is not None
        ),
        pair(said("drawer.no_sale"), saying.words.number(drawer["no_sale_count"])),
        *_amiss(drawer["opening_float"] + _added(drawer, _TO_DRAWER), drawer["expected"], saying),
    ]  # fmt: skip
    yield from _part(said("drawer"), rows)


def _movements(shown: Report, saying: Saying) -> Iterator[Block]:
    rows: list[Block] = []
    for movement in shown["movements"]:
        called = saying.words.say(f"movement.{movement['kind']}")
        hour = saying.words.hour(saying.local(movement["created_at"]))
        sign = -1 if movement["kind"] == "paid_out" else 1
        amount = saying.money(sign * movement["amount"]) if movement["amount"] else ""
        rows += [
            pair(f"{hour} {called}", amount),
            text("  " + ", ".join(filter(None, (movement["reason"], movement["by"])))),
        ]
    yield from _part(saying.words.say("movements"), rows)


def _stripe(stripe: dict[str, Any], saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    if any(stripe.values()):
        rows = [
            saying.amount(said("stripe.to_come"), stripe["to_come"]),
            saying.amount(said("stripe.waiting", number=stripe["links_waiting_count"]), stripe["links_waiting"]),
        ]
        yield from _part(said("stripe"), rows)


def _points(points: dict[str, Any], saying: Saying) -> Iterator[Block]:
    said = saying.words.say
    if any(points.values()):
        names = ("given", "used", "returned", "reversed", "outstanding")
        rows = [pair(said(f"points.{name}"), saying.words.number(points[name])) for name in names]
        worth = points["outstanding_worth"]
        told = [] if worth is None else [saying.amount(said("points.worth"), worth)]
        yield from _part(said("points"), [*rows, *told])


def _balance(balance: dict[str, Any], saying: Saying) -> Iterator[Block]:
    """Due before + sold − given back − received (here less what was for orders of others, and elsewhere) = due now."""
    said = saying.words.say
    told = [name for name in _TO_BALANCE if balance.get(name) or name in ("sold", "received")]
    rows = [
        saying.amount(said("balance.due_before"), balance["due_before"]),
        *(saying.amount(said(f"balance.{name}"), balance[name]) for name in told),
        saying.amount(said("balance.due_after"), balance["due_after"], bold=True),
        *_amiss(balance["due_before"] + _added(balance, told), balance["due_after"], saying),
    ]
    yield from _part(said("balance"), rows)


def _added(figures: dict[str, Any], names: Iterable[str]) -> int:
    return sum(-figures[name] if name in _LESS else figures[name] for name in names)


def _amiss(added: int, told: int, saying: Saying) -> Iterator[Block]:
    """Says it on the paper itself if the lines above do not come to the sum below them."""
    if added != told:
        yield text(saying.words.say("balance.amiss", difference=saying.money(told - added)), bold=True)


def _digests(shown: Report, saying: Saying) -> Iterator[Block]:
    digests = [(name, shown[name]) for name in ("digest", "previous_digest") if shown[name]]
    if digests:
        yield rule()
    for name, digest in digests:
        yield text(saying.words.say(name))
        # Halves fit on either paper.
        half = len(digest) // 2
        yield from (text(part, align="center") for part in (digest[:half], digest[half:]))
