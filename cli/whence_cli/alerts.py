"""``whence alerts``: what is the matter, for people and for cron."""

import json
import os
import sys
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from whence_contract.address import PlainHTTPError, allows_plain_http, authorization, route
from whence_contract.terminal import plain


class AlertsError(click.ClickException):
    """The ledger did not answer; exit code 2, because 1 says that something is the matter."""

    exit_code = 2


@click.group()
def alerts() -> None:
    """See what is the matter with the spending, and silence what is known."""


_url = click.option("--ledger", default="http://127.0.0.1:4318", show_default=True, envvar="WHENCE_LEDGER")


@alerts.command()
@_url
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with what was the matter before.")
def check(ledger: str, as_json: bool) -> None:
    """Show what is the matter now.

    Exit code 0: nothing. 1: something fires that is not silenced. 2: nobody could tell.
    """
    told = _request("GET", ledger, "", os.environ.get("WHENCE_READ_TOKEN"))
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
    _request("POST", ledger, "/silences", os.environ.get("WHENCE_ADMIN_TOKEN"), json=body)
    click.echo(f"{alert} is silent for {length}.")


def _request(method: str, ledger: str, path: str, token: str | None, **more: Any) -> Any:
    url = f"{ledger.rstrip('/')}/api/v1/alerts{path}"
    try:
        headers = authorization(ledger, token, allows_plain_http(os.environ))
        answer = httpx.request(method, url, headers=headers, timeout=60, **route(url), **more)
    except PlainHTTPError as error:
        raise AlertsError(str(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AlertsError(f"No ledger answers at {ledger} ({type(error).__name__}). Start one: whence serve") from error
    if not answer.is_success:
        try:
            raise AlertsError(answer.json()["error"])
        except (ValueError, KeyError, TypeError):
            raise AlertsError(f"{url} answered {answer.status_code}.") from None
    return answer.json() if answer.content else None
