"""flask users: the first owner, and the way back in after a lost password."""

import click
from flask import Flask
from sqlalchemy import select

from pos.db import db, transaction
from pos.errors import NotFound
from pos.http import attempts
from pos.http.access import ROLES
from pos.http.commands import Group
from pos.staff import actions, flows, passwords, schemas
from pos.staff.models import Membership, User
from pos.stores.queries import store_by_slug

users = Group("users", help="People who sign in.")


@users.command("add")
@click.option("--store", "slug", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--email", help="Owners and managers need one.")
def add(slug: str, name: str, role: str, email: str | None) -> None:
    """Add a person; prints the password (with an e-mail address) and the PIN, once."""
    checked = schemas.UserNew().load({"name": name, "role": role, "email": email.lower() if email else None})
    password = passwords.new_password() if email else None
    pin = passwords.new_pin()
    with transaction(None):
        store_id = store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        person = actions.add(**checked, password=password, pin=pin)
    click.echo(f"user     {name}, {role} ({person.user_id})\nPIN      {pin}")
    if password:
        click.echo(f"password {password} (unless the person had one from another store)")


@users.command("list")
@click.option("--store", "slug", required=True)
def list_users(slug: str) -> None:
    """List the people of a store."""
    with transaction(None):
        store_id = store_by_slug(slug).id
        people = db.session.scalars(select(Membership).where(Membership.store_id == store_id).order_by(Membership.name))
        for person in people:
            click.echo(f"{person.name:20} {person.role:8} {person.user_id} {'active' if person.is_active else 'ended'}")


@users.command("reset-password")
@click.option("--store", "slug", required=True)
@click.option("--name", required=True)
def reset_password(slug: str, name: str) -> None:
    """Give a person a new PIN, and a new password if there is an e-mail address; unlocks and signs out."""
    password, pin = passwords.new_password(), passwords.new_pin()
    with transaction(None):
        store_id = store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        person = _named(store_id, name)
        actions.change(person, {"pin": pin})
        user = db.session.get(User, person.user_id)
        if user and user.email:
            actions.reset_password(user, password)
    attempts.forgive(flows.pin_tries(store_id, person.user_id))
    attempts.forgive(flows.tries_of(user.email) if user and user.email else "nobody")
    click.echo(f"PIN      {pin}")
    if user and user.email:
        click.echo(f"password {password}")


@users.command("reset-second-factor")
@click.option("--store", "slug", required=True)
@click.option("--name", required=True)
def reset_second_factor(slug: str, name: str) -> None:
    """Forget somebody's authenticator app, after the phone is lost: the password alone signs in again."""
    with transaction(None):
        store_id = store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        user = db.session.get_one(User, _named(store_id, name).user_id)
        actions.forget_secret(user)
    click.echo(f"{name} signs in with the password alone.")


def _named(store_id: object, name: str) -> Membership:
    found = db.session.scalars(select(Membership).where(Membership.store_id == store_id, Membership.name == name)).all()
    if len(found) != 1:
        raise NotFound(what=f"one person named {name!r}")
    return found[0]


def init_app(app: Flask) -> None:
    app.cli.add_command(users)
