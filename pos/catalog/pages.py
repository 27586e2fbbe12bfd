"""The pictures of products, for everybody who sees a catalogue."""

from uuid import UUID

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from pos.catalog import images
from pos.db import transaction
from pos.http.access import public

blueprint = Blueprint("images", __name__, url_prefix=images.FOLDER)

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # It is a picture and nothing else, whatever a browser would like to see in it.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


@blueprint.get("/<uuid:store_id>/<digest>")
@public
def show(store_id: UUID, digest: str) -> AnyResponse:
    """A picture by what is in it; whoever has it never asks again."""
    with transaction(store_id):
        image = images.by_digest(digest)
    if image is None:
        abort(404)
    response = Response(image.content, mimetype=image.media_type, headers=_HEADERS)
    response.set_etag(image.digest)
    return response.make_conditional(request)
