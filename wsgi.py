"""What the WSGI server and the flask command load."""

import sys

from pos import create_app
from pos.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"TapPass cannot start: {error}\n")
    # With this code gunicorn ends as well; with another one it would start its workers again for ever.
    raise SystemExit(4) from None
