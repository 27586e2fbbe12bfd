"""What a store has decided about its texts: which are sent, when marketing may go out, and how much may be spent.

Kept in the store's settings under `messaging`; what is not there has the value below.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from pos.errors import Invalid
from pos.messaging.quiet import DEFAULT, REGIONS, Hours

KEY = "messaging"


class QuietAllDay(Invalid):
    title = "No hour is left"


@dataclass(frozen=True)
class Policy:
    """The rules of one store.

    `countries` may be texted (empty: the store's own alone). A block is 10,000 neighbouring numbers; `new_numbers_per_block_hour`
    bounds first texts to one, since fraud works through numbers in a row. Of `segments_day`, what a day may cost, marketing may
    use `marketing_share_percent`, so that receipts still leave. `segment_price` is in the store's currency.
    """

    language: str = "en"
    receipts: bool = True
    ready: bool = True
    confirmed_opt_in: bool = False
    contact: str | None = None
    quiet_start: str = DEFAULT.start
    quiet_end: str = DEFAULT.end
    regions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    per_number_hour: int = 10
    per_number_day: int = 30
    marketing_per_number_day: int = 1
    marketing_per_number_month: int = 8
    new_numbers_per_block_hour: int = 30
    segments_day: int = 2_000
    marketing_share_percent: int = 80
    segment_price: str = "0.0083"

    @property
    def hours(self) -> Hours:
        return Hours(self.quiet_start, self.quiet_end)

    @property
    def regional_hours(self) -> dict[str, Hours]:
        """The built-in table with the store's own lines over it, in those words that they have: a weekend that is not named stays."""
        return REGIONS | {name: self._over(name, hours) for name, hours in self.regions.items()}

    @staticmethod
    def _over(name: str, hours: Mapping[str, Any]) -> Hours:
        return replace(REGIONS.get(name, DEFAULT), **hours)

    @property
    def marketing_segments_day(self) -> int:
        return self.segments_day * self.marketing_share_percent // 100

    def cost(self, segments: int, minor_per_unit: int) -> Decimal:
        """What so many segments cost, in minor units, not yet rounded."""
        return Decimal(self.segment_price) * segments * minor_per_unit

    def may_text(self, region: str | None, home: str) -> bool:
        """Whether numbers of this region (ISO 3166) are texted; `home` is the store's country."""
        return region in (self.countries or (home,))


_NAMES = frozenset(each.name for each in fields(Policy))


def read(settings: Mapping[str, Any]) -> Policy:
    """The policy in a store's settings."""
    kept = settings.get(KEY, {})
    given: dict[str, Any] = {
        name: tuple(value) if name == "countries" else value for name, value in kept.items() if name in _NAMES
    }
    return Policy(**given)


def shown(rules: Policy) -> dict[str, Any]:
    """The policy as the API shows it."""
    return asdict(rules) | {"countries": list(rules.countries)}


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A store's settings with changes to its policy. Raises QuietAllDay."""
    kept = settings.get(KEY, {}) | dict(changes)
    rules = read({KEY: kept})
    checks: dict[str, Callable[[], object]] = {
        "quiet_end": lambda: rules.hours,
        "regions": lambda: rules.regional_hours,
    }
    for pointer, check in checks.items():
        try:
            check()
        except ValueError as error:
            raise QuietAllDay(reason=f"That leaves no time at all: {error}.", pointer=f"/{pointer}") from error
    return {**settings, KEY: kept}
