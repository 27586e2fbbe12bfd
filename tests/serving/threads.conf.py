"""The twin of gunicorn.conf.py: threads in place of greenlets, as before."""

from runpy import run_path

globals().update(run_path("gunicorn.conf.py"))
worker_class, threads = "gthread", 4
del post_worker_init, pre_request  # noqa: F821 - they came with the update
