"""``whence import``: send past sessions from Claude Code's transcripts to the ledger."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import Progress

from whence_contract.address import allows_plain_http
from whence_contract.terminal import plain
from whence_hook.flush.account import load_account
from whence_hook.flush.activity import activities
from whence_hook.flush.checkout import inspect
from whence_hook.flush.export import export
from whence_hook.flush.span import span
from whence_hook.machine.config import Config, load_config
from whence_hook.machine.environment import isolate
from whence_hook.machine.error import HookError
from whence_importer.destination import Destination, DestinationError, open_destination
from whence_importer.journal import Entry, load_journal, save_journal
from whence_importer.merge import Past, Read, combine
from whence_importer.telemetry import logs_request, metrics_request
from whence_importer.transcript import Transcript, read_transcript

BATCH_SESSIONS = 100
"""Number of sessions that are sent before the journal is written again."""
BATCH_ITEMS = 2_000


class Sent(NamedTuple):
    """The result of an import: how many sessions were sent, and how many of their items the ledger refused."""

    sessions: int = 0
    refused: int = 0


@click.command("import")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--ledger", envvar="WHENCE_LEDGER", help="The ledger's address.  [default: the hook's endpoint]")
def import_sessions(folder: Path | None, ledger: str | None) -> None:
    """Import past sessions from Claude Code's transcripts in FOLDER.  [default: all transcripts of this user]

    Skips sessions that the ledger already has, so it is safe to run this again. Attributes sessions to repositories as
    the hook would, if the repositories are still in the same folders.
    """
    try:
        config = _config(ledger)
        files = transcripts(folder or default_folder())
        if not files:
            click.echo(f"Found no transcripts of past sessions in {folder or default_folder()}.")
            return
        with open_destination(config, os.environ.get("WHENCE_READ_TOKEN")) as destination:
            destination.wait()
            read = combine(_read(files))
            chosen = _choose(read, destination)
            sent = _send(chosen, destination)
    except (HookError, DestinationError) as error:
        raise click.ClickException(str(error)) from error
    _report(read, sent)


def default_folder() -> Path:
    """Return the folder of this user's Claude Code transcripts."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"), "projects")


def transcripts(folder: Path) -> list[Path]:
    """Return every transcript below a folder, largest first, so that none of the last ones takes long."""
    files = [path for path in folder.rglob("*.jsonl") if path.is_file()]
    return sorted(files, key=lambda path: path.stat().st_size, reverse=True)


def _config(ledger: str | None) -> Config:
    config = load_config()
    if ledger and ledger.rstrip("/") != config.endpoint:
        config = Config(ledger.rstrip("/"), None)
    plain_http = config.plain_http or allows_plain_http(os.environ)
    return config._replace(token=os.environ.get("WHENCE_INGEST_TOKEN") or config.token, plain_http=plain_http)


def _read(files: Sequence[Path]) -> Iterator[Transcript]:
    """Read the files on all processors, and show a progress bar."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading transcripts", total=sum(path.stat().st_size for path in files))
        workers = min(os.cpu_count() or 1, len(files))
        with ProcessPoolExecutor(workers) as pool:
            for path, transcript in zip(files, pool.map(read_transcript, files), strict=True):
                progress.advance(task, path.stat().st_size)
                yield transcript


def _choose(read: Read, destination: Destination) -> dict[str, Past]:
    """Return the sessions that the ledger does not have, and those that an earlier import did not send completely."""
    if not read.sessions:
        return {}
    times = [moment for past in read.sessions.values() for moment in past.times]
    known, journal = destination.known_sessions(min(times), max(times)), load_journal()
    chosen = {}
    for session, past in read.sessions.items():
        entry = journal.get(_key(destination, session))
        if session not in known:
            chosen[session] = past
        elif entry and not entry.done:
            chosen[session] = past.until(entry.until)
    return chosen


def _send(chosen: Mapping[str, Past], destination: Destination) -> Sent:
    sent, names = Sent(), list(chosen)
    isolate()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Sending sessions", total=len(names))
        for begin in range(0, len(names), BATCH_SESSIONS):
            batch = {name: chosen[name] for name in names[begin : begin + BATCH_SESSIONS]}
            refused = _send_batch(batch, destination)
            sent = Sent(sent.sessions + len(batch), sent.refused + refused)
            progress.advance(task, len(batch))
    return sent


def _send_batch(batch: Mapping[str, Past], destination: Destination) -> int:
    """Send sessions completely; return how many items the ledger refused permanently."""
    journal = load_journal()
    entries = {_key(destination, name): Entry(max(past.times), False) for name, past in batch.items()}
    save_journal(journal | entries)
    account = load_account()
    requests = [one for past in batch.values() for one in past.requests]
    calls = [call for past in batch.values() for call in past.calls]
    done = activities(call.record for call in calls)
    checkouts = inspect(dict.fromkeys(one.root for one in done if one.root is not None))
    spans = [span(one, checkouts[one.root] if one.root else None, account) for one in done]
    refused = 0
    for begin in range(0, len(spans), BATCH_ITEMS):
        refusals = export(destination.config, spans[begin : begin + BATCH_ITEMS], None)
        refused += sum(refusal.items for refusal in refusals)
    refused += destination.send("metrics", metrics_request(requests, calls, account))
    for begin in range(0, max(len(requests), len(calls)), BATCH_ITEMS):
        part = slice(begin, begin + BATCH_ITEMS)
        refused += destination.send("logs", logs_request(requests[part], calls[part]))
    save_journal(journal | {key: entry._replace(done=True) for key, entry in entries.items()})
    return refused


def _key(destination: Destination, session: str) -> str:
    return f"{destination.config.endpoint} {session}"


def _report(read: Read, sent: Sent) -> None:
    left_out = len(read.sessions) - sent.sessions
    click.echo(f"Imported {sent.sessions} past sessions; the ledger already had {left_out}.")
    if read.unpriced:
        names = plain(", ".join(sorted(read.unpriced)))
        click.echo(f"whence has no price for {names}: it imported their tokens without a cost.", err=True)
    if read.unreadable:
        click.echo(f"Skipped {read.unreadable} damaged lines.", err=True)
    if sent.refused:
        click.echo(
            f"The ledger refused {sent.refused} items, for example because they are older than its --keep.", err=True
        )
