"""``whence classify``: label every repository that the ledger has seen."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from whence_classifier import ledger
from whence_classifier.connection import Connection
from whence_classifier.error import ClassifierError
from whence_classifier.github import cache
from whence_classifier.github.credentials import authentication, credentials
from whence_classifier.github.github import PATIENCE_SECONDS, GitHub
from whence_classifier.github.pulls import explain_pulls
from whence_classifier.github.retry import Budget
from whence_classifier.github.source import GITHUB, Source, read_sources
from whence_classifier.judge import Judgement, Observation
from whence_classifier.output import Format, show
from whence_classifier.overrides import NO_OVERRIDES, read_overrides
from whence_classifier.sync import Result, Run, sync

DEFAULT_LEDGER = "http://127.0.0.1:4318"
COLUMNS = ("repository", "label", "reason", "evidence")
CHANGE_COLUMNS = ("repository", "from", "to", "reason", "evidence")
UNANSWERED = 3


def _ledger_option(command: Any) -> Any:
    text = f"The ledger's address.  [default: {DEFAULT_LEDGER}]"
    return click.option("--ledger", "ledger_url", envvar="WHENCE_LEDGER", help=text)(command)


def _format_option(command: Any) -> Any:
    formats = click.Choice(["table", "json", "csv"])
    return click.option("--format", "form", type=formats, default="table", show_default=True, help="Output format.")(
        command
    )


@click.group(invoke_without_command=True, subcommand_metavar="[COMMAND]")
@click.option("--org", "organizations", multiple=True, help="Organization; may be repeated.")
@click.option("--enterprise", "enterprises", multiple=True, help="All organizations of an enterprise; may be repeated.")
@click.option(
    "--short-code",
    "short_codes",
    multiple=True,
    help="Short code of an enterprise with managed accounts; may be repeated.",
)
@click.option(
    "--github-url", default=GITHUB, show_default=True, help="Address of GitHub, GHE.com or an Enterprise Server."
)
@click.option("--token-file", type=click.Path(path_type=Path), help="File with the token, instead of GITHUB_TOKEN.")
@click.option("--app-id", envvar="GITHUB_APP_ID", help="Id of a GitHub App, instead of a token.")
@click.option(
    "--app-key", envvar="GITHUB_APP_KEY", type=click.Path(path_type=Path), help="File with the App's private key."
)
@click.option("--config", type=click.Path(path_type=Path), help="TOML file with several GitHubs and credentials.")
@click.option("--overrides", type=click.Path(path_type=Path), help="TOML file with manual labels.")
@_ledger_option
@click.option(
    "--repositories", "names", metavar="FILE", help="Label the repositories in this file instead; '-' reads a pipe."
)
@click.option(
    "--otlp", metavar="URL", help="Also send the labels to this address, as the metric claude_code.repository.info."
)
@click.option("--pull-requests", is_flag=True, help="Also list the pull requests of repositories that were worked in.")
@click.option("--no-titles", is_flag=True, help="Do not send the titles of pull requests.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
# Earlier spellings of the commands below.
@click.option("--changes", is_flag=True, hidden=True)
@click.option("--forget", metavar="HOST/ORG", hidden=True)
@_format_option
@click.pass_context
def classify(  # noqa: PLR0917 one parameter an option
    context: click.Context,
    organizations: tuple[str, ...],
    enterprises: tuple[str, ...],
    short_codes: tuple[str, ...],
    github_url: str,
    token_file: Path | None,
    app_id: str | None,
    app_key: Path | None,
    config: Path | None,
    overrides: Path | None,
    ledger_url: str | None,
    names: str | None,
    otlp: str | None,
    pull_requests: bool,
    no_titles: bool,
    dry_run: bool,
    changes: bool,
    forget: str | None,
    form: Format,
) -> None:
    """Label repositories: Managed if they belong to the organization, else Unmanaged.

    Reads the GitHub token from GITHUB_TOKEN and the ledger's admin token, if it requires one, from WHENCE_ADMIN_TOKEN.
    Without a ledger: --repositories labels the repositories in a file; --otlp alone exports the organizations' own.
    Without an organization: --overrides alone labels the repositories in it, for companies that are not on GitHub.

    Exit code 0: everything is labelled. 1: the run failed, and no label was changed. 2: the command is wrong.
    3: GitHub did not answer about some repositories; they keep their labels, and the next run asks again.
    """
    if context.invoked_subcommand:
        _refuse_options(context)
        return
    # A run allocates many small objects and keeps them until it ends; collecting garbage would take a quarter of its
    # time.
    gc.disable()
    ledger_token = os.environ.get("WHENCE_ADMIN_TOKEN")
    if ledger_url is None and (changes or forget or not (names or otlp)):
        ledger_url = DEFAULT_LEDGER
    if names and ledger_url and not changes:
        raise click.UsageError("--repositories cannot be used with --ledger: it labels only the file's repositories.")
    _check_pull_requests(ledger_url, pull_requests, no_titles)
    if changes:
        _show_changes(str(ledger_url), form)
        return
    if forget:
        _forget(str(ledger_url), forget)
        return
    try:
        if not (organizations or enterprises or config or overrides):
            raise click.UsageError(
                "Give --org, --enterprise, --config or --overrides: they say which repositories are Managed."
            )
        sources = read_sources(config, os.environ) if config else []
        if organizations or enterprises:
            given = credentials(os.environ, token_file, app_id, app_key)
            codes = frozenset(one.lower() for one in short_codes)
            sources.insert(0, Source(github_url, organizations, enterprises, codes, given))
        manual = read_overrides(overrides) if overrides else NO_OVERRIDES
        run = Run(manual, ledger_url, ledger_token, names, pull_requests and not dry_run)
        with ExitStack() as stack:
            budget = Budget(PATIENCE_SECONDS)
            result = sync(run, [_connect(stack, source, budget) for source in sources])
    except ClassifierError as error:
        raise click.ClickException(f"{error} No label was changed.") from error
    if dry_run:
        show(_changes(result.observations, result.judgements), CHANGE_COLUMNS, form, "Nothing would change.")
    else:
        _deliver(run, result, otlp)
        _deliver_pull_requests(run, result, titles=not no_titles)
        show(map(_row, result.judgements), COLUMNS, form, "No repository has been seen yet: nothing to label.")
        explain_pulls(result.listed)
    if result.unanswered:
        sys.exit(UNANSWERED)


@classify.command("changes")
@_ledger_option
@_format_option
def show_changes(ledger_url: str | None, form: Format) -> None:
    """Show which labels earlier runs changed, the newest first."""
    _show_changes(ledger_url or DEFAULT_LEDGER, form)


@classify.command("forget")
@click.argument("scope", metavar="HOST/ORG")
@_ledger_option
def forget_scope(scope: str, ledger_url: str | None) -> None:
    """Release the repositories that runs for HOST/ORG labelled, so that other runs can label them.

    HOST alone releases the repositories that overrides for that host labelled.
    """
    _forget(ledger_url or DEFAULT_LEDGER, scope)


def _check_pull_requests(ledger_url: str | None, pull_requests: bool, no_titles: bool) -> None:
    if pull_requests and not ledger_url:
        raise click.UsageError("--pull-requests goes with --ledger.")
    if no_titles and not pull_requests:
        raise click.UsageError("--no-titles goes with --pull-requests.")


def _refuse_options(context: click.Context) -> None:
    """Raise ``UsageError`` if the options of a run precede a command, which would ignore them."""
    given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"Give the options after the command: whence classify {context.invoked_subcommand} …")


def _connect(stack: ExitStack, source: Source, budget: Budget) -> Connection:
    auth = authentication(source.credentials)
    path = stack.enter_context(cache.locked(source.url, (*source.organizations, *source.enterprises)))
    return Connection(source, stack.enter_context(closing(GitHub(source.url, auth, budget))), path)


def _show_changes(ledger_url: str, form: Format) -> None:
    try:
        rows = ledger.get_changes(ledger_url, os.environ.get("WHENCE_ADMIN_TOKEN"))
    except ClassifierError as error:
        raise click.ClickException(f"{error} No label was changed.") from error
    if form == "table":
        rows = [row | {"at": str(row["at"])[:16].replace("T", " ")} for row in rows]
    show(rows, ("at", *CHANGE_COLUMNS), form, "No label yet.")


def _forget(ledger_url: str, scope: str) -> None:
    """Delete the scope of one organization, or of a host's overrides, from the ledger."""
    token = os.environ.get("WHENCE_ADMIN_TOKEN")
    try:
        scopes = ledger.get_scopes(ledger_url, token)
        known = {f"{one.host}/{one.organization}".rstrip("/").lower(): one for one in scopes}
        if scope.lower() not in known:
            raise ClassifierError(f"No run labels {scope}. Known scopes: {', '.join(sorted(known)) or 'none'}.")
        ledger.forget_scope(ledger_url, token, known[scope.lower()])
    except ClassifierError as error:
        raise click.ClickException(f"{error} No label was changed.") from error
    click.echo(f"Released {scope}: other runs can now label its repositories.")


def _deliver(run: Run, result: Result, otlp: str | None) -> None:
    try:
        if run.ledger:
            ledger.put_labels(run.ledger, run.ledger_token, result.evidence.scopes, result.judgements)
    except ClassifierError as error:
        raise click.ClickException(f"{error} The labels may not have arrived: run this again.") from error
    try:
        if otlp:
            # Imported lazily: it is slow to load.
            from whence_classifier.export import export  # noqa: PLC0415

            export(otlp, result.judgements, os.environ)
    except ClassifierError as error:
        stored = "The labels are in the ledger, but did" if run.ledger else "The labels did"
        raise click.ClickException(f"{error} {stored} not all arrive there: run this again.") from error


def _deliver_pull_requests(run: Run, result: Result, *, titles: bool) -> None:
    found = [one for listed in result.listed for one in listed.found]
    try:
        if run.ledger:
            ledger.put_pull_requests(run.ledger, run.ledger_token, found, titles)
    except ClassifierError as error:
        stored = "The labels are in the ledger, but the pull requests did not all arrive there: run this again."
        raise click.ClickException(f"{error} {stored}") from error


def _row(one: Judgement) -> dict[str, str | None]:
    return {
        "repository": one.repository.display,
        "label": one.label.value,
        "reason": one.reason,
        "evidence": one.evidence,
    }


def _changes(observations: Sequence[Observation], judgements: Sequence[Judgement]) -> list[dict[str, str | None]]:
    before = {one.repository.key: (one.label, one.reason) for one in observations}
    return [
        {"from": before[one.repository.key][0], "to": one.label.value, **_row(one)}
        for one in judgements
        if before[one.repository.key] != (one.label, one.reason)
    ]
