"""The reports there are, and the one way to ask for one."""

from pos.analytics.reports.customers import CUSTOMERS_REPORT
from pos.analytics.reports.goods import PRODUCTS_REPORT
from pos.analytics.reports.loyalty import LOYALTY_REPORT
from pos.analytics.reports.messages import MESSAGES_REPORT
from pos.analytics.reports.sales import SALES_REPORT
from pos.analytics.reports.shape import Asked, Kind, Report, require_sensible

REPORTS: dict[str, Kind] = {
    "sales": SALES_REPORT,
    "products": PRODUCTS_REPORT,
    "customers": CUSTOMERS_REPORT,
    "loyalty": LOYALTY_REPORT,
    "messages": MESSAGES_REPORT,
}


def report(name: str, asked: Asked) -> Report:
    """A report of the current store, in a handful of statements, as the books stand now. Raises Invalid for what it cannot tell."""
    kind = REPORTS[name]
    require_sensible(name, kind, asked)
    return kind.make(asked)
