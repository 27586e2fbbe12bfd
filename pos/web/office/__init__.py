"""The office: the owner sees the day, knows each customer, and can act. One folder for each part of it, with its pages and what they ask;
frame.py is what stands around them, tables.py what lists have in common. Delete a part by deleting its folder and its names here."""

from pos.web.office import frame
from pos.web.office.catalog import pages as catalog
from pos.web.office.charts import pages as charts
from pos.web.office.customers import care_pages as _care  # noqa: F401 - adds its pages to those of customers
from pos.web.office.customers import pages as customers
from pos.web.office.health import pages as health
from pos.web.office.home import pages as home
from pos.web.office.kitchen import pages as kitchen
from pos.web.office.loyalty import pages as loyalty
from pos.web.office.messages import pages as messages
from pos.web.office.orders import pages as orders
from pos.web.office.reports import pages as reports
from pos.web.office.settings import pages as settings
from pos.web.office.shifts import pages as shifts
from pos.web.office.sign_in import pages as sign_in
from pos.web.office.web_shop import pages as web_shop

for _part in (
    sign_in,
    home,
    orders,
    kitchen,
    shifts,
    reports,
    charts,
    customers,
    messages,
    loyalty,
    catalog,
    web_shop,
    health,
    settings,
):
    frame.blueprint.register_blueprint(_part.blueprint)

blueprint = frame.blueprint
