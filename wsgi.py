"""What the WSGI server and the flask command load."""

import gc
import sys

# All that is loaded here stays until the end: to look for garbage in it meanwhile takes a fifth of the start.
gc.disable()

from pos import create_app  # noqa: E402
from pos.config import SettingsError  # noqa: E402

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"TapPass cannot start: {error}\n")
    # With this code gunicorn ends as well; with another one it would start its workers again for ever.
    raise SystemExit(4) from None
gc.freeze()
gc.enable()
