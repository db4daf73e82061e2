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
from whence_classifier.inventory import Listing, list_organization, organizations_of
from whence_classifier.judge import Evidence, Inventory, Judgement, Observation, judge_all, unlisted
from whence_classifier.lookup import Whereabouts, is_fresh, look_up
from whence_classifier.names import read_names
from whence_classifier.overrides import Overrides
from whence_contract.repository import parse_remote

Told = Callable[[int, int | None], None]


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
    """``judgements``: of all ``observations`` but those that the next run is to look up."""

    observations: list[Observation]
    judgements: list[Judgement]
    inventories: list[Inventory]


def sync(run: Run, github: GitHub, path: Path) -> Result:
    """List, look up, judge; what GitHub said is kept in ``path`` for the next run. Raises ``ClassifierError``."""
    kept = cache.load(path)
    listings, whereabouts = dict(kept.listings), kept.whereabouts
    found: dict[str, Whereabouts] = {}
    names = [*run.organizations, *(name for one in run.enterprises for name in organizations_of(github, one))]
    inventories = []
    try:
        for name in dict.fromkeys(names):
            with _progress(f"Listing {name}") as told:
                listing = list_organization(github, name, listings.get(name.lower()), told)
            _warn(name, listing)
            listings[name.lower()] = listing
            inventories.append(_inventory(listing))
        evidence = Evidence(inventories, whereabouts, run.overrides)
        observations = _observations(run, inventories, listings)
        judgements = judge_all(observations, evidence)
        if len(judgements) < len(observations) or not all(map(is_fresh, whereabouts.values())):
            with _progress("Looking up others") as told:
                unknown = unlisted(observations, evidence)
                found = look_up(github, unknown, whereabouts, [one.organization for one in inventories], told)
            whereabouts.update(found)
            judgements = judge_all(observations, evidence)
    finally:
        if found or listings != kept.listings:
            cache.save(path, cache.Cache(listings, whereabouts))
    return Result(observations, judgements, inventories)


def _observations(run: Run, inventories: Sequence[Inventory], listings: Mapping[str, Listing]) -> list[Observation]:
    if run.names:
        return read_names(run.names, run.github_url)
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


def _warn(name: str, listing: Listing) -> None:
    if listing.login.lower() != name.lower():
        click.echo(f"{name} is called {listing.login} now: change --org.", err=True)
    if listing.total is not None and len(listing.repositories) < listing.total:
        click.echo(
            f"GitHub shows these credentials {len(listing.repositories)} of the {listing.total} repositories of "
            f"{listing.login}. The others are labelled Unknown (hidden-or-deleted) where somebody works in one.",
            err=True,
        )


@contextmanager
def _progress(title: str) -> Iterator[Told]:
    """A bar on standard error, where somebody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
