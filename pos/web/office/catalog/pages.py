"""What is sold: products with images and stock, categories, coupons; CSV in and out."""

from pos.http.access import allow
from pos.web.office.frame import area, shown

blueprint = area("catalog", __name__)


@blueprint.get("/catalog")
@allow("manager")
def index() -> str:
    return shown("catalog/index.html")
