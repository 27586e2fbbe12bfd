"""ETag and If-Match on what people edit: nobody overwrites what they have not seen (RFC 9110 §13)."""

from typing import Any

from flask import request
from werkzeug.datastructures import ETags

from pos.errors import ShopError


class StaleVersion(ShopError):
    title = "Changed in the meantime"
    advice = "Somebody changed this after you read it. Read it again, look at the changes, then repeat yours."


class VersionRequired(ShopError):
    title = "If-Match is missing"
    advice = "Send the ETag that you got with this resource as If-Match, so that nobody's change is overwritten."


def etag(version: int) -> dict[str, str]:
    """The header that carries the version."""
    return {"ETag": f'"{version}"'}


def require_match(row: Any) -> None:
    """Raises VersionRequired without If-Match and StaleVersion when the row is not at that version any more."""
    wanted: ETags = request.if_match
    if not wanted:
        raise VersionRequired
    if not wanted.contains(str(row.version)):
        raise StaleVersion
