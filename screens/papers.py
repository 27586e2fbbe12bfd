"""What is printed: the bytes of a receipt printer as they come out of it, on both widths, and the browser's own paper."""

import io
from typing import Any

from playwright.sync_api import Page

from screens.camera import Camera
from screens.shop import MEMBER, Demo
from tests.printing.printer import printed

NAME = "print"
WIDTHS = (48, 32)
# Printed on a page of 80 mm, of which the margins are no paper.
_PAGE = {"width": 272, "height": 900}
_SHOWN = """async ([module, paper]) => { document.body.append((await import(module)).drawn(paper)); }"""
_COCOA = [
    {"sku": "WINGS", "quantity": 2, "note": "sin picante, por favor — salsa aparte"},
    {"sku": "AMBER", "quantity": 3},
    {"sku": "GROWLER-SS", "quantity": 1},
]


def walk(demo: Demo, camera: Camera) -> None:
    """A receipt, its Spanish copy, a kitchen ticket with something voided, an X, and the Z that follows it."""
    papers = _papers(demo)
    for name, path in papers.items():
        for columns in WIDTHS:
            camera.keep(f"print-{name}-{columns}", _drawn(demo, path, columns))
    context = camera.context(viewport=_PAGE, has_touch=False)
    page = context.new_page()
    for name, path in papers.items():
        camera.keep(f"print-{name}-browser", _by_browser(page, _answer(demo, path).json))
    context.close()


def _papers(demo: Demo) -> dict[str, str]:
    """Papers by name: where the API gives them."""
    shop = demo.shop
    shift = shop.get("/register/shift").json["shift"] or demo.owner(
        "/shifts", register_id=shop.register_id, opening_float=20000
    )
    cash = {"method": "cash", "tendered": 30000}
    order = shop.sell(phone=MEMBER, name="Ada Example", items=_COCOA, tip=500, payment=cash, tab_name="Mesa 7")
    demo.owner(f"/orders/{order['id']}/refunds", amount=1000, reason="late")
    tab = demo.tab()
    line = f"/orders/{tab['id']}/lines/{tab['lines'][2]['id']}"
    version = shop.get(f"/orders/{tab['id']}").json["version"]
    shop.request(
        "DELETE", line, as_="owner", headers={"If-Match": f'"{version}"'}, json={"reason": "changed their mind"}
    )
    for kind, amount in (("paid_in", 5000), ("paid_out", 1250), ("no_sale", 0)):
        demo.owner(f"/shifts/{shift['id']}/movements", kind=kind, amount=amount, reason="change from the bank")
    x = shop.get(f"/shifts/{shift['id']}/report").json
    demo.owner(f"/shifts/{shift['id']}/counts", cash=x["drawer"]["expected"] - 200, card=x["tenders"][1]["net"])
    z = demo.owner(f"/shifts/{shift['id']}/close")
    return {
        "receipt": f"/orders/{order['id']}/receipt?",
        "receipt-copy": f"/orders/{order['id']}/receipt?language=es&is_copy=true&",
        "ticket": f"/orders/{tab['id']}/ticket?",
        "z": f"/z-reports/{z['id']}/paper?",
    }


def _drawn(demo: Demo, path: str, columns: int) -> bytes:
    """A picture of what a printer with so many columns makes of it."""
    picture, written = (
        printed(_answer(demo, f"{path}as=escpos&columns={columns}").data, columns).picture(),
        io.BytesIO(),
    )
    picture.quantize(4).save(written, "PNG", optimize=True)
    return written.getvalue()


def _by_browser(page: Page, paper: dict[str, Any]) -> bytes:
    """A picture of the page that would be printed."""
    page.goto("/tablet")
    page.emulate_media(media="print")
    page.evaluate(_SHOWN, ["/_static/print/print.js", paper])
    return page.locator(".paper").screenshot()


def _answer(demo: Demo, path: str) -> Any:
    answer = demo.shop.get(path, as_="owner")
    assert answer.status_code == 200, answer.text
    return answer
