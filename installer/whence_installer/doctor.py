"""``whence doctor``: check every link of the chain from Claude Code to the ledger, and say what to do."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import httpx

from whence_hook import backlog
from whence_hook.config import Config, load_config
from whence_hook.error import HookError
from whence_hook.flush import last_flush
from whence_hook.spool import spool_directory
from whence_installer import settings_file
from whence_installer.settings import ASYNC_EVENTS, SYNC_EVENTS, Settings, our_entries, telemetry
from whence_installer.settings_file import SettingsError

STALE_BACKLOG_SECONDS = 3600
RECENT_SECONDS = 7 * 86_400


class Check(NamedTuple):
    """One link: its name, whether it holds, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    hint: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of the checks.")
def doctor(as_json: bool) -> None:
    """Check that sessions on this machine are seen; exit code 1 when one check fails."""
    checks = list(_checks())
    if as_json:
        json.dump([check._asdict() for check in checks], sys.stdout, indent=2)
        click.echo()
    else:
        for check in checks:
            click.echo(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}")
            if not check.ok:
                click.echo(f"      {check.hint}")
    sys.exit(0 if all(check.ok for check in checks) else 1)


def _checks() -> Iterator[Check]:
    path = settings_file.settings_path()
    config = None
    try:
        config = load_config()
        yield Check("configuration", True, f"sends to {config.endpoint}")
    except HookError as error:
        yield Check("configuration", False, str(error), "Run 'whence install'.")
    try:
        settings = settings_file.parse(settings_file.read(path), path)
    except SettingsError as error:
        yield Check("settings", False, str(error), "Mend the file, then run 'whence install'.")
    else:
        yield _hook(settings, path)
        if config:
            yield _telemetry(settings, config, path)
    yield _spool()
    if config:
        yield _endpoint(config)
    yield from _deliveries()


def _hook(settings: Settings, path: Path) -> Check:
    entries = our_entries(settings)
    events = sorted(event for event, _ in entries)
    if events != sorted(ASYNC_EVENTS + SYNC_EVENTS):
        return Check("hook", False, f"registered for {events or 'nothing'} in {path}", "Run 'whence install'.")
    for program in {str(value) for _, entry in entries for value in (entry["command"], entry["args"][-1])}:
        if not os.path.exists(program):
            return Check("hook", False, f"{program} is gone", "Run './install.sh' again.")
    return Check("hook", True, f"registered once for each event in {path}")


def _telemetry(settings: Settings, config: Config, path: Path) -> Check:
    environment = settings.get("env", {})
    wanted = telemetry(config.endpoint, config.token)
    wrong = sorted(name for name, value in wanted.items() if environment.get(name) != value)
    if wrong:
        hint = f"Remove them from 'env' in {path}, then run 'whence install' again."
        return Check("telemetry", False, f"{', '.join(wrong)} not set for {config.endpoint}", hint)
    return Check("telemetry", True, f"metrics and events go to {config.endpoint} as deltas")


def _spool() -> Check:
    try:
        os.makedirs(spool_directory(), 0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=spool_directory()):
            return Check("spool", True, f"{spool_directory()} is writable")
    except OSError as error:
        return Check("spool", False, f"{spool_directory()}: {error.strerror}", "Make the folder writable.")


def _endpoint(config: Config) -> Check:
    """An empty export: accepted by every OTLP receiver, stored by none."""
    headers = {"Content-Type": "application/x-protobuf"}
    if config.token:
        headers["Authorization"] = f"Bearer {config.token}"
    try:
        answer = httpx.post(f"{config.endpoint}/v1/traces", content=b"", headers=headers, timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        hint = "Start the ledger with 'whence serve', or give its address: 'whence install --endpoint URL'."
        return Check("endpoint", False, f"{config.endpoint} cannot be reached ({type(error).__name__})", hint)
    if answer.status_code in {401, 403}:
        hint = "Give its ingest token: 'whence install --endpoint URL --token TOKEN'."
        return Check("endpoint", False, f"{config.endpoint} refuses the token ({answer.status_code})", hint)
    if answer.status_code != 200:
        hint = "Is this the address of an OTLP/HTTP receiver? Give it: 'whence install --endpoint URL'."
        return Check("endpoint", False, f"{config.endpoint} answers {answer.status_code}", hint)
    return Check("endpoint", True, f"{config.endpoint} accepts spans")


def _deliveries() -> Iterator[Check]:
    pending = backlog.pending()
    if pending.age is not None and pending.age > STALE_BACKLOG_SECONDS:
        found = f"{pending.size} bytes wait, since {pending.age / 3600:.0f} h"
        yield Check("backlog", False, found, "Run 'whence hook flush'.")
    else:
        yield Check("backlog", True, f"{pending.size} bytes wait" if pending.size else "nothing waits")
    if pending.dropped_at is not None:
        recent = time.time() - pending.dropped_at < RECENT_SECONDS
        found = f"{pending.dropped} records were given up, last {(time.time() - pending.dropped_at) / 3600:.0f} h ago"
        yield Check("dropped", not recent, found, "hook.log beside the spool says why; mend the endpoint.")
    last = last_flush()
    if last is None:
        yield Check("last flush", True, "none yet: nothing has been recorded on this machine")
    elif last.error:
        yield Check("last flush", False, last.error, "Run 'whence hook flush' once that is mended; nothing is lost.")
    else:
        yield Check("last flush", True, f"{last.spans} spans accepted {time.time() - last.at:.0f} s ago")
