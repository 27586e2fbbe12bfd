"""ETags (RFC 9110 §13): with If-Match nobody overwrites what they have not seen; with If-None-Match what has not changed is
not sent again."""

from typing import Any

from flask import Response, request
from werkzeug.datastructures import ETags

from pos.errors import ShopError


class StaleVersion(ShopError):
    title = "Changed in the meantime"
    advice = "Somebody changed this after you read it. Read it again, look at the changes, then repeat yours."


class VersionRequired(ShopError):
    title = "If-Match is missing"
    advice = "Send the ETag that you got with this resource as If-Match, so that nobody's change is overwritten."


def etag(version: int | str) -> dict[str, str]:
    """The header that carries the version."""
    return {"ETag": f'"{version}"'}


def is_known(tag: str) -> bool:
    """Whether the caller has what is at this tag: If-None-Match names it, or is `*`. Compared weakly (§13.1.2), since whoever
    packs an answer on its way weakens its tag."""
    return request.if_none_match.contains_weak(tag)


def not_modified(tag: str) -> Response:
    """304: the caller has it already."""
    return Response(status=304, headers=etag(tag))


def require_match(row: Any, *, state: object = None) -> None:
    """Raises VersionRequired without If-Match and StaleVersion when the row is not at that version any more.

    A tag may say more behind a dot, `"3.40"`: what changes without an edit, like stock that is sold. It counts
    only for a change of just that, which then gives the present `state`.
    """
    if not request.if_match:
        raise VersionRequired
    if not was_seen(row, state=state):
        raise StaleVersion


def was_seen(row: Any, *, state: object = None) -> bool:
    """Whether If-Match names the row as it is now."""
    wanted: ETags = request.if_match
    return wanted.star_tag or any(_fits(tag or "", row.version, state) for tag in wanted)


def _fits(tag: str, version: int, state: object) -> bool:
    at, _, seen = tag.partition(".")
    return at == str(version) and (state is None or not seen or seen == str(state))
