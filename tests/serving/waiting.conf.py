"""The twin of gunicorn.conf.py: greenlets, but none gives way while it waits for PostgreSQL."""

from runpy import run_path

globals().update(run_path("gunicorn.conf.py"))
del post_worker_init  # noqa: F821 - it came with the update
