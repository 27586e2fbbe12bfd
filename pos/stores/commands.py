"""flask stores, flask registers: the commands that need no office."""

import re
from collections.abc import Callable
from uuid import UUID

import click
import segno
from flask import Flask
from sqlalchemy import select

from pos import clock, ids, phone
from pos.db import db, transaction
from pos.http.commands import Group
from pos.stores import actions, queries, schemas
from pos.stores.models import Register, Store

_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,60}")
stores = Group("stores", help="Stores: the tenants of this database.")
registers = Group("registers", help="Registers: the tablets of a store.")


@stores.command("create")
@click.option("--name", required=True)
@click.option("--slug", required=True, help="Short name in addresses: lower-case letters, digits, dashes.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217.")
@click.option(
    "--country", default="US", show_default=True, help="ISO 3166; phone numbers without + are read as of here."
)
@click.option("--timezone", default="UTC", show_default=True, help="IANA name, e.g. America/Los_Angeles.")
@click.option("--prices-include-tax", is_flag=True, help="Prices are what the customer pays, tax within.")
@click.option("--location", default="Main", show_default=True, help="The name of the first location.")
@click.option("--tax-rate", "tax_rates", multiple=True, default=("standard=0", "none=0"), show_default=True, help="class=rate, e.g. standard=0.0825; may be repeated.")  # fmt: skip
def create_store(tax_rates: tuple[str, ...], **given: object) -> None:
    """Create a store with its first location; prints its API key, once."""
    rates = dict(rate.partition("=")[::2] for rate in tax_rates)
    fields = schemas.StoreNew().load({**given, "tax_rates": rates})
    location, rates, store_id = fields.pop("location"), fields.pop("tax_rates"), ids.uuid7()
    with transaction(store_id, actor="command"):
        store, key = actions.create_store(store_id, **fields)
        actions.create_location(name=location, timezone=store.timezone, tax_rates=rates)
    click.echo(f"store    {store.slug} ({store.id})\nlocation {location}\nAPI key  {key}")
    click.echo("The key is shown this once; keep it safe.")


@stores.command("list")
def list_stores() -> None:
    """List the stores."""
    with transaction(None):
        for store in db.session.scalars(select(Store).order_by(Store.slug)):
            click.echo(
                f"{store.slug:20} {store.name:30} {store.currency} {'active' if store.is_active else 'inactive'}"
            )


@stores.command("change")
@click.argument("slug")
@click.option(
    "--stripe-account", help="The connected account (acct_…) that takes the store's cards; none: the key's own."
)
@click.option(
    "--sms-number", help="The number of the Twilio account that texts for the store; none: the account's own sender."
)
def change_store(slug: str, stripe_account: str | None, sms_number: str | None) -> None:
    """Set what only whoever runs the server may set: with several stores each names its own Stripe account and number."""
    if stripe_account is None and sms_number is None:
        raise click.UsageError("Say what to change, e.g. --stripe-account acct_1A2b3C or --sms-number +14155550100.")
    if stripe_account is not None:
        _set(slug, "stripe_account", _account(stripe_account), queries.stores_of_account)
        click.echo(f"{slug} takes cards by {_account(stripe_account) or 'the account of the key'}.")
    if sms_number is not None:
        _set(slug, "sms_number", _number(sms_number), queries.stores_of_sms_number)
        click.echo(f"{slug} texts from {_number(sms_number) or 'what the Twilio settings name'}.")


def _account(text: str) -> str | None:
    if text != "none" and not _ACCOUNT.fullmatch(text):
        raise click.BadParameter("A Stripe account is acct_ and letters and digits, or none.")
    return None if text == "none" else text


def _number(text: str) -> str | None:
    if text != "none" and not phone.is_e164(text):
        raise click.BadParameter("Write the number in international form, e.g. +14155550100, or none.")
    return None if text == "none" else text


def _set(slug: str, name: str, value: str | None, holders_of: Callable[[str], list[UUID]]) -> None:
    """Sets what no two stores may share."""
    with transaction(None):
        store_id = queries.store_by_slug(slug).id
        holders = holders_of(value) if value else []
    if set(holders) - {store_id}:
        raise click.ClickException(f"Another store has {value}; each store has one of its own.")
    with transaction(store_id, actor="command"):
        setattr(queries.find_store(store_id, lock=True), name, value)


@stores.command("renew-api-key")
@click.argument("slug")
def renew_api_key(slug: str) -> None:
    """Make a new API key; the old one ends at once."""
    with transaction(None):
        store_id = queries.store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        click.echo(f"API key  {actions.renew_api_key(queries.store_by_slug(slug))}")


@registers.command("enrol")
@click.option("--store", "slug", required=True)
@click.option("--name", required=True, help="A new name makes a register, a known one gets a new token.")
@click.option("--location", help="Where a new register stands; needed if the store has several locations.")
def enrol(slug: str, name: str, location: str | None) -> None:
    """Enrol a register; prints its token, once. A token that it had before ends."""
    with transaction(None):
        store_id = queries.store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        register = _register(name, location)
        token = actions.issue_token(register)
    click.echo(
        f"register {name} ({register.id})\ntoken    {token}\nThe token is shown this once; send it as Authorization: Bearer …"
    )


@registers.command("code")
@click.option("--store", "slug", required=True)
@click.option("--name", required=True, help="A new name makes a register; a known one may go to another tablet.")
@click.option("--location", help="Where a new register stands; needed if the store has several locations.")
def code(slug: str, name: str, location: str | None) -> None:
    """Show the code that makes a tablet a register, once, within an hour: to be typed, or scanned by the tablet."""
    with transaction(None):
        store_id = queries.store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        made = actions.renew_enrolment(_register(name, location), clock.now())
    address = queries.enrolment_address(slug, made)
    segno.make(address, error="m").terminal(border=2, compact=True)
    click.echo(f"register {name}\nstore    {slug}\ncode     {made}\naddress  {address}")


def _register(name: str, location: str | None) -> Register:
    """The register of this name; a new one where there is none."""
    register = queries.find_register(name)
    if register is None:
        place = queries.location_named(location) if location else queries.only_location()
        register, _ = actions.create_register(name=name, location_id=place.id, now=clock.now())
    return register


@registers.command("list")
@click.option("--store", "slug", required=True)
def list_registers(slug: str) -> None:
    """List the registers of a store."""
    with transaction(None):
        store_id = queries.store_by_slug(slug).id
    with transaction(store_id):
        for register in queries.all_registers():
            state = "revoked" if register.revoked_at else "enrolled" if register.token_hash else "waits for enrolment"
            click.echo(f"{register.name:20} {register.id} {state}")


@registers.command("revoke")
@click.option("--store", "slug", required=True)
@click.option("--name", required=True)
def revoke(slug: str, name: str) -> None:
    """Revoke a register: it is refused from its next request on."""
    with transaction(None):
        store_id = queries.store_by_slug(slug).id
    with transaction(store_id, actor="command"):
        actions.revoke(queries.register_named(name), clock.now())
    click.echo(f"register {name} is revoked")


def init_app(app: Flask) -> None:
    app.cli.add_command(stores)
    app.cli.add_command(registers)
