"""Connections: a source during one run, with GitHub's answers from this run and from the cache."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from whence_classifier.error import ClassifierError
from whence_classifier.github import cache
from whence_classifier.github.github import GitHub
from whence_classifier.github.inventory import Listing, doubts, list_organization, organizations_of
from whence_classifier.github.lookup import LookUps, Refused, Whereabouts, look_up
from whence_classifier.github.origin import Origin, find_origins
from whence_classifier.github.pulls import Listed, Pulls, Wanted, list_pulls
from whence_classifier.github.source import Source
from whence_classifier.judge import Inventory, Judgement, Observation
from whence_classifier.scope import Scope
from whence_contract.label import Label
from whence_contract.repository import Repository
from whence_contract.terminal import plain

Progress = Callable[[int, int | None], None]


class Connection:
    """One GitHub with one set of credentials.

    ``inventories``: the organizations that this run listed. ``looked``: the look-ups of this run.
    """

    def __init__(self, source: Source, github: GitHub, path: Path) -> None:
        """``path``: the cache file, which this run has locked."""
        self.source = source
        self.github = github
        self.inventories: list[Inventory] = []
        self.looked = LookUps({}, {})
        self._path = path
        self._kept = cache.load(path)
        self._listings = dict(self._kept.listings)
        self.whereabouts: dict[str, Whereabouts] = dict(self._kept.whereabouts)
        self.refused: dict[str, Refused] = dict(self._kept.refused)
        self.origins: dict[str, Origin] = dict(self._kept.origins)
        self.suggested: tuple[str, ...] = self._kept.suggested
        self._pulls: dict[str, Pulls] = dict(self._kept.pulls)
        self._pulls_refused: dict[str, Refused] = dict(self._kept.pulls_refused)

    @property
    def host(self) -> str:
        """Return the repositories' host; empty until an organization is listed."""
        return self.inventories[0].host if self.inventories else ""

    @property
    def listings(self) -> Iterator[Listing]:
        """Return the listings of this run."""
        ids = {one.id for one in self.inventories}
        return (listing for listing in self._listings.values() if listing.id in ids)

    def list(self, known: Sequence[Scope], progress: Callable[[str], Progress]) -> None:
        """List the organizations. ``known``: scopes of earlier runs, from the ledger. Raises ``ClassifierError``."""
        enterprises = self.source.enterprises
        names = [
            *self.source.organizations,
            *(name for one in enterprises for name in organizations_of(self.github, one)),
        ]
        for name in dict.fromkeys(names):
            before = self._before(name, known)
            listing = list_organization(self.github, name, before, progress(f"Listing {name}"))
            self._check(name, listing, known)
            for line in doubts(listing, name, is_app=self.github.is_app):
                click.echo(plain(line), err=True)
            self._listings[name.lower()] = listing
            self.inventories.append(_inventory(listing, self.source.short_codes))

    def look_up(self, repositories: Iterable[Repository], progress: Progress) -> None:
        """Look up the repositories that were not looked up within the last day."""
        asked = [one.organization for one in self.inventories]
        self.looked = look_up(self.github, repositories, self.whereabouts, asked, progress, refused=self.refused)
        self.whereabouts |= self.looked.found
        refused = self.refused | self.looked.refused
        self.refused = {key: one for key, one in refused.items() if key not in self.looked.found}

    def newly_refused(self) -> dict[str, Refused]:
        """Return the refusals of this run whose reason is new."""
        before = self._kept.refused
        return {
            key: one
            for key, one in self.looked.refused.items()
            if key not in before or before[key].reason != one.reason
        }

    def find_origins(self, contested: Mapping[str, Sequence[Repository]], owners: Mapping[int, str]) -> None:
        """Find the origins of contested root commits whose Managed repositories are all on this host."""
        mine = {
            commit: carriers
            for commit, carriers in contested.items()
            if all(carrier.host == self.host for carrier in carriers)
        }
        self.origins |= find_origins(self.github, mine, self.origins, owners)

    def list_pulls(
        self, judgements: Sequence[Judgement], observations: Sequence[Observation], told: Progress
    ) -> Listed:
        """List the pull requests of this connection's organizations, in repositories with a branch that the ledger
        knows. Those listed and those refused are kept for the next run."""
        seen = {one.repository.key: one for one in observations if one.branches_since}
        keys = {inventory.scope.key for inventory in self.inventories}
        mine = [one for one in judgements if one.label is Label.MANAGED and one.scope in keys]
        wanted = [self._wanted(seen[one.repository.key]) for one in mine if one.repository.key in seen]
        listed = list_pulls(self.github, [one for one in wanted if one], self._pulls, self._pulls_refused, told)
        before = dict(self._pulls_refused)
        self._pulls |= listed.pages
        self._pulls_refused |= listed.refused
        for key in listed.pages:
            self._pulls_refused.pop(key, None)
        new = {key: one for key, one in listed.refused.items() if key not in before or before[key].reason != one.reason}
        return listed._replace(refused=new)

    def _wanted(self, seen: Observation) -> Wanted | None:
        repository, there = seen.repository, self.whereabouts.get(seen.repository.key)
        owner, _, name = (there.name if there and there.name else f"{repository.owner}/{repository.name}").partition(
            "/"
        )
        since = seen.branches_since
        return Wanted(repository.key, owner, name, since, seen.pull_requests_until) if since else None

    def save(self) -> None:
        """Save the cache for the next run. Raises ``ClassifierError``."""
        now = cache.Cache(self._listings, self.whereabouts, self.refused, self.origins, self.suggested)
        now = now._replace(pulls=self._pulls, pulls_refused=self._pulls_refused)
        if now != self._kept:
            cache.save(self._path, now)

    def _before(self, name: str, known: Sequence[Scope]) -> Listing | None:
        """Return the cached listing, unless the ledger no longer has the organization; else an expired listing with the
        organization id from the ledger."""
        kept = self._listings.get(name.lower())
        if kept and (not known or any((one.host, one.organization_id) == (kept.host, kept.id) for one in known)):
            return kept
        host = self._likely_host()
        same = [one for one in known if one.host == host and one.organization.lower() == name.lower()]
        return Listing(same[0].organization_id, same[0].organization, host, None, 0.0, {}) if same else None

    def _likely_host(self) -> str:
        address = self.source.url.partition("://")[2] or self.source.url
        return address.partition("/")[0].rpartition("@")[2].partition(":")[0].removeprefix("www.").removeprefix("api.")

    def _check(self, name: str, listing: Listing, known: Sequence[Scope]) -> None:
        """Raise ``ClassifierError`` if the ledger has another organization id for this name.

        Somebody else may have registered the name.
        """
        for one in known:
            same = one.host == listing.host and one.organization.lower() == listing.login.lower()
            if same and one.organization_id != listing.id:
                raise ClassifierError(
                    f"{name} is now another organization (id {listing.id}, not {one.organization_id}): the one that "
                    f"the ledger knows was renamed or deleted. Use its new name. If {name} is right, run: "
                    f"whence classify forget {one.host}/{one.organization}"
                )


def _inventory(listing: Listing, short_codes: frozenset[str]) -> Inventory:
    keys = frozenset(f"{listing.host}/{name}".lower() for name, _ in listing.repositories.values())
    return Inventory(listing.login, listing.host, keys, listing.id, short_codes)
