"""Print rows as a table, JSON or CSV."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from whence_contract.spreadsheet import write_csv
from whence_contract.terminal import escaped, plain

Format = Literal["table", "json", "csv"]


def show(rows: Iterable[dict[str, str | None]], columns: Sequence[str], form: Format, nothing: str) -> None:
    """Print the rows. ``nothing``: printed instead of an empty table."""
    if form == "json":
        encode = json.JSONEncoder(ensure_ascii=False).encode
        for place, row in enumerate(rows):
            sys.stdout.write(("[\n" if place == 0 else ",\n") + escaped(encode(row)))
            nothing = ""
        click.echo("[]" if nothing else "\n]")
    elif form == "csv":
        shown = plain if sys.stdout.isatty() else str
        write_csv(sys.stdout, columns, ([shown(row[name] or "") for name in columns] for row in rows))
    else:
        table = Table(box=None, header_style="bold")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(escape(plain(row[name] or "")) for name in columns))
        Console().print(table if table.row_count else nothing)
