"""Questions set up on a database of the tests, as `flask analytics grant` sets them up where an administrator has to help."""

from contextlib import closing

import psycopg2

from pos import postgres
from pos.analytics.questions import granting
from tests import databases

# Logins belong to the server and outlive a database, whose name comes again.
_KNOWN: dict[str, str] = {}


def address_for(server: postgres.Server, database: str) -> str:
    """Makes the logins of questions; gives what ANALYST_DATABASE_URL has to be."""
    known = {"ANALYST_DATABASE_URL": _KNOWN[database]} if database in _KNOWN else {}
    try:
        granting.grant(databases.settings(server, database, **known))
    except granting.NeedsAdministrator as error:
        with closing(psycopg2.connect(server.url("postgres", database))) as connection:
            connection.autocommit = True
            connection.cursor().execute(error.script)
        _KNOWN[database] = str(error.address or _KNOWN.get(database))
        granting.grant(databases.settings(server, database, ANALYST_DATABASE_URL=_KNOWN[database]))
    return _KNOWN[database]
