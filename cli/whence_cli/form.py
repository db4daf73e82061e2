"""The formats of a table that a command prints."""

from typing import Literal

import click

Format = Literal["table", "json", "csv"]

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="Output format.",
)
"""The option that chooses one; the command's parameter is ``form``."""
