"""`telehealth user` and `telehealth facility`: the first accounts, from the shell."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import click
from argon2 import PasswordHasher
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.directory_store import DirectoryStore
from scheduling.facility import CareLevel, Facility, FacilityId, SiteRole
from scheduling.person import Person, PersonId
from telehealth.access import Role
from telehealth.cli_database import in_transaction, now
from telehealth.settings import Settings
from telehealth.store import AccountStore
from telehealth.tables import UserRow

LEAST_PASSWORD = 10


@click.group()
def user() -> None:
    """Accounts: add, list, new password, lock."""


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name, họ đệm tên.")
@click.option("--facility", "code", required=True, help="Code of the facility.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(list(Role)))
@click.option("--title", default="", help="For example TS.BS.")
@click.option("--specialty", default="")
@click.password_option(help="At least 10 characters; asked for when not given.")
@click.pass_obj
def add_user(settings: Settings, /, username: str, password: str, **facts: str) -> None:
    """Add an account USERNAME."""
    _require_strong(password)

    async def work(tx: AsyncSession, hashed: str) -> None:
        directory, accounts = DirectoryStore(tx), AccountStore(tx)
        if await accounts.user_named(username) is not None:
            raise click.ClickException(f"there is an account {username} already")
        facility = await _facility(directory, facts["code"])
        person = Person(
            PersonId(uuid4()), facility.id, facts["name"], facts["title"], facts["specialty"]
        )
        await directory.save_person(person)
        roles = [str(role) for role in facts["roles"]]
        await accounts.save_user(
            UserRow(id=person.id, username=username.lower(), password_hash=hashed, roles=roles)
        )

    _with_password(settings, password, work)
    click.echo(f"{username} may sign in")


@user.command("password")
@click.argument("username")
@click.password_option()
@click.pass_obj
def new_password(settings: Settings, username: str, password: str) -> None:
    """Give USERNAME a new password; every sign-in of the account ends."""
    _require_strong(password)

    async def work(tx: AsyncSession, hashed: str) -> None:
        accounts = AccountStore(tx)
        row = await _account(accounts, username)
        await accounts.save_user(row.model_copy(update={"password_hash": hashed}))
        await accounts.forget_failures(username)
        await accounts.end_logins_of(row.id, now())

    _with_password(settings, password, work)
    click.echo(f"new password for {username}; its sign-ins have ended")


@user.command("lock")
@click.argument("username")
@click.pass_obj
def lock(settings: Settings, username: str) -> None:
    """Lock USERNAME out; nothing of the person's work is removed."""

    async def work(tx: AsyncSession) -> None:
        accounts = AccountStore(tx)
        row = await _account(accounts, username)
        await accounts.save_user(row.model_copy(update={"active": False}))
        await accounts.end_logins_of(row.id, now())

    in_transaction(settings, work)
    click.echo(f"{username} can no longer sign in")


@user.command("list")
@click.pass_obj
def list_users(settings: Settings) -> None:
    """Every account with its roles."""

    async def work(tx: AsyncSession) -> list[UserRow]:
        return await AccountStore(tx).users()

    for row in in_transaction(settings, work):
        state = "" if row.active else "  locked"
        click.echo(f"{row.username}  {', '.join(row.roles)}{state}")


@click.group()
def facility() -> None:
    """Hospitals and health centres."""


@facility.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--hub/--spoke", default=False, help="Whether it advises (hub) or asks (spoke).")
@click.option("--level", type=click.Choice(list(CareLevel)), default=CareLevel.BASIC)
@click.pass_obj
def add_facility(settings: Settings, code: str, name: str, hub: bool, level: str) -> None:
    """Add a facility with its five-digit CODE."""
    role = SiteRole.HUB if hub else SiteRole.SPOKE
    made = Facility(FacilityId(uuid4()), code, name, role, CareLevel(level))
    in_transaction(settings, lambda tx: DirectoryStore(tx).save_facility(made))
    click.echo(f"{code} {name}")


def _require_strong(password: str) -> None:
    if len(password) < LEAST_PASSWORD:
        raise click.ClickException(f"a password has at least {LEAST_PASSWORD} characters")


async def _facility(directory: DirectoryStore, code: str) -> Facility:
    for found in await directory.facilities():
        if found.code == code:
            return found
    raise click.ClickException(f"no facility {code}: add it with 'telehealth facility add'")


async def _account(accounts: AccountStore, username: str) -> UserRow:
    row = await accounts.user_named(username)
    if row is None:
        raise click.ClickException(f"no account {username}")
    return row


def _with_password(
    settings: Settings, password: str, work: Callable[[AsyncSession, str], Awaitable[None]]
) -> None:
    hashed = PasswordHasher().hash(password)
    in_transaction(settings, lambda tx: work(tx, hashed))
