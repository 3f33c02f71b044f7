"""``flask operators create``: the first person to run an installation, made from its own shell."""

from __future__ import annotations

import sys

import click
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask.cli import AppGroup

from marketplace import clock
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.operators import queries

group = AppGroup("operators", help="People who run this installation.")


@group.command("create")
@click.option("--email", default="", help="The operator's sign-in. Without --link it is asked for.")
@click.option("--link", is_flag=True, help="Print a one-time link instead of asking for a password.")
def create_command(email: str, link: bool) -> None:
    """Make an operator, asking for name and password, or print a one-time link that does."""
    if link:
        click.echo(one_time_link(_address(email) if email else ""))
        return
    click.echo(f"{_asked(_address(email) if email else '')} runs this installation now.")


def _asked(email: str) -> str:
    """Ask on the terminal for all that is not given, each again until it is right; return the address."""
    address = email or click.prompt("Operator's e-mail address", value_proc=_address)
    name = click.prompt("Name")
    password = click.prompt(
        "Password (at least 10 characters)", hide_input=True, confirmation_prompt=True, value_proc=_password
    )
    create(address, name=name, password=password)
    return str(address)


def create(email: str, *, name: str, password: str) -> None:
    """Make an operator; a person who has an account already keeps their password."""
    now = clock.now()
    with transaction():
        user = accounts.find_user(email) or accounts.create_user(email, name=name, password=password, now=now)
        accounts.grant(None, user, Role.OPERATOR, now=now)


def one_time_link(email: str) -> str:
    """The address of a page on which `email` becomes an operator, once; "" asks its reader for one."""
    with transaction():
        token = accounts.invite_operator(email, now=clock.now())
    return f"{current_app.config['PUBLIC_URL']}/invitations/{token}"


def ensure_first() -> None:
    """Ask for the first operator on the terminal; where there is none, print a one-time link."""
    if queries.has_operator():
        return
    if not sys.stdin.isatty():
        print(f"Nobody runs this site yet. Open this link, which works once:\n{one_time_link('')}")
        return
    print("Nobody runs this site yet: who are you?")
    try:
        _asked("")
    except click.Abort:
        raise SystemExit("\nNobody runs this site yet. Start it again when you know who does.") from None


def _address(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.BadParameter(f"{text}: {error}") from error


def _password(text: str) -> str:
    if len(text) < current_app.config["SECURITY_PASSWORD_LENGTH_MIN"]:
        raise click.BadParameter("too short, use at least 10 characters")
    return text
