"""What a sheet would change in the catalogue: pure. It is shown before it is done, and what was shown is what is done."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from marshmallow import ValidationError

from pos import ids
from pos.catalog.schemas import CategoryNew, ProductChange
from pos.catalog.sheet import COLUMNS, Fault, Line, Sheet, in_words

Product = Mapping[str, Any]
_NEEDED = ("name", "kind", "price", "tax_class")
_DEFAULTS: Product = {
    "category": None, "sale_price": None, "is_open_price": False, "stock_quantity": None, "status": "active",
    "modifiers": [], "price_rules": [], "image_url": None, "station": None,
}  # fmt: skip
_PRODUCT, _CATEGORY = ProductChange(), CategoryNew()


@dataclass(frozen=True)
class Known:
    """The catalogue as it is, as far as the sheet names it: products by SKU with the fields of COLUMNS and their id, the
    names of all categories and stations, the tax classes that a product may have."""

    products: Mapping[str, Product]
    categories: frozenset[str]
    stations: tuple[str, ...]
    tax_classes: frozenset[str]
    currency: str

    @cached_property
    def folded(self) -> dict[str, str]:
        return {name.casefold(): name for name in self.categories}


@dataclass(frozen=True)
class Step:
    """What becomes of the product of one line: `outcome` is created, changed or unchanged. Of a new one `changes` are what is said of it."""

    line: int
    sku: str
    outcome: str
    before: Product | None
    after: Product
    changes: list[dict[str, str]]


@dataclass
class Plan:
    steps: list[Step] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    new_categories: list[str] = field(default_factory=list)

    @cached_property
    def digest(self) -> str:
        """Names what would be done: if the sheet or the catalogue is another by then, so is this."""
        told = [[step.sku, step.outcome, step.changes, dict(step.after)] for step in self.steps]
        return ids.digest(json.dumps([told, self.new_categories], default=str, sort_keys=True))

    def count(self, outcome: str) -> int:
        return sum(step.outcome == outcome for step in self.steps)


def planned(sheet: Sheet, known: Known) -> Plan:
    """What each line would do, and what is wrong with those that cannot be done."""
    plan, categories = Plan(faults=list(sheet.faults)), _Categories(known)
    wrong = {fault.line for fault in sheet.faults}
    misread = {(fault.line, fault.column) for fault in sheet.faults}
    for line in sheet.lines:
        step, faults = _step(line, known, categories)
        plan.faults += [fault for fault in faults if (fault.line, fault.column) not in misread]
        if not faults and line.line not in wrong:
            plan.steps.append(step)
    plan.faults.sort(key=lambda fault: fault.line)
    plan.new_categories = sorted(categories.new.values())
    return plan


def _step(line: Line, known: Known, categories: "_Categories") -> tuple[Step, list[Fault]]:
    before = known.products.get(line.sku)
    was = before or _DEFAULTS
    said = {name: value for name, value in line.fields.items() if before is None or value != before[name]}
    faults = []
    try:
        own = {name: value for name, value in said.items() if name not in ("category", "station")}
        named = {name: value for name, value in said.items() if name == "station"} | categories.named(said)
        said = named | _PRODUCT.load(own if before else own | {"sku": line.sku})
    except ValidationError as error:
        faults = [Fault(line.line, name, _sentence(told)) for name, told in _messages(error).items()]
    after = {"needs_preparation": said.get("kind") == "food", **was, **said, "sku": line.sku}
    faults += [Fault(line.line, *told) for told in _breaches(after, said, known) if told[0] not in _columns(faults)]
    changes = list(_changes(was, after, known.currency))
    outcome = ("changed" if changes else "unchanged") if before else "created"
    return Step(line.line, line.sku, outcome, before, after, changes), faults


@dataclass
class _Categories:
    """The categories that the sheet names, in the spelling that there is already; others are made once."""

    known: Known
    new: dict[str, str] = field(default_factory=dict)

    def named(self, said: dict[str, Any]) -> dict[str, Any]:
        """The category of a line, if it names one. Raises ValidationError for what is no name."""
        if said.get("category") is None:
            return {name: None for name in said if name == "category"}
        try:
            name: str = _CATEGORY.load({"name": said["category"]})["name"]
        except ValidationError as error:
            raise ValidationError({"category": _messages(error)["name"]}) from error
        if name not in self.known.categories:
            name = self.known.folded.get(name.casefold()) or self.new.setdefault(name.casefold(), name)
        return {"category": name}


def _breaches(after: Product, said: Product, known: Known) -> Iterator[tuple[str, str]]:
    """Columns whose content does not fit the others, or the store."""
    for name in _NEEDED:
        if after.get(name) is None:
            yield name, f"A new product needs its {name.replace('_', ' ')}."
    price, sale_price = after.get("price"), after.get("sale_price")
    if price is not None and sale_price is not None and sale_price > price:
        yield "sale_price", "The sale price is above the price; leave it empty to end the sale."
    if said.get("station") not in (None, *known.stations):
        yield "station", f"There is no station {said['station']!r}. There is: {', '.join(known.stations) or 'none'}."
    if "tax_class" in said and said["tax_class"] not in known.tax_classes:
        yield (
            "tax_class",
            (
                f"Every location needs a rate for {said['tax_class']!r} first. There is: {', '.join(sorted(known.tax_classes))}."
            ),
        )


def _changes(before: Product, after: Product, currency: str) -> Iterator[dict[str, str]]:
    for name in COLUMNS:
        if name != "sku" and before.get(name) != after.get(name):
            cells = {
                when: in_words(name, row.get(name), currency) for when, row in (("before", before), ("after", after))
            }
            yield {"column": name, **cells}


def _columns(faults: list[Fault]) -> set[str | None]:
    return {fault.column for fault in faults}


def _messages(error: ValidationError) -> dict[str, Any]:
    assert isinstance(error.messages, dict)
    return error.messages


def _sentence(told: Any) -> str:
    """marshmallow's messages for one cell: the first, with its place if it lies within."""
    place = []
    while isinstance(told, dict):
        name, told = next(iter(told.items()))
        place += [str(name)] if name != "_schema" else []
    text = str(told[0] if isinstance(told, list) else told)
    return f"{' › '.join(place)}: {text}" if place else text
