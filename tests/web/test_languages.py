"""In which language a guest's pages speak, and that all of a page keeps to it."""

import pytest
from werkzeug.test import TestResponse

from tests.client import Shop
from tests.web import stripe_side as stripe
from tests.web.page import Page
from tests.web.stripe_side import path_of


def seen(answer: TestResponse) -> tuple[str, Page]:
    """The language of a page, and the page."""
    page = Page(answer)
    [attributes] = [attributes for tag, attributes in page.tags if tag == "html"]
    return str(attributes["lang"]), page


@pytest.mark.parametrize(
    ("asked", "query", "language"),
    [
        ("", "", "en"),
        ("es", "", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "", "es"),
        ("de-DE,de;q=0.9", "", "en"),
        ("de,es;q=0.5,en;q=0.3", "", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "", "en"),
        ("en", "?lang=es", "es"),
        ("es", "?lang=en", "en"),
        ("es", "?lang=tlh", "es"),
        ("", '?lang="><script>', "en"),
        (";;q=x,,", "", "en"),
    ],
)
def test_address_chooses_before_the_browser(shop: Shop, asked: str, query: str, language: str) -> None:
    path = path_of(shop.sell()) + query

    found, page = seen(shop.client.get(path, headers={"Accept-Language": asked}))

    assert found == language
    assert ("Pedido" in page.text) is (language == "es")


def test_page_in_spanish_is_whole(shop: Shop) -> None:
    order = shop.sell(items=[{"sku": "IPA", "quantity": 2}], tip=200)

    _, page = seen(shop.client.get(path_of(order, rest="?lang=es")))

    assert f"Pedido {order['reference']} Tenemos su pedido." in page.text
    assert "Impuestos $1.32 Propina $2.00 Total $19.32 Falta por pagar $19.32" in page.text
    assert f"O pague en el mostrador; dígales la referencia {order['reference']}." in page.text


def test_language_that_was_chosen_stays_in_links_and_forms(shop: Shop) -> None:
    order = shop.sell()

    _, page = seen(shop.client.get(path_of(order, rest="?lang=es")))
    _, plain = seen(shop.client.get(path_of(order), headers={"Accept-Language": "es"}))
    tipped = shop.client.post(path_of(order, rest="/tip?lang=es"), data={"tip": "1"})
    refused = shop.client.post(path_of(order, rest="/tip?lang=es"), data={"tip": "dos"})
    asked = shop.client.post(path_of(order, "p", "?lang=es"))
    waiting = seen(shop.client.get(asked.headers["Location"]))[1]

    assert [form for form in page.forms if not form.endswith("?lang=es")] == []
    assert "?lang=en" in page.addresses
    assert [address for address in (*plain.forms, *plain.addresses) if "lang=es" in address] == []
    assert tipped.headers["Location"] == path_of(order, rest="?lang=es")
    assert "Escriba la propina así: 2.50, o 0 para ninguna." in Page(refused).text
    assert asked.headers["Location"] == path_of(order, "p", "?n=0&lang=es")
    assert waiting.refresh == f"2; url={path_of(order, 'p')}?n=1&lang=es"
    assert path_of(order, rest="?lang=es") in waiting.addresses


def test_switching_the_language_keeps_waiting_for_news(shop: Shop) -> None:
    order = shop.sell()
    stripe.ask_for_link(shop, order)

    _, page = seen(shop.client.get(path_of(order, rest="?from=stripe&n=3&lang=es")))

    assert "?from=stripe&lang=en" in page.addresses
    assert page.refresh == f"3; url={path_of(order)}?from=stripe&n=4&lang=es"


def test_qr_code_leaves_the_language_to_the_phone_that_scans_it(shop: Shop) -> None:
    order = shop.sell()
    codes = [shop.client.get(path_of(order, "p", f".svg{query}")).data for query in ("", "?lang=es")]

    assert codes[0] == codes[1]


def test_wrong_link_is_refused_in_the_language_of_the_browser(shop: Shop) -> None:
    answers = [
        shop.client.get(f"/{slug}/o/nothing", headers={"Accept-Language": "es"}) for slug in (shop.slug, "nowhere")
    ]

    assert [(answer.status_code, seen(answer)[0]) for answer in answers] == [(404, "es")] * 2
    assert answers[0].data == answers[1].data
    assert "Este enlace no es de los nuestros" in seen(answers[0])[1].text
    assert "?lang=en" in seen(answers[0])[1].addresses
