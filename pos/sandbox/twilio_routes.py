"""Twilio's dialect over HTTP, and what was made in its name."""

from flask import Blueprint, Response, request

from pos.db import transaction
from pos.http.access import public
from pos.http.api import answer
from pos.sandbox import twilio_api, twilio_messages
from pos.sandbox.reading import lost
from pos.sandbox.records import those

blueprint = Blueprint("sandbox_twilio", __name__, url_prefix="/_sandbox/twilio")


@blueprint.route("/2010-04-01/<path:path>", methods=["GET", "POST", "DELETE"])
@public
def twilio_dialect(path: str) -> Response:
    """Twilio's API over real HTTP: for a process with TWILIO_API_BASE=…/_sandbox/twilio, and for curl."""
    query = request.query_string.decode("ascii", "replace")
    form = request.get_data(as_text=True) if request.method == "POST" else query
    given = request.authorization
    auth = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
    answered = twilio_api.answer(request.method, f"/{twilio_messages.API_VERSION}/{path}", form, auth)
    return lost(answered.fault) or Response(answered.body, answered.status, content_type="application/json")


@blueprint.get("/truth.json")
@public
def truth() -> Response:
    """Every text that Twilio took or gave, oldest first: by it a test proves that nothing was sent twice."""
    with transaction(None):
        return answer({"messages": twilio_messages.truth(those("message")[::-1])})
