"""Who buys here: search, the whole story of each, and their care."""

from uuid import UUID

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("customers", __name__)


@blueprint.get("/customers")
@allow("cashier")
def index() -> str:
    return shown("customers/index.html")


@blueprint.get("/customers/<uuid:customer_id>")
@allow("cashier")
def one(customer_id: UUID) -> str:
    return shown("customers/one.html")
