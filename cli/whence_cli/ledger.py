"""``whence ledger``: administer a ledger."""

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
    """The operation failed; the message says why."""


@click.group()
def ledger() -> None:
    """Back up, restore and check a ledger, and create tokens.

    If the ledger has an admin token, set it in WHENCE_ADMIN_TOKEN.
    """


_url = click.option(
    "--ledger", "url", default=DEFAULT_LEDGER, show_default=True, envvar="WHENCE_LEDGER", help="The ledger's address."
)
_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@ledger.command()
@_file
@_url
def backup(file: Path, url: str) -> None:
    """Back up the ledger to FILE while it keeps running."""
    download(file, url)
    click.echo(f"Backed up the ledger to {file} ({file.stat().st_size:,} bytes).")


def download(file: Path, url: str) -> None:
    """Download a backup of the ledger at ``url`` to ``file``. Raises ``LedgerError``."""
    try:
        with Ledger(url, "admin") as ledger, ledger.download(_BACKUP) as pieces, new_part(file) as target:
            for piece in pieces:
                target.write(piece)
    except client.LedgerError as error:
        raise LedgerError(str(error)) from error
    except OSError as error:
        raise LedgerError(f"Cannot write {file}: {error.strerror}.") from error


@ledger.command()
@_file
@_url
@click.confirmation_option(prompt="This replaces everything in the ledger. Continue?")
def restore(file: Path, url: str) -> None:
    """Replace everything in the ledger with the backup in FILE while it keeps running."""
    try:
        with file.open("rb") as content, Ledger(url, "admin") as ledger:
            pieces = iter(lambda: content.read(1 << 20), b"")
            result = ledger.ask("PUT", _BACKUP, data=pieces, timeout=client.TRANSFER_SECONDS)
    except client.LedgerError as error:
        raise LedgerError(str(error)) from error
    except OSError as error:
        raise LedgerError(f"Cannot read {file}: {error.strerror}.") from error
    click.echo(f"Restored {result['sessions']:,} sessions.")


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The ledger's folder.")
@click.pass_context
def check(context: click.Context, file: Path | None, data: Path | None) -> None:
    """Verify FILE, a ledger or a backup: read every row and check the totals.  [default: the ledger in --data]

    Changes nothing. Exit code 0: no problems. 1: the file is damaged or its figures disagree. 2: it cannot be checked.
    """
    path = file or (data or default_data()) / FILE_NAME
    is_sound = True
    try:
        for found in find(path):
            is_sound = is_sound and not found.problem
            click.echo(f"{found.subject:36}{found.amount:>14,}  {found.problem or 'ok'}")
    except UncheckedError as error:
        click.echo(f"Error: {error}", err=True)
        context.exit(2)
    except StoreError as error:
        raise LedgerError(str(error)) from error
    if not is_sound:
        raise LedgerError(
            f"{path} is damaged, or its figures disagree. Move it away, start 'whence serve', and restore the last "
            "good backup: whence ledger restore BACKUP"
        )
    click.echo(f"{path}: no problems found.")


@ledger.command()
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The ledger's folder.")
def token(role: str, data: Path | None) -> None:
    """Create a token and print it. The ledger stores its hash; the previous token works until the ledger restarts."""
    try:
        click.echo(make_token(Role(role), data or default_data()))
    except TokenError as error:
        raise LedgerError(str(error)) from error
