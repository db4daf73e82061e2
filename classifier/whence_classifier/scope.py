"""Scopes: which organizations and hosts a run judges, and which belong to other runs."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_contract.repository import Repository


class Scope(NamedTuple):
    """An organization that a run lists, or a host that its overrides name (then without an organization)."""

    host: str
    organization: str = ""
    organization_id: int = 0

    @property
    def key(self) -> str:
        """``host/id``, which a rename of the organization keeps; for a host the host alone."""
        return f"{self.host}/{self.organization_id}" if self.organization else self.host


class Others(NamedTuple):
    """The scopes of other runs: of what follows from them this run knows less than they do.

    ``hosts``: which only they judge. ``owners``: their (host, organization), in lower case. ``ids``: the same by id.
    ``keys``: of all their scopes.
    """

    hosts: frozenset[str] = frozenset()
    owners: frozenset[tuple[str, str]] = frozenset()
    ids: frozenset[tuple[str, int]] = frozenset()
    keys: frozenset[str] = frozenset()

    def own(self, repository: Repository) -> bool:
        """Tell whether another run alone lists the repository's host or its owner."""
        return repository.host in self.hosts or (repository.host, repository.owner.lower()) in self.owners


NO_OTHERS = Others()


def others(known: Iterable[Scope], own: Iterable[Scope]) -> Others:
    """Return what of the ``known`` scopes is not this run's ``own``."""
    mine = list(own)
    keys = {one.key for one in mine}
    foreign = [one for one in known if one.key not in keys]
    listed = {one.host for one in foreign if one.organization}
    # A host that this run's overrides merely name belongs to the run that lists its organizations.
    hosts = {one.host for one in mine if one.organization or one.host not in listed}
    return Others(
        frozenset(one.host for one in foreign) - hosts,
        frozenset((one.host, one.organization.lower()) for one in foreign if one.organization),
        frozenset((one.host, one.organization_id) for one in foreign if one.organization),
        frozenset(one.key for one in foreign),
    )
