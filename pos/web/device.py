"""The shell of an app that lies on a device: one page, the worker that keeps it there, and what makes it installable.

All that such an app does it does through the API. The tablet and the kitchen's screen are both made of this.
"""

import hashlib
import json
import mimetypes
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from urllib.parse import urljoin

from flask import Blueprint, Response, render_template, url_for

from pos.http.access import public

_STATIC = Path(__file__).parent / "static"
_LOOK = ("tokens.css", "parts.css", "print/print.css", "tablet.css")
_ICONS = ("icon.svg", "icon-192.png", "icon-512.png")
_MANIFEST = "application/manifest+json"
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")


@dataclass(frozen=True)
class DeviceApp:
    """`name` is its address and its folder below static, `blueprint` what its endpoints begin with; `styles` are its own beside those of all."""

    name: str
    title: str
    blueprint: str
    styles: tuple[str, ...] = ()

    @property
    def all_styles(self) -> tuple[str, ...]:
        return (*_LOOK, *self.styles)

    @property
    def main(self) -> str:
        return f"{self.name}/main.js"


def device_blueprint(app: DeviceApp) -> Blueprint:
    """The three addresses of an app: /name, /name/worker.js, /name/manifest.webmanifest."""
    blueprint = Blueprint(app.blueprint, __name__, url_prefix=f"/{app.name}")
    for path, endpoint, view in (
        ("", "shell", _shell),
        ("/worker.js", "worker", _worker),
        ("/manifest.webmanifest", "manifest", _manifest),
    ):
        blueprint.add_url_rule(path, endpoint, public(partial(view, app)))
    return blueprint


def _shell(app: DeviceApp) -> str:
    """The page; it holds no data, so that it may lie on the device."""
    return render_template("device.html", app=app, modules=_modules(app.main))


def _worker(app: DeviceApp) -> Response:
    """The service worker, with the list of what it keeps; another version of any file makes another worker."""
    files = _files(app)
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    script = render_template("worker.js", app=app, files=files, version=version)
    headers = {"Service-Worker-Allowed": url_for(f"{app.blueprint}.shell"), "Cache-Control": "no-cache"}
    return Response(script, mimetype="text/javascript", headers=headers)


def _manifest(app: DeviceApp) -> Response:
    """What the device needs to know to install it."""
    return Response(_manifest_of(app), mimetype=_MANIFEST)


def _manifest_of(app: DeviceApp) -> str:
    return render_template("manifest.webmanifest", app=app)


@cache
def _modules(main: str) -> tuple[str, ...]:
    """The module and all that it imports, those of the packages too, relative to the static folder."""
    found, to_read = {main}, [main]
    while to_read:
        module = to_read.pop()
        named = _IMPORTED.findall((_STATIC / module).read_text())
        new = {urljoin(module, each) for each in named} - found
        found |= new
        to_read += new
    return tuple(sorted(found))


@cache
def _files(app: DeviceApp) -> dict[str, tuple[str, str]]:
    """All that the worker keeps, by its address: the media type and the SHA-256 with which it must arrive."""
    pages = {"shell": ("text/html", _shell(app)), "manifest": (_MANIFEST, _manifest_of(app))}
    files = {url_for(f"{app.blueprint}.{page}"): (kind, _digest(text.encode())) for page, (kind, text) in pages.items()}
    for name in (*app.all_styles, *_ICONS, *_modules(app.main)):
        kind = mimetypes.guess_type(name)[0] or ""
        files[url_for("web.static", filename=name)] = (kind, _digest((_STATIC / name).read_bytes()))
    return files


def _digest(content: bytes) -> str:
    return b64encode(hashlib.sha256(content).digest()).decode()
