"""``whence doctor``: check every step from Claude Code to the ledger, and print what to do."""

import json
import sys
from collections.abc import Iterator

import click

from whence_contract.terminal import plain
from whence_hook.machine.config import load_config
from whence_hook.machine.error import HookError
from whence_installer.doctor import connection as chain
from whence_installer.doctor import registration
from whence_installer.doctor.check import Check
from whence_installer.doctor.test_session import send_trial
from whence_installer.settings.settings_file import SettingsError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the checks as a JSON list.")
@click.option("--send-test", is_flag=True, help="Send a test session to the ledger and remove it again.")
def doctor(as_json: bool, send_test: bool) -> None:
    """Check that the ledger records sessions on this machine. Exit code 1: a check failed."""
    checks = list(_checks(send_test))
    if as_json:
        json.dump([check._asdict() for check in checks], sys.stdout, indent=2)
        click.echo()
    else:
        for check in checks:
            click.echo(plain(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}"))
            if not check.ok:
                click.echo(plain(f"      {check.hint}"))
    sys.exit(0 if all(check.ok for check in checks) else 1)


def _checks(send_test: bool) -> Iterator[Check]:
    config = None
    yield chain.claude_code()
    yield chain.git()
    try:
        config = load_config()
        yield Check("configuration", True, f"sends to {config.endpoint}")
    except HookError as error:
        yield Check("configuration", False, str(error), "Run 'whence install'.")
    try:
        registered = registration.read()
    except SettingsError as error:
        yield Check("settings", False, str(error), "Fix the file, then run 'whence install'.")
    else:
        yield registration.source(registered)
        yield registration.hook(registered)
        if config:
            yield from registration.telemetry(registered, config)
    yield chain.spool()
    if config:
        yield from chain.endpoint(config)
    yield from chain.deliveries()
    if config and send_test:
        yield send_trial(config)
