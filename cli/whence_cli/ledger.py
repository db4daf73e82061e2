"""``whence ledger``: administer a ledger."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whence_cli.part import new_part
from whence_client import ledger as client
from whence_client.ledger import DEFAULT_LEDGER, Ledger
from whence_ledger.access.auth import Role, TokenError, make_token
from whence_ledger.alert.book import Silence, load_book, save_book
from whence_ledger.serve import FILE_NAME, clickhouse_store, default_data
from whence_ledger.store.check import UncheckedError, require_ledger
from whence_ledger.store.check import check as find
from whence_ledger.store.damage import StoreError

if TYPE_CHECKING:
    # Imported for types only: it needs the extra "clickhouse".
    from whence_ledger.store.clickhouse import ClickHouseStore
    from whence_ledger.store.transfer import Total

_BACKUP = "/api/v1/backup"


class LedgerError(click.ClickException):
    """The operation failed; the message says why."""


@click.group()
def ledger() -> None:
    """Back up, restore, check and copy a ledger, and create tokens.

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
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def restore(file: Path, url: str, yes: bool) -> None:
    """Replace everything in the ledger with the backup in FILE while it keeps running."""
    try:
        require_ledger(file)
    except UncheckedError as error:
        raise LedgerError(str(error)) from error
    if not yes:
        click.confirm("This replaces everything in the ledger. Continue?", abort=True)
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
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The ledger's folder.")
@click.option(
    "--store",
    "url",
    metavar="URL",
    required=True,
    envvar="WHENCE_STORE",
    help="Where to copy it to, or from: clickhouse://user:password@host:port/database",
)
@click.option("--back", is_flag=True, help="Copy from ClickHouse into FILE, which must not exist.")
def copy(file: Path | None, data: Path | None, url: str, back: bool) -> None:
    """Copy FILE, a ledger or a backup, into ClickHouse.  [default: the ledger in --data]

    Stop 'whence serve' first, or copy a backup. If it is interrupted, run it again: it continues, and nothing counts
    twice. FILE is not changed. With --back, FILE is complete when it is there; until then its name ends with ".part".
    At the end it compares sessions, cost and tokens by month. Exit code 0: they agree. 1: they do not, or it cannot be
    copied.
    """
    path = file or (data or default_data()) / FILE_NAME
    try:
        _copy_back(path, url) if back else _copy_to(path, url)
    except StoreError as error:
        raise LedgerError(str(error)) from error


def _copy_to(path: Path, url: str) -> None:
    store = clickhouse_store(url)
    # Imported lazily: it needs the extra "clickhouse".
    from whence_ledger.store.transfer import transfer  # noqa: PLC0415

    totals = transfer(path, store, _tell)
    _copy_silences(path.parent / "alerts.json", store)
    _show(totals)
    different = [one.month for one in totals if not one.same]
    if different:
        raise LedgerError(
            f"The totals of {', '.join(different)} differ. If clients already send to ClickHouse, sessions that "
            "were open continued there. If not, keep the file, copy it into an empty database, and report it "
            "if they differ again."
        )
    click.echo("Every total in ClickHouse is that of the file.")


def _copy_back(path: Path, url: str) -> None:
    if path.exists():
        raise LedgerError(f"{path} exists. Name a file that does not.")
    store = clickhouse_store(url)
    # Imported lazily: it needs the extra "clickhouse".
    from whence_ledger.store.retrieve import retrieve  # noqa: PLC0415

    os.umask(0o077)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    totals = retrieve(store, part, _tell)
    _show(totals)
    different = [one.month for one in totals if not one.same]
    if different:
        raise LedgerError(
            f"The totals of {', '.join(different)} differ, so {part} keeps its name. Stop what writes to ClickHouse, "
            "delete that file, and copy again. Report it if they differ again."
        )
    _copy_silences_back(store, path.parent / "alerts.json")
    part.rename(path)
    click.echo(f"Every total in {path} is that of ClickHouse.")


def _show(totals: list["Total"]) -> None:
    head = ("month", "sessions", "cost (USD)", "tokens")
    click.echo(f"{head[0]:9}{head[1]:>12}{head[2]:>18}{head[3]:>20}")
    for one in totals:
        click.echo(_line(one.month, one.file))
        if not one.same:
            click.echo(_line("differs:", one.clickhouse))


def _tell(done: int, total: int) -> None:
    click.echo(f"{done:,} of {total:,} sessions", err=True)


def _line(name: str, figures: tuple[Any, ...]) -> str:
    sessions, cost, tokens = figures
    return f"{name:9}{sessions:>12,}{cost:>18,.2f}{tokens:>20,.0f}"


def _copy_silences(path: Path, store: "ClickHouseStore") -> None:
    """Copy the silences of the alerts that are kept beside a ledger's file; a backup has none."""
    try:
        silences = load_book(path).silences
    except ValueError as error:
        raise LedgerError(f"{path} is damaged, so the silences of alerts are not copied. Move it away.") from error
    duty = store.duty()
    for one in silences:
        duty.silence(*one)


def _copy_silences_back(store: "ClickHouseStore", path: Path) -> None:
    silences = tuple(Silence(*one) for one in store.duty().silences())
    if silences:
        save_book(load_book(path)._replace(silences=silences), path)


@ledger.command()
@click.option("--cluster", metavar="NAME", required=True, help="The cluster's name in ClickHouse's configuration.")
@click.option("--database", metavar="NAME", default="whence", show_default=True, help="The database.")
def schema(cluster: str, database: str) -> None:
    """Print the statements that create the tables on a cluster of ClickHouse, for its administrator to review."""
    for option, name in (("--cluster", cluster), ("--database", database)):
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise click.BadParameter("use letters, digits, '_', '-' and '.'", param_hint=option)
    try:
        # Imported lazily: it needs the extra "clickhouse".
        from whence_ledger.store.cluster import cluster_statements  # noqa: PLC0415
    except ImportError as error:
        raise LedgerError(f"{error}. This needs an extra: pip install 'whence-spend[clickhouse]'") from error
    for statement in cluster_statements(cluster, database):
        click.echo(f"{statement};")


@ledger.command()
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The ledger's folder.")
def token(role: str, data: Path | None) -> None:
    """Create a token and print it. The ledger stores its hash; the previous token works until the ledger restarts."""
    try:
        click.echo(make_token(Role(role), data or default_data()))
    except TokenError as error:
        raise LedgerError(str(error)) from error
