"""The `telehealth` command."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click
import uvloop
from pydantic import ValidationError

from telehealth import logs
from telehealth.cli_accounts import facility, user
from telehealth.cli_audit import audit
from telehealth.cli_backup import backup, restore
from telehealth.cli_gateway import HOME, gateway
from telehealth.gateway_home import ConfigWrong
from telehealth.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="telehealth-hoichan")
@click.pass_context
def main(context: click.Context) -> None:
    """Hội chẩn từ xa: remote case conferences on one hospital server."""
    logs.configure()
    try:
        context.obj = Settings()
    except ValidationError as error:
        lines = (f"TELEHEALTH_{e['loc'][0]!s}".upper() + f": {e['msg']}" for e in error.errors())
        raise click.ClickException("wrong settings\n  " + "\n  ".join(lines)) from None


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Run everything of one installation: web, media workers, job worker, recorder, DIMSE."""
    from telehealth import installation

    run(lambda stop: installation.run(settings, stop))


@main.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Run the web process alone."""
    from telehealth import web_process

    run(lambda stop: web_process.serve(settings, stop))


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Run the job worker alone: it delivers closed cases to the record, and fetches from PACS."""
    from telehealth import ledger_worker

    run(lambda stop: ledger_worker.serve(settings, stop))


@main.command()
@click.pass_obj
def recorder(settings: Settings) -> None:
    """Run the recorder process alone: it joins rooms that are to be recorded."""
    from telehealth import recording_process

    run(lambda stop: recording_process.run(settings, stop))


@main.command()
@click.pass_obj
def dimse(settings: Settings) -> None:
    """Run the DIMSE server alone: the hospitals' PACS and modalities talk to it."""
    from telehealth import dimse_process

    run(lambda stop: dimse_process.run(settings, stop))


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision."""
    from telehealth import installation

    uvloop.run(installation.migrate(settings))
    click.echo("database is at the newest revision")


@main.command()
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="A folder of DICOM files to give to the invented patients.",
)
@click.pass_obj
def demo(settings: Settings, images: Path | None) -> None:
    """Seed the invented conference on the first run, then serve it."""
    from telehealth.demo import start

    run(lambda stop: start.run(settings, images, stop))


@main.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Say what is right, what is missing and what to do."""
    from telehealth.doctor import State, examine

    findings = uvloop.run(examine(settings))
    for finding in findings:
        click.echo(f"{finding.state:>8}  {finding.what}: {finding.detail}")
    if any(finding.state is State.FAILED for finding in findings):
        raise SystemExit(1)


@main.command()
@click.option("--index", type=click.IntRange(0, 63), default=0, help="Which one, from 0.")
@click.pass_obj
def media(settings: Settings, index: int) -> None:
    """Run one media worker alone, started again when it dies; 'serve' runs all of them."""
    from telehealth import installation
    from telehealth.media import children
    from telehealth.processes import keep_running

    workers = children(settings)
    if index >= len(workers):
        raise click.ClickException(f"no media worker {index}: the settings say {len(workers)}")
    installation.make_folders(settings)
    run(lambda stop: keep_running([workers[index]], stop))


@gateway.command("run")
@HOME
def run_gateway(home: Path) -> None:
    """Receive and deliver until stopped."""
    from telehealth import gateway_process

    try:
        run(lambda stop: gateway_process.run(home, stop))
    except ConfigWrong as error:
        raise click.ClickException(str(error)) from None


main.add_command(gateway)
main.add_command(user)
main.add_command(facility)
main.add_command(audit)
main.add_command(backup)
main.add_command(restore)


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run until done, SIGINT or SIGTERM; the work is told by the event and ends by itself."""

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await work(stop)

    uvloop.run(until_told())
