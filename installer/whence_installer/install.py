"""``whence install``: register the hook and telemetry in Claude Code, for this user or for every user."""

from pathlib import Path
from typing import NamedTuple

import click

from whence_contract.address import PLAIN_HTTP, PlainHTTPError, authorization
from whence_hook.machine.config import Config, config_path, read_config, save_config
from whence_hook.machine.error import HookError
from whence_hook.machine.site import site_config
from whence_installer.address import check_endpoint, check_token
from whence_installer.settings import settings_file
from whence_installer.settings.managed import drop_in, install_site, settings_for
from whence_installer.settings.receipt import Receipt, digest, load_receipt, receipt_path, save_receipt
from whence_installer.settings.settings import DIFF, Merged, add, our_entries, remove, telemetry
from whence_installer.settings.settings_file import SettingsError


@click.command()
@click.option("--endpoint", help="The ledger or another OTLP/HTTP receiver.  [default: unchanged, else this machine]")
@click.option("--token", envvar="WHENCE_INGEST_TOKEN", help="The ingest token. Prefer WHENCE_INGEST_TOKEN.")
@click.option("--system", is_flag=True, help="Install for every user, in Claude Code's managed settings.")
@click.option(
    "--session-repo-info/--no-session-repo-info",
    "repo_info",
    default=None,
    help="Also send the gauge claude_code_session_repo_info.  [default: unchanged, else no]",
)
@click.option(
    "--plain-http/--no-plain-http",
    "plain_http",
    envvar=PLAIN_HTTP,
    default=None,
    help="Allow sending the token to another machine over plain HTTP.  [default: unchanged, else no]",
)
@click.option(
    "--command-diff/--no-command-diff",
    default=None,
    help="Let Claude Code report which files a command changed. You see them too, and commands take longer.  "
    "[default: unchanged, else no]",
)
@click.option("--dry-run", is_flag=True, help="Print the settings without writing them.")
def install(  # noqa: PLR0917 one parameter an option
    endpoint: str | None,
    token: str | None,
    system: bool,
    repo_info: bool | None,
    plain_http: bool | None,
    command_diff: bool | None,
    dry_run: bool,
) -> None:
    """Register the hook and telemetry in Claude Code's settings.

    Keeps all other settings. It is safe to run this again.
    """
    site = Path(site_config())
    if site.exists() and not system:
        click.echo(f"whence is already installed for every user of this machine ({site}).")
        return
    path = drop_in() if system else settings_file.settings_path()
    try:
        config = _configuration(site if system else config_path(), endpoint, token, repo_info, plain_http)
        if command_diff is not None:
            config = config._replace(command_diff=command_diff)
        if dry_run:
            merged = settings_for(config) if system else _plan(path, config).merged
            click.echo(settings_file.dump(merged.settings, like=settings_file.read(path)).decode(), nl=False)
        else:
            merged = install_site(config) if system else _install(path, config)
    except SettingsError as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    except OSError as error:
        message = f"Cannot write {error.filename}: {error.strerror}. Nothing was changed."
        raise click.ClickException(message) from error
    for name, value in merged.kept.items():
        click.echo(
            f"Kept {name}={value}, which was already set. The ledger gets no data that is sent elsewhere.",
            err=True,
        )
    if not dry_run:
        click.echo(f"Registered the hook and telemetry to {config.endpoint} in {path}.")
        where = site if system else config_path()
        click.echo(f"The hook's configuration is in {where}. New Claude Code sessions will be recorded.")


def _configuration(
    path: Path, endpoint: str | None, token: str | None, repo_info: bool | None, plain_http: bool | None
) -> Config:
    """Return the new configuration. Options that are not given keep their values, but a token is never kept for another
    address. Raises ``SettingsError``."""
    try:
        before = read_config(path)
    except (HookError, FileNotFoundError):
        before = Config()
    after = Config(
        check_endpoint(endpoint) if endpoint else before.endpoint,
        check_token(token) if token is not None else None,
        before.session_repo_info if repo_info is None else repo_info,
        bool(plain_http),
        before.command_diff,
    )
    if after.endpoint == before.endpoint:
        after = after._replace(
            token=before.token if token is None else after.token,
            plain_http=before.plain_http if plain_http is None else plain_http,
        )
    try:
        authorization(after.endpoint, after.token, after.plain_http)
    except PlainHTTPError as error:
        raise SettingsError(str(error)) from error
    return after


class _Plan(NamedTuple):
    """``current``: the file's content. ``original``: its content without our changes. ``content``: what to write."""

    current: bytes | None
    original: bytes | None
    content: bytes
    merged: Merged


def _plan(path: Path, config: Config) -> _Plan:
    current = settings_file.read(path)
    receipt = load_receipt(path)
    ours = receipt.variables if receipt else {}
    untouched, original = receipt.original(current) if receipt and ours else (False, None)
    if not untouched:
        original = current
        if our_entries(settings_file.parse(current, path)):
            original = settings_file.dump(remove(settings_file.parse(current, path), ours), like=current)
    merged = add(
        settings_file.parse(original, path),
        telemetry(config.endpoint),
        bool(config.token),
        command_diff=config.command_diff,
    )
    return _Plan(current, original, settings_file.dump(merged.settings, like=original), merged)


def _install(path: Path, config: Config) -> Merged:
    """Write the configuration, the receipt and, if they changed, the settings; return the merged settings."""
    plan = _plan(path, config)
    backup = path.with_name(path.name + ".before-whence")
    added = {name: value for name, value in telemetry(config.endpoint).items() if name not in plan.merged.kept}
    if config.command_diff and DIFF not in settings_file.parse(plan.original, path):
        added[DIFF] = "true"
    receipt = Receipt(str(path), digest(plan.content), str(backup) if plan.original is not None else None, added)
    with settings_file.undone_on_failure(backup, receipt_path(path), config_path()):
        if plan.original is not None:
            settings_file.write(backup, plan.original)
        # Write the receipt first: a change cannot be undone without it, and it is harmless without a change.
        save_receipt(receipt)
        save_config(config)
        if plan.content != plan.current:
            settings_file.write(path, plan.content)
    return plan.merged
