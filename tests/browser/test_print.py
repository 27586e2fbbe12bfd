"""Papers by the browser's own printing: on a page as long as they are, and nothing but what they say."""

import re
from typing import Any

from playwright.sync_api import Page

from pos.printing.paper import document, pair, qr, rule, space, text
from pos.printing.receipt import receipt
from pos.printing.report import report
from pos.qr import as_image
from tests.browser.tablet_server import TabletServer
from tests.printing import papers

# 72 mm at 96 dpi.
WIDTH = 272
PAPERS = "/_static/print/print.js"
PRINTED = """async ([module, paper]) => {
  const said = {};
  window.print = () => {
    const place = document.querySelector(".paper");
    said.text = place.innerText;
    said.title = document.title;
    said.size = document.adoptedStyleSheets.at(-1).cssRules[0].cssText;
    said.images = [...place.querySelectorAll("img")].map((image) => image.naturalWidth);
    said.width = [...document.styleSheets].some(({ href }) => href?.endsWith("print.css")) && place.getBoundingClientRect().width;
    said.elements = place.querySelectorAll("b, script").length;
  };
  await (await import(module)).printed(paper);
  return said;
}"""


def test_paper_is_printed_whole_and_taken_away(page: Page, tablet_server: TabletServer) -> None:
    page.goto("/tablet")

    said = _printed(page, receipt(papers.order(), papers.saying(), seller="Grace"))
    rest = page.evaluate(
        "[document.querySelectorAll('.paper').length, document.adoptedStyleSheets.length, document.title]"
    )

    for part in (
        "Hop & Vine",
        "Order K7QXAB",
        "2 × Café con leche",
        "one without foam",
        "$43.26",
        "Your order on your phone",
    ):
        assert part in said["text"]
    assert said["title"] == "Receipt K7QXAB"
    assert int(re.findall(r"size: 80mm (\d+)mm", said["size"])[0]) > 100
    assert all(said["images"])
    assert rest == [0, 0, "TapPass"]


def test_page_that_links_no_styles_of_paper_prints_it_as_well(page: Page, tablet_server: TabletServer) -> None:
    page.goto("/office")

    said = [_printed(page, receipt(papers.order(), papers.saying())) for _ in range(2)]
    linked = page.evaluate("[...document.styleSheets].filter(({ href }) => href.endsWith('print.css')).length")

    assert [round(told["width"]) for told in said] == [WIDTH, WIDTH]
    assert linked == 1


def test_only_the_paper_is_printed_and_all_amounts_are_on_it(page: Page, tablet_server: TabletServer) -> None:
    page.goto("/tablet")
    page.emulate_media(media="print")

    page.evaluate(LEFT_ON_THE_PAGE, [PAPERS, report(papers.report(), papers.saying())])
    seen = page.evaluate(
        "[...document.body.children].filter((each) => each.checkVisibility()).map((each) => each.className)"
    )
    paper = page.evaluate(
        "document.querySelector('.paper').scrollWidth <= document.querySelector('.paper').clientWidth"
    )

    assert seen == ["paper"]
    assert paper
    assert "$1,178.63" in page.inner_text(".paper")


def test_text_is_never_markup(page: Page, tablet_server: TabletServer) -> None:
    page.goto("/tablet")
    blocks = [text("<b>bold</b><script>x</script>"), pair("<img src=x onerror=alert(1)>", "&lt;"), rule(), space()]

    said = _printed(page, document("<title>", blocks))

    assert "<b>bold</b><script>x</script>" in said["text"]
    assert "<img src=x onerror=alert(1)>" in said["text"]
    assert said["elements"] == 0
    assert said["images"] == []


LEFT_ON_THE_PAGE = """async ([module, paper]) => { document.body.append((await import(module)).drawn(paper)); }"""


def _printed(page: Page, paper: dict[str, Any]) -> dict[str, Any]:
    """What stood on the page at the moment in which it was printed."""
    blocks = [
        qr(block["text"]) | {"image": as_image(block["text"])} if block["kind"] == "qr" else block
        for block in paper["blocks"]
    ]
    found: dict[str, Any] = page.evaluate(PRINTED, [PAPERS, paper | {"blocks": blocks}])
    return found
