"""A programme's rules in sentences, and what changed from one version to the next: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pos.web.office.writing import Writing

Rules = Mapping[str, Any]
_DAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}
_LEVELS_BY = {"year": "the points of the last twelve months", "lifetime": "all points ever earned"}
_SHORTFALL = {"debt": "owed: the next points repay it", "forgive": "forgiven"}


@dataclass(frozen=True)
class Change:
    """What a rule said before, and after; nothing where it was not there."""

    rule: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Told:
    """Rules as they are told in a store whose products and categories have these names."""

    say: Writing
    names: Mapping[str, str]

    def sentences(self, rules: Rules) -> dict[str, str]:
        """Each rule with what it says. Of several with one name, the later ones are numbered."""
        told: dict[str, str] = {}
        for rule, text in self._each(rules):
            number = sum(known == rule or known.startswith(f"{rule} (") for known in told) + 1
            told[rule if number == 1 else f"{rule} ({number})"] = text
        return told

    def changes(self, before: Rules, after: Rules) -> list[Change]:
        """What another version says otherwise."""
        old, new = self.sentences(before), self.sentences(after)
        return [Change(rule, old.get(rule), new.get(rule)) for rule in {**old, **new} if old.get(rule) != new.get(rule)]

    def _each(self, rules: Rules) -> Iterator[tuple[str, str]]:
        yield from self._accrual(rules["accrual"])
        yield "Levels go by", _LEVELS_BY[rules["levels_by"]]
        for level in rules["levels"]:
            yield (
                f"Level {level['name']}",
                f"from {self.say.number(level['points'])} points on, × {level['multiplier']}",
            )
        for promotion in rules["promotions"]:
            yield f"Promotion {promotion['name']}", self._promotion(promotion)
        months = rules["expiry_months"]
        yield "Expiry", f"after {months} months, at the end of the month" if months else "never"
        yield "Spent points of what is paid back", _SHORTFALL[rules["shortfall"]]
        yield "Birthday", self._points(rules["birthday_points"]) if rules["birthday_points"] else "nothing"
        days = rules["joining_days"]
        yield (
            "Joining",
            f"brings points for the orders of the {days} days before" if days else "brings nothing by itself",
        )

    def _accrual(self, accrual: Rules) -> Iterator[tuple[str, str]]:
        spend, visit = accrual["spend"], accrual["visit"]
        if spend:
            but = ", ".join(sorted(self._name(each) for each in spend["excluded_categories"]))
            said = f"{self._points(spend['points'])} for each whole {self.say.money(spend['per'])}"
            yield "Spending", f"{said}, nothing for {but}" if but else said
        if visit:
            yield "Visit", f"{self._points(visit['points'])} for an order of {self.say.money(visit['minimum'])} or more"
        for kind in ("product", "category"):
            for each in accrual["products" if kind == "product" else "categories"]:
                yield f"Each piece: {self._name(each[f'{kind}_id'])}", self._points(each["points"])

    def _promotion(self, promotion: Rules) -> str:
        days = "every day" if len(set(promotion["days"])) == len(_DAYS) else self._days(promotion["days"])
        said = f"× {promotion['multiplier']}, {days} {promotion['starts']} to {promotion['ends']}"
        if promotion["limit_per_day"]:
            said += f", at most {self._points(promotion['limit_per_day'])} more a day"
        for name, word in (("from_on", "from"), ("until_on", "until")):
            if promotion[name]:
                said += f", {word} {self.say.day(date.fromisoformat(promotion[name]))}"
        return said

    def _days(self, days: list[str]) -> str:
        return ", ".join(name for day, name in _DAYS.items() if day in days)

    def _points(self, points: int) -> str:
        return f"{self.say.number(points)} {'point' if points == 1 else 'points'}"

    def _name(self, row_id: str) -> str:
        return self.names.get(row_id, "what is no longer there")


def named(rules: Rules) -> Iterator[str]:
    """The ids of products and categories that rules name."""
    accrual = rules["accrual"]
    yield from (each["product_id"] for each in accrual["products"])
    yield from (each["category_id"] for each in accrual["categories"])
    yield from accrual["spend"]["excluded_categories"] if accrual["spend"] else ()
