"""flask analytics: what is set up and built for reports and questions."""

from flask import Flask

from pos.analytics.questions.commands import grant, revoke, status
from pos.http.commands import Group

analytics = Group("analytics", help="Reports and questions to the books (docs/reports.md).")


def init_app(app: Flask) -> None:
    for command in (grant, status, revoke):
        analytics.add_command(command)
    app.cli.add_command(analytics)
