"""``whence install``: register the hook and Claude Code's telemetry for this user."""

import re
from pathlib import Path

import click

from whence_hook.config import Config, config_path, load_config, save_config
from whence_hook.error import HookError
from whence_installer import settings_file
from whence_installer.receipt import Receipt, digest, load_receipt, save_receipt
from whence_installer.settings import Merged, add, our_entries, remove, telemetry
from whence_installer.settings_file import SettingsError


@click.command()
@click.option("--endpoint", help="The ledger or another OTLP/HTTP receiver. Default: as before, else this machine.")
@click.option("--token", envvar="WHENCE_INGEST_TOKEN", help="Its ingest token; better given in WHENCE_INGEST_TOKEN.")
@click.option("--dry-run", is_flag=True, help="Print the settings that would be written; change nothing.")
def install(endpoint: str | None, token: str | None, dry_run: bool) -> None:
    """Register the hook and telemetry in Claude Code's settings.

    Running it again changes nothing, or only what is new. Whatever else is in the settings stays.
    """
    config = _configuration(endpoint, token)
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", config.endpoint):
        raise click.ClickException(f"{config.endpoint!r} is no address: write http://HOST:PORT or https://HOST.")
    if config.token is not None and not re.fullmatch(r"[\x21-\x7e]+", config.token):
        raise click.ClickException("The token holds a space or a character that no header can carry.")
    path = settings_file.settings_path()
    variables = telemetry(config.endpoint, config.token)
    try:
        merged = _install(path, variables, dry_run)
    except SettingsError as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    for name, value in merged.kept.items():
        click.echo(
            f"Kept {name}={_shown(name, value)}: {path} had it already. The ledger misses what goes elsewhere.",
            err=True,
        )
    if not dry_run:
        save_config(config)
        click.echo(f"The hook and telemetry to {config.endpoint} are registered in {path}.")
        click.echo(f"The hook's own configuration is {config_path()}. Sessions that start now are seen.")


def _configuration(endpoint: str | None, token: str | None) -> Config:
    """What was asked for; what was not stays as it is, but a token never goes to another address than its own."""
    try:
        before = load_config()
    except HookError:
        before = Config()
    after = Config(endpoint.rstrip("/") if endpoint else before.endpoint, token)
    return after._replace(token=before.token) if token is None and after.endpoint == before.endpoint else after


def _install(path: Path, variables: dict[str, str], dry_run: bool) -> Merged:
    """Write the settings and the receipt, unless they are as they should be."""
    current = settings_file.read(path)
    receipt = load_receipt()
    ours = receipt.variables if receipt and receipt.settings == str(path) else {}
    untouched, original = receipt.original(current) if receipt and ours else (False, None)
    if not untouched:
        original = current
        if our_entries(settings_file.parse(current, path)):
            original = settings_file.dump(remove(settings_file.parse(current, path), ours), like=current)
    merged = add(settings_file.parse(original, path), variables)
    content = settings_file.dump(merged.settings, like=original)
    if dry_run:
        click.echo(content.decode("utf-8"), nl=False)
        return merged
    backup = path.with_name(path.name + ".before-whence")
    if original is not None:
        settings_file.write(backup, original)
    added = {name: value for name, value in variables.items() if name not in merged.kept}
    # The receipt first: without it a change could not be undone, without the change it is harmless.
    save_receipt(Receipt(str(path), digest(content), str(backup) if original is not None else None, added))
    if content != current:
        settings_file.write(path, content)
    return merged


def _shown(name: str, value: object) -> str:
    return "…" if "HEADERS" in name else str(value)
