"""``whence sql``: query a ledger in SQL, read-only."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import duckdb
from click.core import ParameterSource
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from whence_cli.form import Format, format_option
from whence_cli.ledger import LedgerError, download
from whence_client.ledger import DEFAULT_LEDGER
from whence_contract.spreadsheet import write_csv
from whence_contract.terminal import escaped, plain
from whence_ledger.serve import FILE_NAME, default_data
from whence_ledger.store.analysis import columns, meanings, run, views
from whence_ledger.store.damage import StoreError, is_in_use

_HELP = """Type SQL, ending with a semicolon.
  .views          list the views
  .columns VIEW   list the columns of a view
  .quit           exit"""


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("-c", "--command", "question", help="Run this query and exit.")
@format_option
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The ledger's folder.")
@click.option(
    "--ledger", "url", default=DEFAULT_LEDGER, show_default=True, envvar="WHENCE_LEDGER", help="The ledger's address."
)
def sql(file: Path | None, question: str | None, form: Format, data: Path | None, url: str) -> None:
    """Query FILE, a ledger or a backup, in SQL, read-only.  [default: the ledger in --data]

    While 'whence serve' has the file open, or if this machine has no ledger, queries run on a copy downloaded from
    --ledger (admin token: WHENCE_ADMIN_TOKEN). docs/reference/data-model.md describes the views.
    """
    path = file or (data or default_data()) / FILE_NAME
    is_far = not (file or data or path.exists()) and (
        click.get_current_context().get_parameter_source("url") is not ParameterSource.DEFAULT
    )
    try:
        with _opened(None if is_far else path, url) as cursor:
            if question is not None:
                _answer(cursor, question, form)
            elif not sys.stdin.isatty():
                _answer(cursor, sys.stdin.read(), form)
            else:
                _converse(cursor, form)
    except StoreError as error:
        raise LedgerError(str(error)) from error
    except duckdb.Error as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _opened(path: Path | None, url: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to the file's views; without a file, or while a server has it open, to a downloaded copy's."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        cursor = None
        try:
            cursor = stack.enter_context(views(path)) if path else None
        except StoreError as error:
            if not (isinstance(error.__cause__, duckdb.Error) and is_in_use(error.__cause__)):
                raise
        if cursor is None:
            copy = Path(folder, FILE_NAME)
            download(copy, url)
            cursor = stack.enter_context(views(copy))
        yield cursor


def _converse(cursor: duckdb.DuckDBPyConnection, form: Format) -> None:
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 editing and history, if the platform has it
    click.echo(_HELP)
    while (question := _read()) is not None:
        try:
            match question.split():
                case [".quit" | ".exit"]:
                    return
                case [".views"]:
                    _show(["view", "meaning"], list(meanings(cursor).items()), form)
                case [".columns", view]:
                    rows = [(one.name, one.type, one.meaning) for one in columns(cursor) if one.view == view]
                    _show(["column", "type", "meaning"], rows, form)
                case [word, *_] if word.startswith("."):
                    click.echo(_HELP)
                case [_, *_]:
                    _answer(cursor, question, form)
        except duckdb.Error as error:
            click.echo(plain(str(error)), err=True)


def _read() -> str | None:
    """Read one statement, which may span lines; return ``None`` at the end of the input."""
    lines: list[str] = []
    while not lines or not (lines[0].startswith(".") or lines[-1].rstrip().endswith(";")):
        try:
            line = input("whence> " if not lines else "   ...> ")
        except EOFError:
            click.echo()
            return None
        except KeyboardInterrupt:
            click.echo()
            lines = []
            continue
        if line.strip() or lines:
            lines.append(line)
    return "\n".join(lines)


def _answer(cursor: duckdb.DuckDBPyConnection, question: str, form: Format) -> None:
    run(cursor, question)
    _show([column[0] for column in cursor.description or ()], cursor.fetchall(), form)


def _show(names: list[str], rows: list[tuple[Any, ...]], form: Format) -> None:
    if form == "json":
        content = [dict(zip(names, map(_json, row), strict=True)) for row in rows]
        click.echo(escaped(json.dumps(content, indent=2, ensure_ascii=False, default=str)))
    elif form == "csv":
        write_csv(sys.stdout, names, ((_json(value) for value in row) for row in rows))
    else:
        table = Table(box=None, header_style="bold")
        for name in names:
            table.add_column(escape(plain(name)))
        for row in rows:
            table.add_row(*("" if value is None else escape(plain(str(value))) for value in row))
        Console(width=None if sys.stdout.isatty() else 200).print(table)


def _json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
