"""The store, its places, registers, people and keys."""

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("settings", __name__)


@blueprint.get("/settings")
@allow("manager")
def index() -> str:
    return shown("settings/index.html")
