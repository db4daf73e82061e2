"""``whence report``: ask a ledger and print the answer."""

import csv
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import click
import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from whence_contract.spreadsheet import cell
from whence_ledger.period import PeriodError, parse_time, since

Format = Literal["table", "json", "csv"]
Row = dict[str, Any]


class ReportError(click.ClickException):
    """The ledger did not answer; the message says what to do."""


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every report takes."""
    for option in (
        click.option("--ledger", default="http://127.0.0.1:4318", show_default=True, envvar="WHENCE_LEDGER"),
        click.option(
            "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
        ),
        click.option("--team", multiple=True, help="Only this team; may be repeated."),
        click.option("--label", multiple=True, type=click.Choice(["Managed", "Unmanaged", "Unknown"])),
        click.option("--repository", multiple=True, help="Only this repository; may be repeated."),
        click.option("--model", multiple=True, help="Only this model; may be repeated."),
        click.option("--user", multiple=True, help="Only this user; may be repeated."),
        click.option("--to", "to_time", metavar="TIME", help="Until this date or time (UTC), exclusive."),
        click.option("--from", "from_time", metavar="TIME", help="From this date or time (UTC)."),
        click.option("--since", "length", metavar="LENGTH", help="The last 30m, 12h, 7d or 4w."),
    ):
        command = option(command)
    return command


@click.group()
def report() -> None:
    """Print what the ledger knows. The ledger's read token, if it wants one: WHENCE_READ_TOKEN."""


@report.command()
@report_options
def overview(form: Format, **options: Any) -> None:
    """Models, sessions, tokens, cost and users."""
    row = _ask("overview", **options)
    if form != "table":
        _print([row] if form == "csv" else row, form)
        return
    table = Table(box=None, show_header=False)
    for name, value in row.items():
        table.add_row(name.replace("_usd", "").replace("_", " "), _cell(name, value))
    _console().print(table)


@report.command()
@report_options
def repositories(form: Format, **options: Any) -> None:
    """What each repository cost and whose it is."""
    rows = _ask("repositories", **options)
    if form != "table":
        _print(rows, form)
        return
    shown = ("repository", "label", "cost_usd", "cost_share", "tokens", "sessions", "users", "commits", "reason")
    table = Table(box=None, header_style="bold")
    for name in shown:
        text = name in {"repository", "label", "reason"}
        table.add_column(name.replace("_usd", "").replace("_", " "), justify="left" if text else "right")
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in shown))
    console = _console()
    console.print(table if rows else "Nothing yet. Work in Claude Code where the hook is installed, then look again.")
    if rows and all(row["label"] is None for row in rows):
        console.print("No labels yet: run 'whence classify --org ORGANIZATION' to connect GitHub.")


def _ask(name: str, ledger: str, length: str | None, from_time: str | None, to_time: str | None, **filters: Any) -> Any:
    if length and (from_time or to_time):
        raise click.UsageError("--since goes without --from and --to.")
    try:
        begin = since(length, datetime.now(UTC)) if length else parse_time(from_time) if from_time else None
        end = parse_time(to_time) if to_time else None
    except PeriodError as error:
        raise click.UsageError(str(error)) from error
    moments = [(key, moment.isoformat()) for key, moment in (("from", begin), ("to", end)) if moment]
    parameters = moments + [(key, value) for key, values in filters.items() for value in values]
    token = os.environ.get("WHENCE_READ_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{ledger.rstrip('/')}/api/v1/{name}"
    try:
        answer = httpx.get(url, params=parameters, headers=headers, timeout=60)
        content = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ReportError(f"No ledger answers at {ledger} ({error}). Start one: whence serve") from error
    except ValueError as error:
        raise ReportError(f"{ledger} is not a ledger: it does not answer in JSON.") from error
    if answer.status_code == 401:
        raise ReportError(f"{ledger} wants its read token. Put it into WHENCE_READ_TOKEN.")
    if answer.is_error:
        problem = content.get("error") if isinstance(content, dict) else None
        raise ReportError(f"{ledger} answered {answer.status_code}: {problem or 'no reason given'}")
    return content


def _print(content: Any, form: Format) -> None:
    if form == "json":
        json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
        click.echo()
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(content[0] if content else ())
    writer.writerows(map(cell, row.values()) for row in content)


def _console() -> Console:
    """As wide as the terminal; wide enough for whole lines where there is none, as in a pipe or a log."""
    return Console(width=None if sys.stdout.isatty() else 200)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "Unknown" if name == "repository" else "–"  # noqa: RUF001
    if name.startswith("cost_usd"):
        return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"
    if name == "cost_share":
        return f"{value:.1%}"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.2f}"
    return escape(str(value))
