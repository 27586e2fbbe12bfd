"""What the WSGI server and the flask command load."""

from pos import create_app
from pos.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    raise SystemExit(f"TapPass cannot start: {error}") from None
