"""What tests say to the API: a shop with its tokens, and short ways to sell."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

API = "/api/v1"


def new_key() -> str:
    return uuid.uuid4().hex


@dataclass
class Shop:
    """One store as its clients see it. Requests go out as the register (cashier) unless `as_` says otherwise."""

    client: FlaskClient
    slug: str
    store_id: str
    api_key: str
    register_token: str
    register_id: str
    location_id: str
    category_id: str
    people: dict[str, str]
    products: dict[str, str]
    extra: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str, *, as_: str = "register", **options: Any) -> TestResponse:
        return self.request("GET", path, as_=as_, **options)

    def post(
        self, path: str, body: Any = None, *, as_: str = "register", key: str | None = None, **options: Any
    ) -> TestResponse:
        headers = {"Idempotency-Key": key or new_key(), **options.pop("headers", {})}
        return self.request("POST", path, as_=as_, headers=headers, json={} if body is None else body, **options)

    def patch(
        self, path: str, body: Any, *, version: int | str | None, as_: str = "owner", **options: Any
    ) -> TestResponse:
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        return self.request("PATCH", path, as_=as_, headers=headers, json=body, **options)

    def request(
        self, method: str, path: str, *, as_: str = "register", headers: dict[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """`as_`: "register" is a cashier, "owner" the store's API key, "nobody" sends no token, else it is the token."""
        token = {"register": self.register_token, "owner": self.api_key, "nobody": None}.get(as_, as_)
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.open(API + path, method=method, headers={**sent, **(headers or {})}, **options)

    def order(self, **changes: Any) -> dict[str, Any]:
        """The body of a plain order: one House IPA for a new customer, unpaid."""
        body: dict[str, Any] = {"phone": "(415) 555-0132", "items": [{"sku": "IPA", "quantity": 1}], **changes}
        return {name: value for name, value in body.items() if value is not None}

    def sell(self, *, as_: str = "register", key: str | None = None, **changes: Any) -> dict[str, Any]:
        """Places an order and gives its JSON; the test fails if it is refused."""
        response = self.post("/orders", self.order(**changes), as_=as_, key=key)
        assert response.status_code == 201, response.get_data(as_text=True)
        return response.json
