"""The links between the hook and the ledger, each as a check."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from whence_client.ledger import Ledger, LedgerError
from whence_contract.address import PLAIN_HTTP, PlainHTTPError
from whence_hook.flush import backlog
from whence_hook.flush.flush import last_flush
from whence_hook.machine.config import Config
from whence_hook.machine.site import site_config
from whence_hook.machine.spool import spool_directory
from whence_installer.doctor.check import Check

STALE_BACKLOG_SECONDS = 3600
RECENT_SECONDS = 7 * 86_400
CLOCK_SECONDS = 300
_CLAUDE_PLACES = ("~/.local/bin/claude", "~/.claude/local/claude", "/usr/local/bin/claude", "/opt/homebrew/bin/claude")


def claude_code() -> Check:
    """Claude Code is there, and its version."""
    places = (shutil.which("claude"), *map(os.path.expanduser, _CLAUDE_PLACES))
    found = next((place for place in places if place and os.path.exists(place)), None)
    if found:
        return Check("Claude Code", True, f"{_version(found)} ({found})")
    if os.path.exists(site_config()) and hasattr(os, "geteuid") and os.geteuid() == 0:
        return Check("Claude Code", True, "not root's own; every user has theirs")
    hint = "Install it (https://docs.anthropic.com/en/docs/claude-code/setup), or put it on PATH."
    return Check("Claude Code", False, "not found", hint)


def git() -> Check:
    """git is there, and its version."""
    found = shutil.which("git")
    if found is None:
        return Check("git", False, "not found", "Install git: without it no repository has a name.")
    return Check("git", True, f"{_version(found)} ({found})")


def _version(program: str) -> str:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return "of unknown version"
    return told.strip().removeprefix("git version ").partition(" ")[0]


def spool() -> Check:
    """What is recorded can be written down."""
    try:
        os.makedirs(spool_directory(), 0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=spool_directory()):
            return Check("spool", True, f"{spool_directory()} is writable")
    except OSError as error:
        return Check("spool", False, f"{spool_directory()}: {error.strerror}", "Make the folder writable.")


def endpoint(config: Config) -> Iterator[Check]:
    """An empty export: accepted by every OTLP receiver, stored by none. And the receiver's clock against ours."""
    headers = {"Content-Type": "application/x-protobuf"}
    try:
        with Ledger(config.endpoint, "ingest", config.token or "", config.plain_http) as ledger:
            answer = ledger.send("POST", "/v1/traces", data=b"", headers=headers, timeout=10)
    except LedgerError as error:
        if isinstance(error.__cause__, PlainHTTPError):
            found = f"{config.endpoint} would get the token over plain http: nothing is sent, and the spool is kept"
            hint = "Give an https:// address: 'whence install --endpoint URL --token TOKEN'."
            yield Check("endpoint", False, found, f"{hint} Or allow plain http: '{PLAIN_HTTP}=1 whence install'.")
            return
        hint = "Start the ledger with 'whence serve', or give its address: 'whence install --endpoint URL'."
        if "CERTIFICATE" in str(error.__cause__):
            hint = "Add the authority that signed its certificate to those that this machine trusts."
        found = f"{config.endpoint} cannot be reached ({type(error.__cause__).__name__})"
        yield Check("endpoint", False, found, hint)
        return
    if answer.status_code in {401, 403}:
        hint = "Give its ingest token: 'whence install --endpoint URL --token TOKEN'."
        yield Check("endpoint", False, f"{config.endpoint} refuses the token ({answer.status_code})", hint)
        return
    if answer.status_code != 200:
        hint = "Is this the address of an OTLP/HTTP receiver? Give it: 'whence install --endpoint URL'."
        yield Check("endpoint", False, f"{config.endpoint} answers {answer.status_code}", hint)
        return
    token = " with this token" if config.token else ""
    yield Check("endpoint", True, f"{config.endpoint} accepts spans{token}")
    yield from _clock(answer)


def _clock(answer: requests.Response) -> Iterator[Check]:
    try:
        off = time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return
    found = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the receiver's"
    yield Check("clock", abs(off) < CLOCK_SECONDS, found, "Set the clock: usage would count for another time.")


def deliveries() -> Iterator[Check]:
    """What waits, what was given up, and how the last flush ended."""
    pending = backlog.pending()
    if pending.age is not None and pending.age > STALE_BACKLOG_SECONDS:
        found = f"{pending.size} bytes wait, since {pending.age / 3600:.0f} h"
        yield Check("backlog", False, found, "Run 'whence hook flush'.")
    else:
        yield Check("backlog", True, f"{pending.size} bytes wait" if pending.size else "nothing waits")
    if pending.dropped_at is not None:
        recent = time.time() - pending.dropped_at < RECENT_SECONDS
        found = f"{pending.dropped} records were given up, last {(time.time() - pending.dropped_at) / 3600:.0f} h ago"
        yield Check("dropped", not recent, found, f"{_log()} says why; mend the endpoint.")
    last = last_flush()
    if last is None:
        yield Check("last flush", True, "none yet: nothing has been recorded on this machine")
    elif last.error:
        yield Check("last flush", False, last.error, "Run 'whence hook flush' once that is mended; nothing is lost.")
    else:
        yield Check("last flush", True, f"{last.spans} spans accepted {time.time() - last.at:.0f} s ago")


def _log() -> Path:
    return Path(spool_directory()).parent / "hook.log"
