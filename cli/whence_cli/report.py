"""``whence report``: query a ledger and print the result."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from whence_cli.form import Format, format_option
from whence_client.ledger import DEFAULT_LEDGER, Ledger, LedgerError
from whence_contract.period import PeriodError, parse_time, since
from whence_contract.share import at_least
from whence_contract.spreadsheet import write_csv
from whence_contract.terminal import escaped, plain

Row = dict[str, Any]
NOTHING = "Nothing yet. Work in Claude Code where the hook is installed, then look again."
NO_MATCH = "Nothing found for this time range and these filters."
NONE = "Nothing found."


class ReportError(click.ClickException):
    """The ledger did not answer. The message says what to do."""


Option = Callable[[Callable[..., None]], Callable[..., None]]


class Report(NamedTuple):
    """A report: its help, the columns of its table (none for a single row of figures) and its own options."""

    help: str
    columns: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


def _limit(usual: int) -> Option:
    return click.option(
        "--limit", default=usual, show_default=True, type=click.IntRange(1, 100_000), help="Maximum number of rows."
    )


_BY = click.Choice(["user", "team", "repository", "label", "model", "owner"])
_SERIES = (
    click.option(
        "--by",
        type=_BY,
        help="Show the ten largest, and the rest together.",
    ),
    click.option(
        "--bucket",
        type=click.Choice(["1m", "5m", "15m", "hour", "day", "week", "month"]),
        default="day",
        show_default=True,
        help="Length of time in each row.",
    ),
)
REPORTS = {
    "overview": Report("Models, sessions, tokens, cost and users."),
    "cost": Report("Cost compared with the period before, tokens, cache hit rate."),
    "usage": Report("Sessions, commits, pull requests, lines, edits, active time."),
    "models": Report(
        "Cost of each model.",
        ("model", "cost_usd", "cost_share", "tokens", "sessions", "cache_hit_rate", "usd_per_million_tokens"),
    ),
    "groups": Report(
        "Cost by user, team, repository, label, model or owner of repositories.",
        ("name", "cost_usd", "cost_share", "tokens", "sessions", "cache_hit_rate", "usd_per_million_tokens"),
        (click.option("--by", type=_BY, default="model", show_default=True, help="What to group by."),),
    ),
    "tools": Report("How often each tool was used.", ("tool", "uses", "failures", "failure_rate")),
    "users": Report(
        "Cost and output of each user.",
        ("user", "cost_usd", "cost_share", "sessions", "tokens", "cache_hit_rate", "lines_added", "commits", "models"),
    ),
    "repositories": Report(
        "Cost and label of each repository.",
        ("repository", "label", "cost_usd", "cost_share", "tokens", "sessions", "users", "commits", "reason"),
    ),
    "branches": Report(
        "Cost of each branch.",
        (
            "repository",
            "branch",
            "ticket",
            "cost_usd",
            "cost_share",
            "tokens",
            "sessions",
            "users",
            "commits",
            "last_seen",
        ),
    ),
    "commits": Report(
        "Cost of the work that led to each commit.",
        ("repository", "branch", "commit", "user", "committed_at", "commits", "cost_usd", "cost_share", "tokens"),
    ),
    "pull-requests": Report(
        "What each pull request cost.",
        (
            "repository",
            "number",
            "title",
            "state",
            "author",
            "cost_usd",
            "cost_share",
            "first_touch",
            "merged_at",
            "hours_to_merge",
        ),
    ),
    "tickets": Report(
        "Cost of each ticket named in a branch.",
        (
            "ticket",
            "repositories",
            "cost_usd",
            "cost_share",
            "tokens",
            "branches",
            "sessions",
            "users",
            "commits",
            "last_seen",
        ),
    ),
    "extensions": Report(
        "Cost of each skill, subagent, plugin, MCP server or slash command that Claude Code names.",
        ("name", "cost_usd", "cost_share", "tokens", "sessions", "users", "last_seen"),
        (
            click.option(
                "--by",
                type=click.Choice(["skill", "subagent", "plugin", "mcp-server", "slash-command"]),
                default="skill",
                show_default=True,
                help="Kind of extension.",
            ),
        ),
    ),
    "bases": Report(
        "Share of the cost attributed by request, prompt, session, start directory, or not at all.",
        ("split", "basis", "cost_usd", "cost_share"),
    ),
    "coverage": Report(
        "How the cost was attributed, by day, user and machine, and what is missing.",
        (
            "day",
            "user",
            "machine",
            "client_versions",
            "sessions",
            "cost_usd",
            "request_cost_usd",
            "prompt_cost_usd",
            "session_cost_usd",
            "start_cost_usd",
            "client_cost_usd",
            "none_cost_usd",
            "reasons",
        ),
    ),
    "labels": Report(
        "Totals for Managed, Unmanaged and Unknown.",
        ("label", "cost_usd", "cost_share", "tokens", "repositories", "sessions", "users"),
    ),
    "unmanaged": Report(
        "Who spent on repositories that the organization does not own.",
        ("user", "cost_usd", "sessions", "repositories", "models", "spend_share"),
    ),
    "sessions": Report(
        "Sessions, newest first.",
        ("session", "user", "started", "repository", "label", "cost_usd", "tokens", "commits"),
        (_limit(1000),),
    ),
    "series": Report(
        "Usage over time.",
        ("bucket", "cost_usd", "tokens", "sessions", "users", "lines_added", "commits"),
        _SERIES,
    ),
    "flows": Report(
        "Prompts that read in a Managed repository and edited an Unmanaged one.",
        ("user", "from", "to", "prompts", "lines_added", "cost_usd", "first_seen", "last_seen", "reason", "evidence"),
        (_limit(1000),),
    ),
    "cases": Report(
        "What people decided about users' spend on repositories, and what was spent since.",
        ("user", "repository", "status", "note", "day", "cost_usd_since", "at", "by"),
        (_limit(1000),),
    ),
    "insights": Report("Where you could save money.", ("title", "saving_usd", "cost_usd", "evidence"), (_limit(20),)),
}
_SERIES_BY = ("bucket", "name", "cost_usd", "tokens", "lines_added", "commits")
_TEXT = {"repository", "label", "reason", "user", "model", "models", "tool", "session", "started", "bucket", "name"}
_TEXT |= {"title", "evidence", "split", "basis", "day", "machine", "client_versions", "reasons"}
_TEXT |= {"from", "to", "last_seen", "branch", "ticket", "commit", "committed_at"}
_DIVIDED = {"repositories", "branches", "tickets", "commits", "pull-requests", "labels", "unmanaged", "sessions"}
"""Reports whose figures depend on ``--split``."""
_STATUSES = {"withheld": "name withheld by Claude Code", "none": "none", "not-reported": "not reported"}
"""Words for usage whose extension has no name."""
_NARROWING = ("length", "from_time", "to_time", "user", "model", "repository", "label", "team")
_ALWAYS = {"repositories", "users", "models", "sessions", "labels"}
"""Reports that have rows as soon as there is a session."""
_TIMES = {"started", "bucket", "first_seen", "last_seen", "committed_at", "first_touch", "merged_at", "at"}
_TEXT |= {"number", "state", "author", "first_touch", "merged_at", "first_seen", "status", "note", "at", "by"}


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every report has, and return the command."""
    for option in (
        click.option(
            "--ledger",
            "url",
            default=DEFAULT_LEDGER,
            show_default=True,
            envvar="WHENCE_LEDGER",
            help="The ledger's address.",
        ),
        format_option,
        click.option(
            "--split",
            type=click.Choice(["request", "prompt", "session"]),
            help="Divide the cost of each API request by its own tool calls, of each prompt by its touches, or of the "
            "complete session by its touches.  [default: request]",
        ),
        click.option("--team", multiple=True, help="Only this team; may be repeated."),
        click.option(
            "--label",
            multiple=True,
            type=click.Choice(["Managed", "Unmanaged", "Unknown"]),
            help="Only this label; may be repeated.",
        ),
        click.option(
            "--repository",
            multiple=True,
            help="Only this repository; may be repeated. Unknown selects usage without a repository.",
        ),
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
    """Print reports from the ledger. If the ledger requires a read token, set it in WHENCE_READ_TOKEN."""


def _register(name: str, one: Report) -> None:
    def command(form: Format, by: str | None = None, **options: Any) -> None:
        _report(f"{name}/{by}" if by else name, form, options)

    for option in (report_options, *reversed(one.options)):
        command = option(command)
    report.command(name, help=one.help)(command)


for _name, _one in REPORTS.items():
    _register(_name, _one)


def _report(name: str, form: Format, options: dict[str, Any]) -> None:
    content = _ask(name, **options)
    if form == "json":
        click.echo(escaped(json.dumps(content, indent=2, ensure_ascii=False)))
        return
    rows = content if isinstance(content, list) else [content]
    if form == "csv":
        write_csv(
            sys.stdout, list(rows[0]) if rows else _fields(name, options), (map(_exact, row.values()) for row in rows)
        )
        return
    columns = _SERIES_BY if name.startswith("series/") else REPORTS[name.partition("/")[0]].columns
    _console().print(_table(columns, rows) if rows else _nothing(name, options))
    if name in _DIVIDED and rows and (bases := _bases(options)):
        _console().print(_stands_on(bases))
    if name in {"repositories", "labels"} and rows and all(row["label"] is None for row in rows):
        _console().print("No labels yet: run 'whence classify --org ORGANIZATION' to connect GitHub.")


def _nothing(name: str, options: dict[str, Any]) -> str:
    """Say why a report has no rows: its filters, or that nothing was recorded yet."""
    if any(options[one] for one in _NARROWING):
        return NO_MATCH
    return NOTHING if name in _ALWAYS else NONE


def _bases(options: dict[str, Any]) -> list[Row]:
    """Return how the cost was attributed; empty if the ledger is too old to have this report."""
    try:
        return _ask("bases", **(options | {"limit": None}))  # type: ignore[no-any-return]
    except ReportError as error:
        if isinstance(error.__cause__, LedgerError) and error.__cause__.status == HTTPStatus.NOT_FOUND:
            return []
        raise


def _stands_on(rows: list[Row]) -> str:
    """Return a sentence that says how sessions are divided, and what the cost attribution is based on."""
    names = {"start": "start directory", "client": "reported by Claude Code"}
    parts = [
        f"{names.get(row['basis'], row['basis'])} {_percentage(row['cost_share'])}" for row in rows if row["cost_usd"]
    ]
    return f"Divided by {rows[0]['split']}. Basis of the cost: {', '.join(parts) or 'nothing'}."


def _fields(name: str, options: dict[str, Any]) -> list[str]:
    """Return the fields of a report without rows, from the ledger's API description."""
    described = _ask("openapi.json", **options)
    report, _, by = name.partition("/")
    path = f"/api/v1/{report}/{{by}}" if by else f"/api/v1/{name}"
    answer = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return list(described["components"]["schemas"][answer["items"]["$ref"].rpartition("/")[2]]["properties"])


def _table(columns: tuple[str, ...], rows: list[Row]) -> RichTable:
    if not columns:
        table = RichTable(box=None, show_header=False)
        for name, value in rows[0].items():
            table.add_row(_title(name), _cell(name, value))
        return table
    table = RichTable(box=None, header_style="bold")
    for name in columns:
        table.add_column(_title(name), justify="left" if name in _TEXT or isinstance(rows[0][name], str) else "right")
    for row in rows:
        others = {"name": "all others"} if row.get("in_others") else {}
        others |= {"name": _STATUSES[row["status"]]} if row.get("status") in _STATUSES else {}
        table.add_row(*(_cell(name, (row | others)[name]) for name in columns))
    return table


def _ask(name: str, url: str, length: str | None, from_time: str | None, to_time: str | None, **filters: Any) -> Any:
    if length and (from_time or to_time):
        raise click.UsageError("--since cannot be used with --from or --to.")
    try:
        begin = since(length, datetime.now(UTC)) if length else parse_time(from_time) if from_time else None
        end = parse_time(to_time) if to_time else None
    except PeriodError as error:
        raise click.UsageError(str(error)) from error
    moments = [(key, moment.isoformat()) for key, moment in (("from", begin), ("to", end)) if moment]
    parameters = moments + [
        (key, value)
        for key, given in filters.items()
        for value in (given if isinstance(given, tuple) else (given,))
        if value is not None
    ]
    limit = filters.get("limit")
    rows: list[Row] = []
    try:
        with Ledger(url, "read") as ledger:
            for page in ledger.pages(f"/api/v1/{name}", parameters):
                if not isinstance(page, list):
                    return page
                rows += page
                if limit and len(rows) >= limit:
                    break
    except LedgerError as error:
        raise ReportError(str(error)) from error
    return rows[:limit]


def _console() -> Console:
    """Return a console as wide as the terminal; without a terminal, wide enough for complete lines."""
    return Console(width=None if sys.stdout.isatty() else 200)


def _exact(value: Any) -> Any:
    """Return a value for CSV unchanged; on a terminal, without control characters."""
    return plain(value) if isinstance(value, str) and sys.stdout.isatty() else value


def _title(name: str) -> str:
    return name.replace("_usd", "").replace("usd_", "$ ").replace("_", " ")


def _percentage(share: float) -> str:
    sign, number = at_least(share)
    return f"{sign}{number:.1%}"


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "Unknown" if name in {"repository", "name"} else "–"  # noqa: RUF001
    if name.endswith(("_usd", "_usd_since")) or "usd_per" in name:
        return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"
    if name.endswith(("_share", "_rate")) or name == "cost_change":
        return f"{value:+.1%}" if name == "cost_change" else _percentage(value)
    if name == "number":
        return f"#{value}"
    if name in _TIMES:
        return escape(plain(str(value)[:16].replace("T", " ")))
    if isinstance(value, int | float):
        return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.2f}"
    return escape(plain(str(value)))
