"""Pages: the greeting of a development start, the API's documentation, and what all pages have in common."""

import json
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from pos.config import Settings
from pos.demo import commands as demo
from pos.demo.tablets import new_tablet
from pos.http.access import public
from pos.money import written

# A store's slug cannot begin with _, so no store can be called like one of our own folders.
blueprint = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/_static")
blueprint.add_app_template_filter(written, "money")


@blueprint.app_template_global()
def vendored(name: str) -> str:
    """The address of a file of others, with the beginning of its digest: a browser keeps it until there is another one."""
    return url_for("web.static", filename=f"vendor/{name}", v=_digests()[name][:12])


@cache
def _digests() -> dict[str, str]:
    """Of all vendored files, as their lock has them."""
    entries = json.loads((Path(__file__).parent / "static" / "vendor" / "vendor.lock").read_text())
    return {name: digest for entry in entries for name, digest in entry["sha256"].items()}


@blueprint.get("/")
@public
def greeting() -> str:
    """What runs and how to get in; in production only that this is TapPass."""
    settings: Settings = current_app.config["SETTINGS"]
    credentials = None if settings.is_production else demo.credentials(settings)
    return render_template(
        "greeting.html", settings=settings, credentials=credentials, file=demo.credentials_file(settings)
    )


@blueprint.post("/tablet/try")
@public
def try_tablet() -> AnyResponse:
    """Makes this browser a tablet of the demo store; only in development."""
    return _enrolled("tablet", "Tablet")


@blueprint.post("/kitchen/try")
@public
def try_kitchen() -> AnyResponse:
    """Makes this browser a kitchen screen of the demo store; only in development."""
    return _enrolled("kitchen_screen", "Kitchen")


@blueprint.get("/api/docs")
@public
def api_docs() -> str:
    """The API's documentation, to read and to try; all assets are ours."""
    return render_template("docs.html")


def _enrolled(screen: str, called: str) -> AnyResponse:
    """To the app, with a code that makes the device a register of the demo store."""
    made = new_tablet(current_app.config["SETTINGS"], called=called)
    if made is None:
        abort(404)
    return redirect(f"{url_for(f'{screen}.shell')}#enrol={made[0]}.{made[1]}", 303)


def _is_dated() -> bool:
    """Whether a vendored file is asked for by its digest."""
    known = _digests().get((request.view_args or {}).get("filename", "").removeprefix("vendor/"), "")
    return bool(known) and request.args.get("v") == known[:12]


@blueprint.after_app_request
def secure(response: Response) -> Response:
    """Nothing from elsewhere, nothing inline, no framing. The documentation's styles are set by its own script."""
    if response.mimetype == "text/html":
        styles = "'self' 'unsafe-inline'" if request.endpoint == "web.api_docs" else "'self'"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; connect-src 'self'; "
            "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint == "web.static":
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if _is_dated() else "public, max-age=3600"
        )
    return response
