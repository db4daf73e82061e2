"""``whence hook``: show the backlog, and send it now."""

import json
import sys
from datetime import datetime

import click

from whence_contract.terminal import plain
from whence_hook.flush import backlog
from whence_hook.flush import flush as flushing
from whence_hook.machine.spool import spool_directory, state_directory


@click.group()
def hook() -> None:
    """Show and send the hook's records on this machine."""


@hook.command()
def flush() -> None:
    """Send the waiting records; exit with code 1 if they were not accepted."""
    try:
        result = flushing.flush(patient=True)
    except OSError as error:
        raise click.ClickException(
            f"Cannot write in {state_directory()}: {error.strerror}. Make it writable, or set XDG_STATE_HOME to a "
            "folder that is. Until then the hook cannot record anything."
        ) from error
    if result.error:
        raise click.ClickException(f"{result.error} Nothing is lost: the records are sent later.")
    click.echo(f"Sent {result.spans} spans. {_waiting()}")


@hook.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Show the backlog and how the last flush ended."""
    pending = backlog.pending()
    last = flushing.last_flush()
    if as_json:
        json.dump(
            {
                "spool": spool_directory(),
                "backlog_bytes": pending.size,
                "backlog_age_seconds": pending.age,
                "dropped_records": pending.dropped,
                "dropped_at": pending.dropped_at,
                "last_flush": last._asdict() if last else None,
            },
            sys.stdout,
        )
        click.echo()
        return
    click.echo(_waiting())
    if last is None:
        click.echo("Nothing has been sent from this machine yet.")
        return
    click.echo(
        plain(
            f"Last flush {_shown(last.at)}: "
            + (last.error or f"{last.spans} {'span' if last.spans == 1 else 'spans'} accepted.")
        )
    )


def _waiting() -> str:
    pending = backlog.pending()
    waiting = "Nothing waits."
    if pending.age is not None:
        waiting = f"{pending.size} bytes wait in {spool_directory()}, the oldest for {pending.age:.0f} s."
    if pending.dropped_at is None:
        return waiting
    return f"{waiting} {pending.dropped} records were dropped, the last at {_shown(pending.dropped_at)}: see hook.log."


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")
