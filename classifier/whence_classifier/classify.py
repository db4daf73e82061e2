"""``whence classify``: label every repository that the ledger has seen."""

import csv
import json
import os
import sys
from collections.abc import Sequence
from typing import Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from whence_classifier.inventory import InventoryError, list_organization
from whence_classifier.judge import Judgement, judge_all
from whence_classifier.ledger import LedgerError, get_observations, put_labels
from whence_contract.spreadsheet import cell

Format = Literal["table", "json", "csv"]
COLUMNS = ("repository", "label", "reason", "evidence")


@click.command()
@click.option("--org", "organizations", required=True, multiple=True, help="Organization; may be repeated.")
@click.option("--github-url", default="https://github.com", show_default=True, help="Or GHE.com, or Enterprise Server.")
@click.option("--ledger", default="http://127.0.0.1:4318", show_default=True, envvar="WHENCE_LEDGER")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def classify(organizations: tuple[str, ...], github_url: str, ledger: str, form: Format) -> None:
    """Label repositories: Managed when the organization has them, else Unmanaged.

    Takes the GitHub token from GITHUB_TOKEN and the ledger's admin token, if it wants one, from WHENCE_ADMIN_TOKEN.
    Exit code 0 only when all of it was done; otherwise no label is changed.
    """
    token, admin_token = os.environ.get("GITHUB_TOKEN"), os.environ.get("WHENCE_ADMIN_TOKEN")
    if not token:
        raise click.ClickException("GITHUB_TOKEN is not set. It must hold a token that may list repositories.")
    try:
        inventories = [list_organization(organization, github_url, token) for organization in organizations]
        judgements = judge_all(get_observations(ledger, admin_token), inventories)
    except (InventoryError, LedgerError) as error:
        raise click.ClickException(f"{error} No label was changed.") from error
    try:
        put_labels(ledger, admin_token, organizations, judgements)
    except LedgerError as error:
        raise click.ClickException(f"{error} The labels may not have arrived: run this again.") from error
    _print(judgements, form)


def _print(judgements: Sequence[Judgement], form: Format) -> None:
    rows = [(one.repository.display, str(one.label), one.reason, one.evidence) for one in judgements]
    if form == "json":
        json.dump([dict(zip(COLUMNS, row, strict=True)) for row in rows], sys.stdout, indent=2, ensure_ascii=False)
        click.echo()
    elif form == "csv":
        csv.writer(sys.stdout).writerows(map(cell, row) for row in [COLUMNS, *rows])
    else:
        table = Table(*COLUMNS, box=None, header_style="bold")
        for row in rows:
            table.add_row(*(escape(value or "") for value in row))
        Console().print(table if rows else "The ledger has seen no repository yet: nothing to label.")
