"""Scopes: the organizations and hosts that a run judges, and those of other runs."""

from collections.abc import Iterable
from typing import NamedTuple

from whence_contract.repository import Repository


class Scope(NamedTuple):
    """An organization that a run lists, or a host named in its overrides (without an organization)."""

    host: str
    organization: str = ""
    organization_id: int = 0

    @property
    def key(self) -> str:
        """Return ``host/id``, which a rename of the organization keeps; for a host, only the host."""
        return f"{self.host}/{self.organization_id}" if self.organization else self.host


class Others(NamedTuple):
    """The scopes of other runs. This run leaves their repositories to them.

    ``hosts``: hosts that only other runs judge. ``owners``: their (host, organization), in lower case. ``ids``: their
    (host, organization id). ``keys``: the keys of all their scopes.
    """

    hosts: frozenset[str] = frozenset()
    owners: frozenset[tuple[str, str]] = frozenset()
    ids: frozenset[tuple[str, int]] = frozenset()
    keys: frozenset[str] = frozenset()

    def own(self, repository: Repository) -> bool:
        """Return whether only another run lists the repository's host or owner."""
        return repository.host in self.hosts or (repository.host, repository.owner.lower()) in self.owners


NO_OTHERS = Others()


def others(known: Iterable[Scope], own: Iterable[Scope]) -> Others:
    """Return the ``known`` scopes that are not this run's ``own``."""
    mine = list(own)
    keys = {one.key for one in mine}
    foreign = [one for one in known if one.key not in keys]
    listed = {one.host for one in foreign if one.organization}
    # A host that only this run's overrides name belongs to the run that lists its organizations.
    hosts = {one.host for one in mine if one.organization or one.host not in listed}
    return Others(
        frozenset(one.host for one in foreign) - hosts,
        frozenset((one.host, one.organization.lower()) for one in foreign if one.organization),
        frozenset((one.host, one.organization_id) for one in foreign if one.organization),
        frozenset(one.key for one in foreign),
    )
