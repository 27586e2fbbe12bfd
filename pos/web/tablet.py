"""The tablet's shell: one page, the worker that keeps it on the device, and what makes it installable.

All that the tablet does it does through the API; docs/tablets.md tells how it sells without network.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, render_template, url_for

from pos.http.access import public

blueprint = Blueprint("tablet", __name__, url_prefix="/tablet")

_STATIC = Path(__file__).parent / "static"
_STYLES = ("tokens.css", "parts.css", "tablet.css")
_ICONS = ("icon.svg", "icon-192.png", "icon-512.png")
_PACKAGES = ("preact", "htm", "idb", "libphonenumber")
_CODE = frozenset({".js", ".mjs"})


@blueprint.get("")
@public
def shell() -> str:
    """The page; it holds no data, so that it may lie on the device."""
    return render_template(
        "tablet.html", styles=_STYLES, modules=[name for name in _assets() if Path(name).suffix in _CODE]
    )


@blueprint.get("/worker.js")
@public
def worker() -> Response:
    """The service worker, with the list of what it keeps; another version of any file makes another worker."""
    assets = [url_for("tablet.manifest"), *(url_for("web.static", filename=name) for name in _assets())]
    script = render_template("worker.js", shell=url_for("tablet.shell"), assets=assets, version=_version())
    headers = {"Service-Worker-Allowed": url_for("tablet.shell"), "Cache-Control": "no-cache"}
    return Response(script, mimetype="text/javascript", headers=headers)


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What the device needs to know to install it."""
    return Response(render_template("manifest.webmanifest"), mimetype="application/manifest+json")


@cache
def _assets() -> tuple[str, ...]:
    """All files of the tablet, relative to the static folder: its styles, its modules, and the packages that they import."""
    folders = [_STATIC / "tablet", *(_STATIC / "vendor" / name for name in _PACKAGES)]
    code = [path for folder in folders for path in folder.rglob("*") if path.suffix in _CODE]
    return (*_STYLES, *_ICONS, *sorted(path.relative_to(_STATIC).as_posix() for path in code))


@cache
def _version() -> str:
    """A digest of all that the worker keeps: the files, and the page itself."""
    digest = hashlib.sha256((shell() + render_template("manifest.webmanifest")).encode())
    for name in _assets():
        digest.update(name.encode() + (_STATIC / name).read_bytes())
    return digest.hexdigest()[:16]
