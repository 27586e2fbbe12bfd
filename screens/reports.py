"""Reports and charts in the office, last: they need a store with a past, which no other picture has."""

from playwright.sync_api import Page, expect

from screens.camera import Camera
from screens.office import KEPT
from screens.shop import Demo

NAME = "reports"
REPORTS = {
    "sales": "/reports/sales",
    "products": "/reports/products?by=product",
    "customers": "/reports/customers?by=cohort&from={months_ago}",
    "loyalty": "/reports/loyalty?by=week",
    "messages": "/reports/messages",
    "wrong": "/reports/sales?by=hour&from=2026-01-01",
}


def walk(demo: Demo, camera: Camera) -> None:
    """Each report, and the board of charts in all its states."""
    demo.past()
    context = camera.context(has_touch=False)
    walking = Walk(context.new_page(), demo, camera)
    walking.come_in()
    for name, path in REPORTS.items():
        walking.show(f"report-{name}", path.format(months_ago=demo.days_ago(100)))
    walking.keep_charts()
    walking.change_a_chart()
    walking.see_changes()
    walking.take_away()
    context.close()


class Walk:
    """One window in which the owner looks at figures."""

    def __init__(self, page: Page, demo: Demo, camera: Camera) -> None:
        self.page, self.demo, self.camera = page, demo, camera

    def come_in(self) -> None:
        self.page.goto("/office")
        self.page.get_by_label("E-mail address").fill(str(self.demo.shop.extra["office_email"]))
        self.page.get_by_label("Password").fill(str(self.demo.shop.extra["office_password"]))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", level=1).wait_for()

    def show(self, name: str, path: str) -> None:
        self.page.goto(f"/office{path}")
        self.take(name)

    def take(self, name: str) -> None:
        """Once all pictures are drawn."""
        for place in self.page.locator("[data-plot] [data-plot-area]").all():
            expect(place.locator("svg")).to_be_attached()
        self.camera.take(self.page, f"office-{name}", whole=True, kept=KEPT)

    def keep_charts(self) -> None:
        self.show("charts-unasked", "/charts")
        self.page.get_by_role("button", name="Refresh all").click()
        expect(self.page.get_by_text("All charts were asked now.")).to_be_visible()
        self.take("charts")

    def change_a_chart(self) -> None:
        self.page.get_by_role("link", name="Change: What sells most").click()
        expect(self.page.locator("#preview svg")).to_be_attached()
        self.take("chart")
        self.page.get_by_label("Picture, in Vega-Lite").fill('{"mark": "image", "encoding": {}}')
        self.page.get_by_role("button", name="Save").click()
        self.page.get_by_text("This mark is not known here").wait_for()
        self.take("chart-refused")

    def see_changes(self) -> None:
        """A view as another release would have it: a column is gone, and one is new."""
        self.demo.books.cursor().execute("ALTER VIEW analytics.report_orders RENAME COLUMN net TO net_sales")
        self.page.goto("/office/charts")
        self.page.get_by_role("button", name="Refresh all").click()
        expect(self.page.get_by_text("All charts were asked now.")).to_be_visible()
        self.take("chart-marked")
        self.demo.books.cursor().execute("ALTER VIEW analytics.report_orders RENAME COLUMN net_sales TO net")

    def take_away(self) -> None:
        """The question before a chart is deleted, and the board where nobody can be asked."""
        self.page.get_by_role("button", name="Delete: What sells most").click()
        self.take("chart-question")
        self.page.get_by_role("button", name="No, leave it").click()
        self.demo.books.cursor().execute("DELETE FROM analyst_leases")
        self.show("charts-not-set-up", "/charts")
        self.show("chart-new", "/charts/new")
