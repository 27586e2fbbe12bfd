"""What the WSGI server and the flask command load."""

from pos import create_app

app = create_app()
