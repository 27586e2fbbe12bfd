"""The tablet's shell: one page, the worker that keeps it on the device, and what makes it installable.

All that the tablet does it does through the API; docs/tablets.md tells how it sells without network.
"""

import hashlib
import json
import mimetypes
from base64 import b64encode
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, render_template, url_for

from pos.http.access import public

blueprint = Blueprint("tablet", __name__, url_prefix="/tablet")

_STATIC = Path(__file__).parent / "static"
_STYLES = ("tokens.css", "parts.css", "print/print.css", "tablet.css")
_ICONS = ("icon.svg", "icon-192.png", "icon-512.png")
_PACKAGES = ("preact", "htm", "idb", "libphonenumber")
_MANIFEST = "application/manifest+json"
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
    files = _files()
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    script = render_template("worker.js", files=files, version=version)
    headers = {"Service-Worker-Allowed": url_for("tablet.shell"), "Cache-Control": "no-cache"}
    return Response(script, mimetype="text/javascript", headers=headers)


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What the device needs to know to install it."""
    return Response(render_template("manifest.webmanifest"), mimetype=_MANIFEST)


@cache
def _assets() -> tuple[str, ...]:
    """All files of the tablet, relative to the static folder: its styles, its modules, what prints, and the packages that they import."""
    folders = [_STATIC / "tablet", _STATIC / "print", *(_STATIC / "vendor" / name for name in _PACKAGES)]
    code = [path for folder in folders for path in folder.rglob("*") if path.suffix in _CODE]
    return (*_STYLES, *_ICONS, *sorted(path.relative_to(_STATIC).as_posix() for path in code))


@cache
def _files() -> dict[str, tuple[str, str]]:
    """All that the worker keeps, by its address: the media type and the SHA-256 with which it must arrive."""
    pages = {
        "tablet.shell": ("text/html", shell()),
        "tablet.manifest": (_MANIFEST, render_template("manifest.webmanifest")),
    }
    files = {url_for(page): (kind, _digest(text.encode())) for page, (kind, text) in pages.items()}
    for name in _assets():
        kind = mimetypes.guess_type(name)[0] or ""
        files[url_for("web.static", filename=name)] = (kind, _digest((_STATIC / name).read_bytes()))
    return files


def _digest(content: bytes) -> str:
    return b64encode(hashlib.sha256(content).digest()).decode()
