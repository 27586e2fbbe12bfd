"""Texts as conversations, and campaigns."""

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("messages", __name__)


@blueprint.get("/messages")
@allow("manager")
def index() -> str:
    return shown("messages/index.html")
