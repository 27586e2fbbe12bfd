"""What a refusal says, in short."""

from werkzeug.test import TestResponse


def slug_of(response: TestResponse) -> tuple[int, str]:
    """Status and problem type; an answer that is no refusal has none."""
    body = response.json if isinstance(response.json, dict) else {}
    return response.status_code, str(body.get("type", "")).removeprefix("/problems/")
