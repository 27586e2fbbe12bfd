"""flask stores, flask registers: what needs no office."""

from typing import Any

from flask import Flask

from tests.client import API, Shop


def run(app: Flask, *words: str) -> str:
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exit_code == 0, result.output
    return result.output


def shown(output: str, name: str) -> str:
    """The value behind a name, as the commands print it."""
    (line,) = (line for line in output.splitlines() if line.startswith(name))
    return line.removeprefix(name).strip()


def status(shop: Shop, token: str) -> int:
    return shop.get("/me", as_=token).status_code


def test_renew_api_key_ends_the_old_one_even_where_it_was_remembered(app: Flask, shop: Shop) -> None:
    assert [status(shop, shop.api_key) for _ in range(2)] == [200, 200]

    new = shown(run(app, "stores", "renew-api-key", shop.slug), "API key")

    assert [status(shop, shop.api_key) for _ in range(2)] == [401, 401]
    assert [status(shop, new) for _ in range(2)] == [200, 200]


def test_create_store_makes_a_store_that_can_sell(app: Flask, shop: Shop) -> None:
    made = run(
        app, "stores", "create", "--name", "Dock", "--slug", "dock", "--timezone", "Europe/Berlin", "--currency", "EUR",
        "--country", "DE", "--prices-include-tax", "--location", "Quay", "--tax-rate", "standard=0.19",
    )  # fmt: skip
    token = shown(run(app, "registers", "enrol", "--store", "dock", "--name", "Till", "--location", "Quay"), "token")
    key = shown(made, "API key")
    product = {"name": "Cola", "sku": "COLA", "kind": "food", "price": 1190, "tax_class": "standard"}
    shop.post("/products", product, as_=key)

    order: Any = shop.sell(as_=token, phone="030 901820", items=[{"sku": "COLA", "quantity": 1}])

    assert (order["total"], order["tax"], order["currency"]) == (1190, 190, "EUR")
    assert order["customer"]["phone"] == "+4930901820"
    assert "dock" in run(app, "stores", "list")


def test_enrol_again_ends_the_token_before(app: Flask, shop: Shop) -> None:
    new = shown(run(app, "registers", "enrol", "--store", shop.slug, "--name", "Bar"), "token")

    assert (status(shop, shop.register_token), status(shop, new)) == (401, 200)


def test_code_makes_a_tablet_a_register_once(app: Flask, shop: Shop) -> None:
    said = run(app, "registers", "code", "--store", shop.slug, "--name", "Patio", "--location", "Taproom")
    address, code = shown(said, "address"), shown(said, "code")

    answers = [shop.client.post(f"{API}/register/enrol", json={"store": shop.slug, "code": code}) for _ in range(2)]

    assert address.endswith(f"/tablet#enrol={shop.slug}.{code}")
    assert [answer.status_code for answer in answers] == [200, 422]
    assert status(shop, answers[0].json["token"]) == 200


def test_revoke_ends_the_token(app: Flask, shop: Shop) -> None:
    assert status(shop, shop.register_token) == 200

    run(app, "registers", "revoke", "--store", shop.slug, "--name", "Bar")

    assert status(shop, shop.register_token) == 401
    assert "revoked" in run(app, "registers", "list", "--store", shop.slug)
