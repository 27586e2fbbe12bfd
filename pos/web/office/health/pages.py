"""Whether all is well behind the counter: the audit, jobs, webhooks, what is stuck; and the log of who did what."""

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("health", __name__)


@blueprint.get("/health")
@allow("manager")
def index() -> str:
    return shown("health/index.html")
