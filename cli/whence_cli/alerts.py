"""``whence alerts``: list and silence alerts, for people and for cron."""

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
    """The ledger did not answer. Exit code 2, because 1 means that an alert is firing."""

    exit_code = 2


@click.group()
def alerts() -> None:
    """List firing alerts and silence them."""


_url = click.option(
    "--ledger", default=DEFAULT_LEDGER, show_default=True, envvar="WHENCE_LEDGER", help="The ledger's address."
)


@alerts.command()
@_url
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, which also contains recent changes.")
def check(ledger: str, as_json: bool) -> None:
    """List pending and firing alerts.

    Exit code 0: no alert is firing. 1: an alert that is not silenced is firing. 2: the ledger is unreachable.
    """
    answer = _request("GET", ledger, "", "read")
    firing = [one for one in answer["alerts"] if one["state"] == "firing" and not one["silenced"]]
    if as_json:
        json.dump(answer, sys.stdout, indent=2)
        click.echo()
    elif not answer["alerts"]:
        click.echo("No alerts.")
    else:
        table = Table(box=None)
        for title in ("state", "alert", "since", "summary"):
            table.add_column(title)
        for one in answer["alerts"]:
            state = "silenced" if one["silenced"] else one["state"]
            row = (state, one["alert"], one["since"][:16].replace("T", " "), one["summary"])
            table.add_row(*(Text(plain(value)) for value in row))
        Console().print(table)
    if answer["given_up"]:
        click.echo(f"{answer['given_up']} notifications were dropped after 3 days: see the ledger's log.", err=True)
    sys.exit(1 if firing else 0)


@alerts.command()
@click.argument("alert")
@click.argument("subject", required=False)
@click.option("--for", "length", default="4h", show_default=True, help="Duration; 0m ends a silence.")
@_url
def silence(alert: str, subject: str | None, length: str, ledger: str) -> None:
    """Stop notifications for ALERT, or only for its SUBJECT. Requires the admin token in WHENCE_ADMIN_TOKEN."""
    body = {"alert": alert, "subject": subject, "length": length}
    _request("POST", ledger, "/silences", "admin", json=body)
    click.echo(f"Silenced {alert} for {length}.")


def _request(method: str, url: str, path: str, role: Role, **more: Any) -> Any:
    try:
        with Ledger(url, role) as ledger:
            return ledger.ask(method, f"/api/v1/alerts{path}", **more)
    except LedgerError as error:
        raise AlertsError(str(error)) from error
