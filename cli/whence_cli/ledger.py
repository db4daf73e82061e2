"""``whence ledger``: look after a ledger."""

from pathlib import Path

import click

from whence_cli.part import new_part
from whence_client import ledger as client
from whence_client.ledger import DEFAULT_LEDGER, Ledger
from whence_ledger.access.auth import Role, TokenError, make_token
from whence_ledger.serve import FILE_NAME, default_data
from whence_ledger.store.check import UncheckedError
from whence_ledger.store.check import check as find
from whence_ledger.store.damage import StoreError

_BACKUP = "/api/v1/backup"


class LedgerError(click.ClickException):
    """The ledger did not do it; the message says why."""


@click.group()
def ledger() -> None:
    """Look after a ledger. Its admin token, if it wants one: WHENCE_ADMIN_TOKEN."""


_url = click.option("--ledger", "url", default=DEFAULT_LEDGER, show_default=True, envvar="WHENCE_LEDGER")
_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@ledger.command()
@_file
@_url
def backup(file: Path, url: str) -> None:
    """Write everything in the ledger to FILE, while it goes on serving."""
    download(file, url)
    click.echo(f"{file} holds the ledger ({file.stat().st_size:,} bytes).")


def download(file: Path, url: str) -> None:
    """Write everything in the ledger at ``url`` to ``file``. Raises ``LedgerError``."""
    try:
        with Ledger(url, "admin") as ledger, ledger.download(_BACKUP) as pieces, new_part(file) as target:
            for piece in pieces:
                target.write(piece)
    except client.LedgerError as error:
        raise LedgerError(str(error)) from error
    except OSError as error:
        raise LedgerError(f"{file} cannot be written: {error.strerror}.") from error


@ledger.command()
@_file
@_url
@click.confirmation_option(prompt="This replaces everything in the ledger. Go on?")
def restore(file: Path, url: str) -> None:
    """Put what FILE holds in place of everything in the ledger, while it goes on serving."""
    try:
        with file.open("rb") as content, Ledger(url, "admin") as ledger:
            pieces = iter(lambda: content.read(1 << 20), b"")
            told = ledger.ask("PUT", _BACKUP, data=pieces, timeout=client.TRANSFER_SECONDS)
    except client.LedgerError as error:
        raise LedgerError(str(error)) from error
    except OSError as error:
        raise LedgerError(f"{file} cannot be read: {error.strerror}.") from error
    click.echo(f"The ledger holds {told['sessions']:,} sessions now.")


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Folder of the ledger.")
@click.pass_context
def check(context: click.Context, file: Path | None, data: Path | None) -> None:
    """Read all of FILE, a ledger or a backup, and add it up; nothing is changed.  [default: the ledger in --data]

    Exits 0 if all is well, 1 if it is damaged or its figures do not agree, 2 if it cannot be looked at.
    """
    path = file or (data or default_data()) / FILE_NAME
    is_well = True
    try:
        for found in find(path):
            is_well = is_well and not found.problem
            click.echo(f"{found.subject:36}{found.amount:>14,}  {found.problem or 'ok'}")
    except UncheckedError as error:
        click.echo(f"Error: {error}", err=True)
        context.exit(2)
    except StoreError as error:
        raise LedgerError(str(error)) from error
    if not is_well:
        raise LedgerError(
            f"{path} is damaged, or its figures do not agree. Move it away, start 'whence serve', and restore the last "
            "good backup: whence ledger restore BACKUP"
        )
    click.echo(f"{path} is well.")


@ledger.command()
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Folder of the ledger.")
def token(role: str, data: Path | None) -> None:
    """Make a new token and print it. Only its hash is stored; the one before stops working at the next start."""
    try:
        click.echo(make_token(Role(role), data or default_data()))
    except TokenError as error:
        raise LedgerError(str(error)) from error
