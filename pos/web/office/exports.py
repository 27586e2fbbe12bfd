"""A table as a file: all of its rows, for spreadsheets; who took it along is in the audit log."""

from flask import Response, request

from pos import audit_log
from pos.db import transaction
from pos.http.access import caller
from pos.http.csv import BYTE_ORDER_MARK, MEDIA_TYPE
from pos.web.office.frame import writing
from pos.web.office.tables import Asked, Table, exported


def as_file(table: Table) -> Response:
    """The rows that the address asks for, as CSV. It is whole before it is sent: a slow client holds no transaction open. Raises Invalid."""
    who, asked = caller(), Asked.of(table, request.args)
    with transaction(who.store.id, actor=who.actor):
        lines = "".join(exported(table, asked, writing()))
        audit_log.record("table.export", f"tables:{table.name}", after={"rows": lines.count("\r\n") - 1})
    headers = {"Content-Disposition": f'attachment; filename="{who.store.slug}-{table.name}.csv"'}
    return Response(BYTE_ORDER_MARK + lines, mimetype=MEDIA_TYPE, headers=headers)
