"""Pictures of products over HTTP: sent, shown to everybody, replaced, taken away."""

from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text
from werkzeug.test import TestResponse

from pos.catalog.pictures import MAX_BYTES
from pos.db import db, transaction
from tests.client import Shop
from tests.operations import BINARY, PNG
from tests.refusals import slug_of
from tests.staff.signing_in import at_register, browser


def red(width: int = 20) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, 10), (200, 0, 0)).save(file, "JPEG")
    return file.getvalue()


def put(shop: Shop, raw: bytes, sku: str = "IPA", *, as_: str = "owner", kind: str = BINARY) -> TestResponse:
    path = f"/products/{shop.products[sku]}/image"
    return shop.request("PUT", path, as_=as_, data=raw, content_type=kind)


def image_url(shop: Shop, sku: str = "IPA") -> str | None:
    return shop.get(f"/products/{shop.products[sku]}").json["image_url"]  # type: ignore[no-any-return]


def kept(shop: Shop) -> int:
    with transaction(UUID(shop.store_id)):
        counted = text("SELECT count(*) FROM product_images WHERE store_id = :store")
        return int(db.session.scalar(counted, {"store": shop.store_id}) or 0)


def test_picture_is_shown_to_everybody_for_ever(app: Flask, shop: Shop) -> None:
    sent = put(shop, red(), kind="image/jpeg")
    guest = app.test_client()

    shown = guest.get(sent.json["image_url"])
    again = guest.get(sent.json["image_url"], headers={"If-None-Match": shown.headers["ETag"]})

    assert (sent.status_code, shown.status_code, again.status_code) == (200, 200, 304)
    assert Image.open(BytesIO(shown.data)).size == (20, 10)
    assert (shown.mimetype, shown.headers["Cache-Control"]) == ("image/webp", "public, max-age=31536000, immutable")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in shown.headers


def test_register_learns_of_a_new_picture(shop: Shop) -> None:
    before = shop.get("/register/catalog")

    url = put(shop, red()).json["image_url"]
    after = shop.get("/register/catalog", headers={"If-None-Match": before.headers["ETag"]})

    assert {product["sku"]: product["image_url"] for product in after.json["products"]}["IPA"] == url


def test_another_picture_has_another_address_and_the_same_one_the_same(app: Flask, shop: Shop) -> None:
    first = put(shop, red(20)).json
    same = put(shop, red(20)).json
    second = put(shop, red(30)).json

    assert first == same
    assert second["image_url"] != first["image_url"]
    assert second["version"] == first["version"] + 1
    assert [app.test_client().get(image["image_url"]).status_code for image in (first, second)] == [404, 200]
    assert kept(shop) == 1


def test_picture_that_is_taken_away_is_gone(app: Flask, shop: Shop) -> None:
    path = f"/products/{shop.products['IPA']}/image"
    url = put(shop, red()).json["image_url"]
    put(shop, red(), "PRETZEL")

    gone = [shop.request("DELETE", path, as_="owner").status_code for _ in range(2)]

    assert (gone, image_url(shop), image_url(shop, "PRETZEL"), kept(shop)) == ([204, 204], None, url, 1)
    assert app.test_client().get(url).status_code == 200, "another product has the same picture"


def test_address_elsewhere_takes_the_place_of_our_picture(shop: Shop) -> None:
    put(shop, red())
    product = shop.get(f"/products/{shop.products['IPA']}").json

    changed = shop.patch(
        f"/products/{product['id']}", {"image_url": "https://img.example/ipa.png"}, version=product["version"]
    )

    assert (changed.json["image_url"], kept(shop)) == ("https://img.example/ipa.png", 0)


def test_form_of_a_signed_in_browser_brings_a_picture(app: Flask, shop: Shop) -> None:
    office = browser(app, shop, "manager")
    noise = BytesIO()
    Image.effect_noise((650, 500), 90).save(noise, "PNG")
    assert noise.tell() > 256 * 1024, "more than other bodies may have"

    answers = [
        office.request(
            "PUT",
            f"/products/{shop.products['IPA']}/image",
            as_="nobody",
            headers=headers,
            data={"image": (BytesIO(noise.getvalue()), "../../etc/passwd.html")},
        )
        for headers in ({}, office.extra)
    ]

    assert slug_of(answers[0]) == (403, "csrf-token-missing")
    assert answers[1].status_code == 200, answers[1].get_data(as_text=True)
    assert "passwd" not in str(answers[1].json)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (b"", (422, "unusable-image")),
        (b"<svg/>", (422, "unusable-image")),
        (b"x" * (MAX_BYTES + 1), (413, "request-entity-too-large")),
        (b"x" * (MAX_BYTES + 100_000), (413, "request-entity-too-large")),
    ],
    ids=["empty", "svg", "5 MB and a byte", "more"],
)
def test_what_is_no_picture_is_refused(shop: Shop, raw: bytes, answer: tuple[int, str]) -> None:
    assert slug_of(put(shop, raw, kind="image/png")) == answer
    assert (image_url(shop), kept(shop)) == (None, 0)


def test_form_without_a_picture_is_refused(shop: Shop) -> None:
    path = f"/products/{shop.products['IPA']}/image"

    forms = [
        shop.request("PUT", path, as_="owner", data=form)
        for form in ({"image": "text"}, {"file": (BytesIO(PNG), "a.png")})
    ]

    assert [slug_of(answer) for answer in forms] == [(422, "unusable-image")] * 2


def test_picture_is_a_managers_and_of_the_own_store(app: Flask, shop: Shop, other_shop: Shop) -> None:
    url = put(shop, PNG).json["image_url"]
    theirs = url.replace(shop.store_id, other_shop.store_id)

    cashier = put(shop, red(), as_="register")
    manager = shop.request(
        "PUT",
        f"/products/{shop.products['IPA']}/image",
        headers=at_register(shop, "manager"),
        data=PNG,
        content_type=BINARY,
    )
    foreign = shop.request(
        "PUT", f"/products/{other_shop.products['IPA']}/image", as_="owner", data=PNG, content_type=BINARY
    )

    assert (slug_of(cashier), manager.status_code, slug_of(foreign)) == ((403, "role-too-low"), 200, (404, "not-found"))
    guest = app.test_client()
    elsewhere = (theirs, url[:-1], url + "0", f"/_images/{shop.store_id}/..%2f..%2fetc", "/_images/x/y")
    assert [guest.get(path).status_code for path in elsewhere] == [404] * 5
