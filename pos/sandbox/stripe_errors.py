"""Stripe's refusals, in its envelope."""

from typing import Any


class StripeError(Exception):
    """A refusal as Stripe words it. `is_kept`: it came up while the request was carried out, so Stripe keeps it with the
    idempotency key; what is refused before, by its form alone, is not kept."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        is_kept: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.kind, self.code, self.param = message, status, kind, code, param
        self.is_kept = is_kept

    @classmethod
    def missing(cls, kind: str, object_id: str, param: str = "id") -> "StripeError":
        """It is not there, or it is another account's, which is the same answer."""
        name = kind.replace("checkout.session", "checkout session").replace("_", " ")
        status = 404
        return cls(f"No such {name}: '{object_id}'", status=status, code="resource_missing", param=param)

    def envelope(self) -> dict[str, Any]:
        error = {"type": self.kind, "code": self.code, "message": self.message, "param": self.param}
        return {"error": {name: value for name, value in error.items() if value is not None}}
