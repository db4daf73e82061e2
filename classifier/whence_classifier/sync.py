"""One run: what GitHub has, what was observed, and the judgement of each; with a word where people should know."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from whence_classifier import cache, ledger
from whence_classifier.github import GitHub
from whence_classifier.inventory import Listing, doubts, list_organization, organizations_of
from whence_classifier.judge import Evidence, Inventory, Judgement, Observation, judge_all, unlisted
from whence_classifier.lookup import LookUps, Refused, is_fresh, look_up
from whence_classifier.names import read_names
from whence_classifier.overrides import Overrides
from whence_contract.repository import GITHUB_HOST, parse_remote

Told = Callable[[int, int | None], None]
NAMES_SHOWN = 5


class Run(NamedTuple):
    """What one run is asked to do. ``ledger``: ``None`` for a run without one. ``names``: a file of repositories."""

    organizations: tuple[str, ...]
    enterprises: tuple[str, ...]
    github_url: str
    overrides: Overrides
    ledger: str | None
    ledger_token: str | None
    names: str | None


class Result(NamedTuple):
    """``judgements``: of all ``observations`` but those of which GitHub gave no answer yet. ``unanswered``: how many of
    these wait for the next run or were refused in this one for the first time."""

    observations: list[Observation]
    judgements: list[Judgement]
    inventories: list[Inventory]
    unanswered: int = 0


def sync(run: Run, github: GitHub, path: Path) -> Result:
    """List, look up, judge; what GitHub said is kept in ``path`` for the next run. Raises ``ClassifierError``."""
    kept = cache.load(path)
    listings, whereabouts = dict(kept.listings), kept.whereabouts
    looked, refused = LookUps({}, {}), kept.refused
    names = [*run.organizations, *(name for one in run.enterprises for name in organizations_of(github, one))]
    inventories = []
    try:
        for name in dict.fromkeys(names):
            with _progress(f"Listing {name}") as told:
                listing = list_organization(github, name, listings.get(name.lower()), told)
            for line in doubts(listing, name, is_app=github.is_app):
                click.echo(line, err=True)
            listings[name.lower()] = listing
            inventories.append(_inventory(listing))
        evidence = Evidence(inventories, whereabouts, run.overrides)
        observations = _observations(run, inventories, listings)
        judgements = judge_all(observations, evidence)
        if len(judgements) < len(observations) or not all(map(is_fresh, whereabouts.values())):
            with _progress("Looking up others") as told:
                unknown = unlisted(observations, evidence)
                asked = [one.organization for one in inventories]
                looked = look_up(github, unknown, whereabouts, asked, told, refused=refused)
            whereabouts.update(looked.found)
            refused = {key: one for key, one in (refused | looked.refused).items() if key not in looked.found}
            judgements = judge_all(observations, evidence)
    finally:
        if looked.found or looked.refused or listings != kept.listings:
            cache.save(path, cache.Cache(listings, whereabouts, refused))
    judged = {one.repository.key for one in judgements}
    waiting = [one for one in observations if one.repository.key not in judged and one.repository.key not in refused]
    new = {key: one for key, one in looked.refused.items() if _is_new(one, kept.refused.get(key))}
    for line in _explained(observations, new, len(waiting), looked.stopped):
        click.echo(line, err=True)
    return Result(observations, judgements, inventories, len(waiting) + len(new))


def _is_new(one: Refused, before: Refused | None) -> bool:
    return before is None or before.reason != one.reason


def _explained(
    observations: Sequence[Observation], refused: Mapping[str, Refused], waiting: int, stopped: str
) -> Iterator[str]:
    """What GitHub refused, once for each of its reasons, and what the next run is to look up."""
    names: dict[str, list[str]] = {}
    for one in observations:
        if one.repository.key in refused:
            names.setdefault(refused[one.repository.key].reason, []).append(one.repository.display)
    for reason, those in names.items():
        shown = ", ".join(those[:NAMES_SHOWN]) + (f" and {len(those) - NAMES_SHOWN} more" * (len(those) > NAMES_SHOWN))
        keep = "It keeps its label" if len(those) == 1 else "They keep their labels"
        yield f"GitHub refuses to look up {shown} ({reason.rstrip('.')}). {keep}; whence asks again later."
    if stopped:
        yield f"The look-ups ended early: {stopped}"
    if waiting:
        wait = "repository waits" if waiting == 1 else "repositories wait"
        yield f"{waiting} {wait} for the next run to be looked up; no label of these changes until then."


def _observations(run: Run, inventories: Sequence[Inventory], listings: Mapping[str, Listing]) -> list[Observation]:
    if run.names:
        # The address that was given may be a gateway's: the organizations tell their own.
        return read_names(run.names, inventories[0].host if inventories else GITHUB_HOST)
    if run.ledger:
        return ledger.get_observations(run.ledger, run.ledger_token)
    hosts = {one.id: one.host for one in inventories}
    addresses = (
        f"https://{hosts[listing.id]}/{name}"
        for listing in listings.values()
        if listing.id in hosts
        for name, _ in listing.repositories.values()
    )
    return [Observation(repository) for repository in map(parse_remote, addresses) if repository]


def _inventory(listing: Listing) -> Inventory:
    keys = frozenset(f"{listing.host}/{name}".lower() for name, _ in listing.repositories.values())
    return Inventory(listing.login, listing.host, keys, listing.id)


@contextmanager
def _progress(title: str) -> Iterator[Told]:
    """A bar on standard error, where somebody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
