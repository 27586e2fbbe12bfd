"""Members, the programme with its rehearsal, rewards, opportunities."""

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("loyalty", __name__)


@blueprint.get("/loyalty")
@allow("manager")
def index() -> str:
    return shown("loyalty/index.html")
