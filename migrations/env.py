"""Runs the migrations as the owner, then raises the walls and, as a superuser, the guards."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from pos import connections, guards, walls
from pos.analytics.questions import raising as questions
from pos.config import Settings
from pos.db import db

LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '15min'"


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """procrastinate's tables come with its own SQL; comparing them would drop them."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def migrate_offline() -> None:
    """`flask db upgrade --sql`: prints the SQL, for reading and for squawk."""
    context.configure(dialect_name="postgresql", target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.execute(LIMITS)
        context.run_migrations()


def migrate(settings: Settings) -> None:
    """One transaction for all: the tables and who may see what in them stand together or not at all."""
    engine = create_engine(
        "postgresql+psycopg2://", creator=lambda: connections.connect(settings, connections.OWNER), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tappass migrations'))"))
        connection.execute(text(LIMITS))
        if context.get_x_argument(as_dictionary=True).get("allow_drop") == "on":
            connection.execute(text("SET LOCAL app.allow_drop = 'on'"))
        run(connection, settings)
    if may_guard(engine, settings):
        guard(settings)


def run(connection: Connection, settings: Settings) -> None:
    web, worker = (connections.user_of(settings, login) for login in (connections.WEB, connections.WORKER))
    roles = walls.settle_roles(connection, web, worker)
    if roles.mode == "C":
        walls.lower_walls(connection)
    # Views would keep the columns that they show from being changed.
    questions.take_down(connection)
    context.configure(connection=connection, target_metadata=db.metadata, include_name=is_ours, compare_type=True)
    context.run_migrations()
    walls.raise_walls(connection, roles)
    is_at_head = context.get_context().get_current_heads() == (context.get_head_revision(),)
    if is_at_head and questions.is_ready(connection):
        questions.put_up(connection)


def may_guard(engine: object, settings: Settings) -> bool:
    """Event triggers need a superuser: the embedded server's, or an owner who happens to be one."""
    if settings.is_embedded:
        return True
    with connections.connect(settings, connections.OWNER) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def guard(settings: Settings) -> None:
    login = connections.SUPERUSER if settings.is_embedded else connections.OWNER
    connection = connections.connect(settings, login)
    with connection, connection.cursor() as cursor:
        guards.install(cursor)
    connection.close()


if context.is_offline_mode():
    migrate_offline()
else:
    migrate(current_app.config["SETTINGS"])
