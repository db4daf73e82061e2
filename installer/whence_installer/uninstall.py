"""``whence uninstall``: remove what ``whence install`` added."""

from pathlib import Path

import click

from whence_hook.machine.config import config_path
from whence_installer.settings import settings_file
from whence_installer.settings.managed import drop_in, uninstall_site
from whence_installer.settings.receipt import Receipt, load_receipts, receipt_paths
from whence_installer.settings.settings import mentions_us, our_entries, remove
from whence_installer.settings.settings_file import SettingsError


class SettingsLeft(click.ClickException):
    """The settings still name whence and cannot be changed. ``install.sh`` reads the exit code."""

    exit_code = 3


@click.command()
@click.option("--system", is_flag=True, help="Remove it from this machine's managed settings.")
def uninstall(system: bool) -> None:
    """Remove the hook and telemetry from Claude Code's settings.

    Restores the original settings byte for byte, of every account (CLAUDE_CONFIG_DIR) in which it was installed, and
    keeps later changes by others. Keeps unsent records and a ledger on this machine. Exit code 3: the settings still
    name whence and cannot be changed.
    """
    if system:
        _uninstall_system()
        return
    receipts = {Path(receipt.settings): receipt for receipt in load_receipts().values()}
    changed, left = [], []
    for path in {settings_file.settings_path(): None} | dict.fromkeys(receipts):
        try:
            if _uninstall(path, receipts.get(path)):
                changed.append(path)
        except SettingsError as error:
            if _mentions_us(path):
                left.append(f"{error} {path} still names whence.")
                continue
            click.echo(f"{error} {path} does not name whence and was left unchanged.", err=True)
        _forget(path)
    for path in changed:
        click.echo(f"Removed whence from {path}.")
    if left:
        raise SettingsLeft("\n".join(left))
    for unreadable in receipt_paths():
        unreadable.unlink()
    config_path().unlink(missing_ok=True)
    if not changed:
        click.echo(f"whence was not in {settings_file.settings_path()}.")


def _forget(path: Path) -> None:
    """Delete the receipts for the settings in ``path``, and the copies from before the change."""
    for file, receipt in load_receipts().items():
        if receipt.settings == str(path):
            if receipt.backup:
                Path(receipt.backup).unlink(missing_ok=True)
            file.unlink()


def _uninstall_system() -> None:
    try:
        changed = uninstall_site()
    except SettingsError as error:
        raise SettingsLeft(str(error)) from error
    click.echo(f"Removed whence from {drop_in()}." if changed else f"whence was not in {drop_in()}.")


def _mentions_us(path: Path) -> bool:
    """Return whether the settings file contains our hook or helper; true if the file cannot be read."""
    try:
        return mentions_us(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return True


def _uninstall(path: Path, receipt: Receipt | None) -> bool:
    current = settings_file.read(path)
    if current is None:
        return False
    untouched, original = receipt.original(current) if receipt else (False, None)
    if untouched:
        if original is None:
            path.unlink()
        else:
            settings_file.write(path, original)
        return True
    settings = settings_file.parse(current, path)
    without = remove(settings, receipt.variables if receipt else {})
    if without != settings:
        settings_file.write(path, settings_file.dump(without, like=current))
    return bool(our_entries(settings))
