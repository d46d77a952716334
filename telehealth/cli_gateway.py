"""`telehealth gateway`: the small process in a hospital that sends its images to the server."""

from pathlib import Path

import click
import uvloop

from telehealth.gateway_home import CONFIG, ConfigWrong

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
