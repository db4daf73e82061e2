"""Check the programs, the spool and the connection to the ledger."""

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
    """Check that Claude Code is installed; report its version."""
    places = (shutil.which("claude"), *map(os.path.expanduser, _CLAUDE_PLACES))
    found = next((place for place in places if place and os.path.exists(place)), None)
    if found:
        return Check("Claude Code", True, f"{_version(found)} ({found})")
    if os.path.exists(site_config()) and hasattr(os, "geteuid") and os.geteuid() == 0:
        return Check("Claude Code", True, "not installed for root; each user has their own")
    hint = "Install it (https://docs.anthropic.com/en/docs/claude-code/setup), or add it to PATH."
    return Check("Claude Code", False, "not found", hint)


def git() -> Check:
    """Check that git is installed; report its version."""
    found = shutil.which("git")
    if found is None:
        return Check("git", False, "not found", "Install git: whence needs it to identify repositories.")
    return Check("git", True, f"{_version(found)} ({found})")


def _version(program: str) -> str:
    try:
        output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return "unknown version"
    return output.strip().removeprefix("git version ").partition(" ")[0]


def spool() -> Check:
    """Check that the hook can write to the spool."""
    try:
        os.makedirs(spool_directory(), 0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=spool_directory()):
            return Check("spool", True, f"{spool_directory()} is writable")
    except OSError as error:
        return Check("spool", False, f"{spool_directory()}: {error.strerror}", "Make the folder writable.")


def endpoint(config: Config) -> Iterator[Check]:
    """Check the endpoint with an empty export, which receivers accept but do not store, and the receiver's clock."""
    headers = {"Content-Type": "application/x-protobuf"}
    try:
        with Ledger(config.endpoint, "ingest", config.token or "", config.plain_http) as ledger:
            answer = ledger.send("POST", "/v1/traces", data=b"", headers=headers, timeout=10)
    except LedgerError as error:
        if isinstance(error.__cause__, PlainHTTPError):
            found = f"{config.endpoint} is plain HTTP and would expose the token: nothing is sent, and records are kept"
            hint = "Use an https:// address: 'whence install --endpoint URL --token TOKEN'."
            yield Check("endpoint", False, found, f"{hint} Or allow plain HTTP: '{PLAIN_HTTP}=1 whence install'.")
            return
        hint = "Start the ledger with 'whence serve', or set its address: 'whence install --endpoint URL'."
        if "CERTIFICATE" in str(error.__cause__):
            hint = "Add its certificate authority to this machine's trust store."
        found = f"cannot reach {config.endpoint} ({type(error.__cause__).__name__})"
        yield Check("endpoint", False, found, hint)
        return
    if answer.status_code in {401, 403}:
        hint = "Set the ledger's ingest token: 'whence install --endpoint URL --token TOKEN'."
        yield Check("endpoint", False, f"{config.endpoint} refuses the token ({answer.status_code})", hint)
        return
    if answer.status_code != 200:
        hint = "Set the address of an OTLP/HTTP receiver: 'whence install --endpoint URL'."
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
    yield Check(
        "clock", abs(off) < CLOCK_SECONDS, found, "Set this machine's clock: usage is recorded at the wrong time."
    )


def deliveries() -> Iterator[Check]:
    """Check unsent records, dropped records and the last flush."""
    pending = backlog.pending()
    if pending.age is not None and pending.age > STALE_BACKLOG_SECONDS:
        found = f"{pending.size} bytes unsent for {pending.age / 3600:.0f} h"
        yield Check("backlog", False, found, "Run 'whence hook flush'.")
    else:
        yield Check("backlog", True, f"{pending.size} bytes unsent" if pending.size else "nothing unsent")
    if pending.dropped_at is not None:
        recent = time.time() - pending.dropped_at < RECENT_SECONDS
        found = f"{pending.dropped} records were dropped, last {(time.time() - pending.dropped_at) / 3600:.0f} h ago"
        yield Check("dropped", not recent, found, f"See {_log()}, then fix the endpoint.")
    last = last_flush()
    if last is None:
        yield Check("last flush", True, "none yet: no records on this machine")
    elif last.error:
        yield Check("last flush", False, last.error, "Fix this, then run 'whence hook flush'; nothing is lost.")
    else:
        yield Check(
            "last flush",
            True,
            f"{last.spans} {'span' if last.spans == 1 else 'spans'} accepted {time.time() - last.at:.0f} s ago",
        )


def _log() -> Path:
    return Path(spool_directory()).parent / "hook.log"
