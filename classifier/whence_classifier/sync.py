"""Run the classifier once: list organizations, look up other repositories, judge every observed one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from whence_classifier import ledger
from whence_classifier.connection import Connection
from whence_classifier.github.lookup import Refused, Whereabouts
from whence_classifier.github.pulls import Listed
from whence_classifier.judge import Evidence, Judgement, Observation, contested, judge_all, unlisted
from whence_classifier.names import read_names
from whence_classifier.overrides import Overrides
from whence_classifier.scope import Scope, others
from whence_classifier.suggest import missing
from whence_contract.repository import GITHUB_HOST, Repository, parse_remote
from whence_contract.terminal import plain

NAMES_SHOWN = 5


class Run(NamedTuple):
    """The options of a run. ``ledger``: ``None`` for a run without one. ``names``: a file of repositories.
    ``pull_requests``: whether to list them."""

    overrides: Overrides
    ledger: str | None
    ledger_token: str | None
    names: str | None
    pull_requests: bool = False


class Result(NamedTuple):
    """The result of a run.

    ``judgements``: of all ``observations`` except those that keep their labels. ``unanswered``: how many of those wait
    for the next run or were refused for a new reason. ``evidence``: the input of the rules.
    ``listed``: the pull requests of each connection.
    """

    observations: list[Observation]
    judgements: list[Judgement]
    evidence: Evidence
    unanswered: int = 0
    listed: Sequence[Listed] = ()


def sync(run: Run, connections: Sequence[Connection]) -> Result:
    """List, look up and judge; save each connection's cache; return the result. Raises ``ClassifierError``."""
    known = ledger.get_scopes(run.ledger, run.ledger_token) if run.ledger else []
    try:
        with _progress() as begin:
            for one in connections:
                one.list(known, begin)
            observations = _observations(run, connections)
            evidence = _evidence(run, connections, known)
            for one in connections:
                one.look_up(_asked(one, connections, observations, evidence), _begun_later(begin, "Looking up others"))
            evidence = evidence._replace(whereabouts=_whereabouts(connections))
            disputed = contested(observations, evidence)
            if disputed:
                for one in connections:
                    one.find_origins(disputed, {each.id: each.organization for each in evidence.inventories})
                found = {commit: one.began_in for each in connections for commit, one in each.origins.items()}
                evidence = evidence._replace(histories=found)
            judgements = judge_all(observations, evidence)
            _suggest(run, connections, judgements, evidence)
            listed = []
            if run.pull_requests:
                bar = _begun_later(begin, "Listing pull requests")
                listed = [one.list_pulls(judgements, observations, bar) for one in connections]
    finally:
        for one in connections:
            one.save()
    return Result(observations, judgements, evidence, _explain(connections, observations, evidence), listed)


def _evidence(run: Run, connections: Sequence[Connection], known: Sequence[Scope]) -> Evidence:
    inventories = [inventory for one in connections for inventory in one.inventories]
    evidence = Evidence(inventories, _whereabouts(connections), run.overrides, today=datetime.now(UTC).date())
    return evidence._replace(others=others(known, evidence.scopes))


def _whereabouts(connections: Sequence[Connection]) -> Mapping[str, Whereabouts]:
    """Return the merged look-ups of all connections.

    A connection that sees a repository overrides one that does not. A repository counts as not found only if every
    connection to its host has looked it up.
    """
    if len(connections) == 1:
        return connections[0].whereabouts
    merged: dict[str, Whereabouts] = {}
    for one in connections:
        ids = {inventory.id for inventory in one.inventories}
        for key, there in one.whereabouts.items():
            if there.owner_id in ids or (there.name and not (key in merged and merged[key].name)):
                merged[key] = there
    for one in connections:
        same = [each for each in connections if each.host == one.host]
        for key, there in one.whereabouts.items():
            if key not in merged and all(key in each.whereabouts for each in same):
                merged[key] = there
    return merged


def _asked(
    connection: Connection, connections: Sequence[Connection], observations: Sequence[Observation], evidence: Evidence
) -> Iterator[Repository]:
    """Yield the repositories that a connection must look up: on its host, not found by earlier connections."""
    before = connections[: connections.index(connection)]
    for repository in unlisted(observations, evidence):
        seen = (one.whereabouts.get(repository.key) for one in before if one.host == connection.host)
        if repository.host == connection.host and not any(there and there.name for there in seen):
            yield repository


def _explain(connections: Sequence[Connection], observations: Sequence[Observation], evidence: Evidence) -> int:
    """Print GitHub's refusals, grouped by reason, and how many repositories wait for the next run.

    Return the number of both together.
    """
    names = {one.repository.key: one.repository.display for one in observations}
    refused: dict[str, Refused] = {}
    for one in connections:
        refused |= {key: each for key, each in one.newly_refused().items() if key in names}
    by_reason: dict[str, list[str]] = {}
    for key, each in refused.items():
        by_reason.setdefault(each.reason, []).append(names[key])
    for reason, those in by_reason.items():
        shown = ", ".join(those[:NAMES_SHOWN]) + (f" and {len(those) - NAMES_SHOWN} more" * (len(those) > NAMES_SHOWN))
        keep = "It keeps its label" if len(those) == 1 else "They keep their labels"
        click.echo(
            plain(f"GitHub refuses to look up {shown} ({reason.rstrip('.')}). {keep}; whence will retry later."),
            err=True,
        )
    for stopped in dict.fromkeys(one.looked.stopped for one in connections if one.looked.stopped):
        click.echo(plain(f"Stopped looking up repositories early: {stopped}"), err=True)
    answered = evidence.whereabouts.keys() | {key for one in connections for key in one.refused}
    waiting = sum(one.key not in answered for one in unlisted(observations, evidence))
    if waiting:
        wait = "repository waits" if waiting == 1 else "repositories wait"
        keep = "keeps its label" if waiting == 1 else "keep their labels"
        click.echo(f"{waiting} {wait} for the next run to be looked up and {keep} until then.", err=True)
    return waiting + len(refused)


def _suggest(run: Run, connections: Sequence[Connection], judgements: Sequence[Judgement], evidence: Evidence) -> None:
    """Suggest organizations to list, each only once, because cron mails every message."""
    if not run.ledger or not connections:
        return
    for owner in missing(ledger.get_owners(run.ledger, run.ledger_token), judgements, evidence):
        name = f"{owner.host}/{owner.name.lower()}"
        if name not in connections[0].suggested:
            connections[0].suggested += (name,)
            click.echo(
                plain(f"{owner.users} people worked in {owner.name}. Is it yours? Then add --org {owner.name}."),
                err=True,
            )


def _observations(run: Run, connections: Sequence[Connection]) -> list[Observation]:
    if run.names:
        # The address in the options may be a gateway's; GitHub reports the organizations' real host.
        return read_names(run.names, connections[0].host if connections else GITHUB_HOST)
    if run.ledger:
        return ledger.get_observations(run.ledger, run.ledger_token)
    addresses = (
        f"https://{listing.host}/{name}"
        for one in connections
        for listing in one.listings
        for name, _ in listing.repositories.values()
    )
    return [Observation(repository) for repository in map(parse_remote, addresses) if repository]


def _begun_later(
    begin: Callable[[str], Callable[[int, int | None], None]], title: str
) -> Callable[[int, int | None], None]:
    """Return a progress bar that appears at its first step: most runs have nothing to look up."""
    bar = cache(begin)

    def report(done: int, total: int | None) -> None:
        bar(title)(done, total)

    return report


@contextmanager
def _progress() -> Iterator[Callable[[str], Callable[[int, int | None], None]]]:
    """Show progress bars, one per title, if standard error is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:

        def begin(title: str) -> Callable[[int, int | None], None]:
            task = bar.add_task(title, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield begin
