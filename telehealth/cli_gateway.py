"""`telehealth gateway`: the small process in a hospital that sends its images to the server."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import uvloop

from telehealth.gateway_home import CONFIG, ConfigWrong

_TERMS: Final[Mapping[str, str]] = {
    "accession": "accession_number",
    "patient": "patient_id",
    "study": "study_uid",
}
HOME = click.option(
    "--home",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    default=Path("gateway"),
    show_default=True,
    help="The gateway's folder: settings, identity, queue.",
)


@click.group()
def gateway() -> None:
    """Receive a hospital's images and send them on, outward only."""


@gateway.command()
@HOME
@click.option("--server", required=True, help="Address of the server: https://hoichan.example.vn")
@click.option("--code", prompt=True, help="The one-time code of the administrator's page.")
def enrol(home: Path, server: str, code: str) -> None:
    """Make this computer a gateway."""
    from telehealth import gateway_process

    try:
        identity = uvloop.run(gateway_process.enrol(home, server.rstrip("/"), code))
    except ConfigWrong as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{identity.name}: enrolled. Name the hospital's PACS in {home / CONFIG},")
    click.echo(f"then: telehealth gateway run --home {home}")


@gateway.command("try-again")
@HOME
def try_again(home: Path) -> None:
    """Send once more what the server refused. Stop the gateway first."""
    from viewer.gateway_queue import GatewayQueue

    click.echo(f"{GatewayQueue(home / 'queue').try_again()} objects wait again")


@gateway.command()
@HOME
@click.argument("pacs")
@click.option("--by", type=click.Choice(list(_TERMS)), default="accession", show_default=True)
def find(home: Path, pacs: str, by: str) -> None:
    """Ask a [[pacs]] of gateway.toml for studies; what to search by is read from the input.

    Neither the list of processes nor the shell's history names a patient, nor does the answer.
    """
    from telehealth import gateway_asking
    from viewer.errors import PeerFailed
    from viewer.pacs import EXACT_VALUE, Terms

    value = click.prompt("Value", err=True).strip()
    if not re.match(EXACT_VALUE, value):
        raise click.ClickException("one exact value: at most 64 characters, no wildcard")
    try:
        found = uvloop.run(gateway_asking.search(home, pacs, Terms(**{_TERMS[by]: value})))
    except ConfigWrong as error:
        raise click.ClickException(str(error)) from None
    except PeerFailed as failure:
        raise click.ClickException(f"{pacs} cannot be asked: {failure.reason}") from None
    for each in found:
        count = "?" if each.instances is None else each.instances
        click.echo(f"{each.date} {'/'.join(each.modality)} {count} {each.study_uid}")
    click.echo(f"{len(found)} studies")
