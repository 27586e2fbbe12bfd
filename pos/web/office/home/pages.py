"""What happened today, and what waits for a person."""

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("home", __name__)


@blueprint.get("/", strict_slashes=False)
@allow("cashier")
def index() -> str:
    return shown("home/index.html")
