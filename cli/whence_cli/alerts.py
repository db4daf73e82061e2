"""``whence alerts``: what is the matter, for people and for cron."""

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from whence_client.ledger import DEFAULT_LEDGER, Ledger, LedgerError, Role
from whence_contract.terminal import plain


class AlertsError(click.ClickException):
    """The ledger did not answer; exit code 2, because 1 says that something is the matter."""

    exit_code = 2


@click.group()
def alerts() -> None:
    """See what is the matter with the spending, and silence what is known."""


_url = click.option("--ledger", default=DEFAULT_LEDGER, show_default=True, envvar="WHENCE_LEDGER")


@alerts.command()
@_url
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with what was the matter before.")
def check(ledger: str, as_json: bool) -> None:
    """Show what is the matter now.

    Exit code 0: nothing. 1: something fires that is not silenced. 2: nobody could tell.
    """
    told = _request("GET", ledger, "", "read")
    firing = [one for one in told["alerts"] if one["state"] == "firing" and not one["silenced"]]
    if as_json:
        json.dump(told, sys.stdout, indent=2)
        click.echo()
    elif not told["alerts"]:
        click.echo("Nothing is the matter.")
    else:
        table = Table(box=None)
        for title in ("state", "alert", "since", "what"):
            table.add_column(title)
        for one in told["alerts"]:
            state = "silenced" if one["silenced"] else one["state"]
            row = (state, one["alert"], one["since"][:16].replace("T", " "), one["summary"])
            table.add_row(*(Text(plain(value)) for value in row))
        Console().print(table)
    if told["given_up"]:
        click.echo(f"{told['given_up']} messages could not be delivered in days: see the ledger's log.", err=True)
    sys.exit(1 if firing else 0)


@alerts.command()
@click.argument("alert")
@click.argument("subject", required=False)
@click.option("--for", "length", default="4h", show_default=True, help="How long; 0m ends a silence.")
@_url
def silence(alert: str, subject: str | None, length: str, ledger: str) -> None:
    """Tell nobody of ALERT, or only of its SUBJECT, for a time. Takes the admin token, in WHENCE_ADMIN_TOKEN."""
    body = {"alert": alert, "subject": subject, "length": length}
    _request("POST", ledger, "/silences", "admin", json=body)
    click.echo(f"{alert} is silent for {length}.")


def _request(method: str, url: str, path: str, role: Role, **more: Any) -> Any:
    try:
        with Ledger(url, role) as ledger:
            return ledger.ask(method, f"/api/v1/alerts{path}", **more)
    except LedgerError as error:
        raise AlertsError(str(error)) from error
