"""Reports and charts in the office: made with a preview, put in order by mouse and by keyboard, refreshed, marked, deleted; a cashier sees neither."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.office import Desks, Office
from tests.browser.tablet_server import TabletServer
from tests.browser.watch import Watch
from tests.checkout.counter import done
from tests.client import Shop, new_key

QUERY = "SELECT status, count(*) AS orders, sum(net) AS net FROM report_orders GROUP BY status ORDER BY status"
PICTURE: dict[str, Any] = {
    "mark": "bar",
    "encoding": {"x": {"field": "status"}, "y": {"field": "net", "type": "quantitative"}},
}
ELSEWHERE = {
    "layer": [{**PICTURE, "data": {"url": "https://elsewhere.example/rows.json"}}, {**PICTURE, "mark": "image"}]
}
# The colour of a bar, which is a path in an SVG.
FILL = "(place) => place.querySelector('[aria-roledescription=bar], path.mark-rect, .mark-rect path')?.getAttribute('fill')"


@pytest.fixture
def shop(tablet_server: TabletServer) -> Iterator[Shop]:
    """The shop with something sold; its charts are taken away in the end."""
    shop = tablet_server.shop
    shop.sell(payment={"method": "cash"})
    yield shop
    for each in done(shop.get("/charts", as_="owner"))["data"]:
        assert shop.request("DELETE", f"/charts/{each['id']}", as_="owner").status_code == 204


def _keep(shop: Shop, title: str) -> dict[str, Any]:
    return done(shop.post("/charts", {"title": title, "query_text": QUERY, "chart_config": PICTURE}, as_="owner"), 201)


def _titles(shop: Shop) -> list[str]:
    return [each["title"] for each in done(shop.get("/charts", as_="owner"))["data"]]


def _card(desk: Office, title: str) -> Locator:
    return desk.page.get_by_role("listitem").filter(has=desk.page.get_by_role("heading", name=title, exact=True))


def test_owner_makes_a_chart_with_a_preview_and_changes_it(office: Desks, shop: Shop) -> None:
    title = f"Net {new_key()[:6]}"
    desk = office("owner").go("/charts")
    page, preview = desk.page, desk.page.locator("#preview [data-plot-area]")
    page.get_by_role("link", name="New chart").click()

    # A few choices write the picture, and the preview follows
    desk.fill(Title=title).press("Ask")
    expect(preview.locator("svg")).to_be_attached()
    expect(page.get_by_role("img", name="The picture as it would be saved")).to_be_visible()
    page.get_by_label("Kind").select_option("Lying bars")
    config = page.get_by_label("Picture, in Vega-Lite")
    expect(config).to_have_value(re.compile('"quantitative"'))
    expect(preview.locator(".mark-rect path").first).to_be_attached()
    assert desk.findings() == []

    # What loads from elsewhere asks nobody, and is refused at its field
    config.fill(json.dumps(ELSEWHERE))
    expect(preview.locator("svg .mark-image")).to_be_attached()
    desk.press("Save")
    expect(page.get_by_text("The data of a chart are the rows of its answer")).to_be_visible()
    config.fill("{")
    expect(preview).to_contain_text("The picture is not JSON yet")

    # A query that may not be asked is told, and what is right is saved
    config.fill(json.dumps(PICTURE))
    desk.fill(**{"Question,_in_SQL": "SELECT phone FROM customers"}).press("Ask")
    expect(page.locator("#preview-note")).not_to_be_empty()
    desk.fill(**{"Question,_in_SQL": QUERY}).press("Save").told("The chart is saved.")
    card = _card(desk, title)
    expect(card.locator("svg .mark-rect path").first).to_be_attached()
    assert desk.findings() == []
    card.get_by_role("link", name=f"Change: {title}").click()
    expect(preview.locator("svg")).to_be_attached()
    desk.fill(Title=f"{title} b").press("Save").told("The chart is saved.")
    assert _titles(shop) == [f"{title} b"]


def test_manager_puts_charts_in_order_refreshes_and_deletes_them(
    office: Desks, shop: Shop, tablet_server: TabletServer
) -> None:
    for title in ("First", "Second", "Third"):
        _keep(shop, title)
    desk = office("manager").go("/charts")
    page = desk.page

    # By the mouse, and by the keyboard
    _card(desk, "First").get_by_role("heading").drag_to(_card(desk, "Third").get_by_role("heading"))
    desk.told("First is chart 3 of 3 now.")
    assert _titles(shop) == ["Second", "Third", "First"]
    button = page.get_by_role("button", name="Earlier: First")
    button.focus()
    page.keyboard.press("Enter")
    desk.told("First is chart 2 of 3 now.")
    expect(button).to_be_focused()
    assert _titles(shop) == ["Second", "First", "Third"]
    expect(page.get_by_role("button", name="Earlier: Second")).to_be_disabled()

    # An answer of now
    before = done(shop.get("/charts", as_="owner"))["data"][0]["refreshed_at"]
    desk.press("Refresh: Second").told("The chart was asked now.")
    assert done(shop.get("/charts", as_="owner"))["data"][0]["refreshed_at"] > before

    # The books change: what did is told, and the picture before stays
    _rename(tablet_server, "net", "net_sales")
    try:
        desk.press("Refresh all").told("All charts were asked now.")
        card = _card(desk, "Second")
        expect(card).to_contain_text("report_orders has no column “net” any more.")
        expect(card).to_contain_text("It could not be answered.")
        expect(card.locator("svg .mark-rect path").first).to_be_attached()
        assert desk.findings() == []
    finally:
        _rename(tablet_server, "net_sales", "net")
    desk.press("Refresh: Second").told("The chart was asked now.")
    expect(_card(desk, "Second")).not_to_contain_text("Changed since it was saved.")

    # Deleted only by who is sure
    desk.press("Delete: Third", sure=False)
    desk.press("Delete: Third", sure=True).told("The chart is deleted.")
    assert _titles(shop) == ["Second", "First"]


@pytest.mark.usefixtures("shop")
def test_report_has_a_picture_in_the_colours_of_the_device_and_rows_without_it(office: Desks, watch: Watch) -> None:
    desk = office("manager").go("/reports/sales")
    page, place = desk.page, desk.page.locator("[data-plot] [data-plot-area]")
    expect(place.locator(".mark-rect path").first).to_be_attached()
    light = place.evaluate(FILL)

    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"(light) => ![null, undefined, light].includes(({FILL})(document.querySelector('[data-plot-area]')))",
        arg=light,
    )
    assert desk.findings() == []
    page.get_by_label("By", exact=True).select_option("Hour of the day")
    desk.press("Show")
    expect(page.get_by_role("columnheader", name="Hour of the day")).to_be_visible()
    expect(place.locator(".mark-rect path").first).to_be_attached()
    with page.expect_download() as loaded:
        page.get_by_role("link", name="All of it as CSV").click()
    assert "hour_of_day" in loaded.value.path().read_text(encoding="utf-8-sig")

    # Without the scripts of pictures the words say what is there instead
    watch.expect(r"vega-lite\.min\.js")
    page.route("**/vendor/vega/**", lambda route: route.fulfill(status=200, content_type="text/javascript", body=""))
    desk.go("/reports/sales?by=location")
    expect(place).to_contain_text("The table has all figures.")
    expect(page.get_by_role("columnheader", name="Location")).to_be_visible()


def test_cashier_is_shown_neither(office: Desks) -> None:
    desk = office("cashier").go("/orders")

    for place in ("Reports", "Charts"):
        expect(desk.page.get_by_role("link", name=place)).to_have_count(0)
    for path in ("/office/reports/sales", "/office/charts", "/office/charts/new"):
        assert desk.page.request.get(path).status == 403


def _rename(server: TabletServer, before: str, after: str) -> None:
    """A column of a view, as another release might."""
    server.books.cursor().execute(f"ALTER VIEW analytics.report_orders RENAME COLUMN {before} TO {after}")
