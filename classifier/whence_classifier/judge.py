"""The rule: whose a repository is. Pure functions over what GitHub listed and what the hook observed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from whence_classifier.lookup import Whereabouts
from whence_classifier.overrides import NO_OVERRIDES, Override, Overrides
from whence_contract.label import Label
from whence_contract.repository import Repository


class Inventory(NamedTuple):
    """The complete list of one organization's repositories. ``host``: where they live. ``keys``: folded keys.
    ``id``: the organization's own, which a rename keeps."""

    organization: str
    host: str
    keys: frozenset[str]
    id: int = 0


class Observation(NamedTuple):
    """A repository that the hook has reported, with the root commits of its clones and the judgement it has so far."""

    repository: Repository
    root_commits: tuple[str, ...] = ()
    label: str | None = None
    reason: str | None = None


class Judgement(NamedTuple):
    """``evidence`` is for people: the repository, the pattern or the organization that the reason speaks of."""

    repository: Repository
    label: Label
    reason: str
    evidence: str | None = None


class Evidence(NamedTuple):
    """All that the rule looks at beside the repository itself.

    ``whereabouts``: what GitHub says of those in no list, by key. ``histories``: root commit to the display form of the
    Managed repository that has it.
    """

    inventories: Sequence[Inventory]
    whereabouts: Mapping[str, Whereabouts] = {}
    overrides: Overrides = NO_OVERRIDES
    histories: Mapping[str, str] = {}


def judge_all(observations: Iterable[Observation], evidence: Evidence) -> list[Judgement]:
    """Judge every observed repository, each one's history against that of the Managed ones among them. Those that have
    yet to be looked up are left out."""
    seen = list(observations)
    without = evidence._replace(histories={})
    first = [(one, judge(one, without)) for one in seen]
    managed = [one for one, found in first if found and found.label is Label.MANAGED]
    histories = {commit: one.repository.display for one in reversed(managed) for commit in one.root_commits}
    complete = evidence._replace(histories=histories)
    judged = (judge(one, complete) if one.root_commits else found for one, found in first)
    return [found for found in judged if found]


def unlisted(observations: Iterable[Observation], evidence: Evidence) -> Iterator[Repository]:
    """Those of which only GitHub itself can tell where they are: on a host of an organization, in no list."""
    hosts = {inventory.host for inventory in evidence.inventories}
    return (
        one.repository
        for one in observations
        if one.repository.host in hosts
        and "/" not in one.repository.owner
        and not evidence.overrides.find(one.repository)
        and not _listed(one.repository.key, evidence.inventories)
    )


def judge(observation: Observation, evidence: Evidence) -> Judgement | None:
    """Judge one repository; ``None`` for one that has yet to be looked up.

    The first row that applies decides:

    ===================================================  =========  =============================
    the repository                                       label      reason
    ===================================================  =========  =============================
    matches a pattern under ``[managed]``                Managed    ``override``
    matches a pattern under ``[external]``               Unmanaged  ``override``
    stands in an organization's list                     Managed    ``in-organization``
    is redirected by GitHub to an organization           Managed    ``renamed-in-organization``
    was Managed, and its organization has it no more     Managed    ``deleted-from-organization``
    has an organization's name, which shows none such    Unknown    ``hidden-or-deleted``
    shares a root commit with a Managed one              Unmanaged  ``shares-history-with``
    is on GitHub a fork of an organization's             Unmanaged  ``fork-of``
    has no usable remote                                 Unmanaged  ``no-remote``
    is on a host that holds no organization              Unmanaged  ``other-host``
    is anything else                                     Unmanaged  ``outside-organization``
    ===================================================  =========  =============================
    """
    repository = observation.repository
    key = repository.key
    override = evidence.overrides.find(repository)
    if override:
        return Judgement(repository, override.label, "override", _words(override))
    organization = _listed(key, evidence.inventories)
    if organization:
        return Judgement(repository, Label.MANAGED, "in-organization", organization)
    on_github = any(repository.host == inventory.host for inventory in evidence.inventories)
    there = evidence.whereabouts.get(key)
    if on_github and "/" not in repository.owner:
        if there is None:
            return None
        found = _by_whereabouts(observation, there, evidence.inventories)
        if found:
            return found
    for commit in observation.root_commits:
        if commit in evidence.histories:
            return Judgement(repository, Label.UNMANAGED, "shares-history-with", evidence.histories[commit])
    for name, owner in there.parents if there and on_github else ():
        if any(owner == one.id and repository.host == one.host for one in evidence.inventories):
            return Judgement(repository, Label.UNMANAGED, "fork-of", name)
    if not repository.host:
        return Judgement(repository, Label.UNMANAGED, "no-remote")
    if not on_github:
        return Judgement(repository, Label.UNMANAGED, "other-host")
    moved = there.name if there and there.name and _fold(there.name) != _fold(_name(repository)) else None
    return Judgement(repository, Label.UNMANAGED, "outside-organization", moved)


def _by_whereabouts(observation: Observation, there: Whereabouts, inventories: Sequence[Inventory]) -> Judgement | None:
    repository = observation.repository
    for inventory in inventories:
        if repository.host != inventory.host:
            continue
        if there.name and there.owner_id == inventory.id:
            # What came after the list was made has the name that it had.
            renamed = _fold(there.name) != _fold(_name(repository))
            reason = "renamed-in-organization" if renamed else "in-organization"
            return Judgement(repository, Label.MANAGED, reason, there.name if renamed else inventory.organization)
        if not there.name and _fold(repository.owner) == _fold(inventory.organization):
            if observation.label == Label.MANAGED and observation.reason != "override":
                return Judgement(repository, Label.MANAGED, "deleted-from-organization", inventory.organization)
            return Judgement(repository, Label.UNKNOWN, "hidden-or-deleted", inventory.organization)
    return None


def _listed(key: str, inventories: Iterable[Inventory]) -> str | None:
    # GitHub's way to compare, on every host: the inventory tells which are GitHub, the name may not.
    folded = _fold(key)
    return next((inventory.organization for inventory in inventories if folded in inventory.keys), None)


def _name(repository: Repository) -> str:
    return f"{repository.owner}/{repository.name}"


def _fold(name: str) -> str:
    # Only ASCII letters, because no other letter can stand in a GitHub name.
    return name.lower() if name.isascii() else "".join(one.lower() if one.isascii() else one for one in name)


def _words(override: Override) -> str:
    return f"{override.pattern}: {override.note}" if override.note else override.pattern
