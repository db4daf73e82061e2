"""Decide each repository's label, with pure functions of GitHub's answers and the hook's observations.

The first rule that applies decides. "Harm" says whom a mistake would harm, and how the rule prevents it.

``override`` (Managed or Unmanaged): an entry of ``--overrides`` matches.
    Harm: owners that a pattern matches by accident. The evidence shows the matching entry, so that its author can
    change the file.
``in-organization`` (Managed): an organization's list contains it.
    Harm: the organization, if a stranger's repository were taken for its own. The list comes from the organization's
    GitHub, and the organization is identified by its id, which nobody else can register.
``renamed-in-organization`` (Managed): GitHub redirects its name to a repository of an organization.
    Harm: the organization, as above. The owner's id decides, not the name.
``enterprise-account`` (Managed): its owner is an account that the enterprise manages, ``login_shortcode``.
    Harm: the enterprise, if anybody could take such a name. GitHub allows an underscore in no other login.
(kept): another run lists its host or its owner, or its label is based on an organization of another run.
    Harm: everybody, if labels changed from run to run. This run does not change the label.
``deleted-from-organization`` (Managed): it was Managed, left its organization, and nobody has used it since.
    Harm: users, if their work in it were Unmanaged although the organization owned it at the time.
``left-organization`` (Unknown): as above, but somebody used it after the day it left. It may be deleted, or transferred
    to an owner whose repositories the credentials cannot see. Harm: the organization, if it stayed Managed forever;
    users, if it became Unmanaged, because clones of a deleted repository still work. So the evidence is the day, and
    the label is Unknown.
``hidden-or-deleted`` (Unknown): its owner is a listed organization, but GitHub does not show the repository.
    Harm: users of a repository that the credentials cannot see, if it became Unmanaged.
``not-pushed`` (Unknown): it has no usable remote. Harm: users who start a project before its first push, if it became
    Unmanaged. whence knows only the name of its folder.
``fork-of`` (Unmanaged): GitHub says that it is a fork of an organization's repository. Before history, because every
    fork shares history: contributors would be accused of copying it. Harm: nobody; the fork is visible on GitHub.
``mirror-of`` (Unknown): on a host without organizations, it has the owner, the name and a root commit of a Managed one.
    Harm: people who work in the company's own mirror, if whence reported it as company history outside; the company, if
    somebody took its name there and the copy became Managed. Overrides can decide it.
``shares-history-with`` (Unmanaged): it shares a root commit with the Managed repository where that history began.
    Harm: users of public code that the organization forked or imported. So the history must have begun in the
    organization, as ``origin.py`` finds; if that is unknown, this rule does not apply.
``other-host`` (Unmanaged): its host has no organization and is not in the overrides.
    Harm: companies that also use other hosts. The reason states only what is known; overrides can decide it.
``outside-organization`` (Unmanaged): no other rule applies. The evidence is its new name, if it moved.
    Harm: members of an organization that is not listed. whence suggests organizations that many people work in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from whence_classifier.github.lookup import Whereabouts
from whence_classifier.overrides import NO_OVERRIDES, Override, Overrides
from whence_classifier.scope import NO_OTHERS, Others, Scope
from whence_contract.label import Label
from whence_contract.repository import Repository

OVERRIDE = "override"
IN_ORGANIZATION = "in-organization"
RENAMED = "renamed-in-organization"
SHARES_HISTORY = "shares-history-with"
_GONE = frozenset({"deleted-from-organization", "left-organization"})


class Inventory(NamedTuple):
    """The complete list of one organization's repositories. ``host``: their host. ``keys``: folded keys. ``id``: the
    organization's id, which a rename keeps. ``short_codes``: of its enterprise's managed accounts."""

    organization: str
    host: str
    keys: frozenset[str]
    id: int = 0
    short_codes: frozenset[str] = frozenset()

    @property
    def scope(self) -> Scope:
        """Return the scope of this inventory."""
        return Scope(self.host, self.organization, self.id)


class Observation(NamedTuple):
    """A repository that the hook reported, with the root commits of its clones and its current label.

    ``scope``: key of the scope that the label is based on. ``left_on``: the first day (UTC) on which its organization
    did not have it. ``last_seen``: the day of its last use. ``branches_since``: the first touch of a branch that the
    ledger knows; ``None`` without any. ``pull_requests_until``: the last change of a pull request that the ledger has.
    """

    repository: Repository
    root_commits: tuple[str, ...] = ()
    label: str | None = None
    reason: str | None = None
    scope: str = ""
    left_on: date | None = None
    last_seen: date | None = None
    branches_since: datetime | None = None
    pull_requests_until: datetime | None = None


class Judgement(NamedTuple):
    """A label with its reason. ``evidence``: the repository, pattern or organization that the reason refers to, for
    people. ``scope``: key of the scope that the label is based on; empty for none."""

    repository: Repository
    label: Label
    reason: str
    evidence: str | None = None
    scope: str = ""
    left_on: date | None = None


class Evidence(NamedTuple):
    """The input of the rules, besides the repository itself.

    ``whereabouts``: GitHub's answers about unlisted repositories, by key. ``managed``: the Managed repositories that
    have a root commit, by commit. ``histories``: the display form of the Managed repository where a history began, by
    root commit; ``None`` if it began elsewhere; no entry if unknown. ``scopes``: this run's.
    """

    inventories: Sequence[Inventory]
    whereabouts: Mapping[str, Whereabouts] = {}
    overrides: Overrides = NO_OVERRIDES
    managed: Mapping[str, Sequence[Judgement]] = {}
    histories: Mapping[str, str | None] = {}
    others: Others = NO_OTHERS
    today: date = date.min

    @property
    def scopes(self) -> list[Scope]:
        """Return the scopes of this run."""
        return [one.scope for one in self.inventories] + [Scope(host) for host in sorted(self.overrides.hosts)]


def judge_all(observations: Iterable[Observation], evidence: Evidence) -> list[Judgement]:
    """Judge every observed repository; compare its history with the histories of the observed Managed ones.

    Repositories that keep their label are left out: they are not looked up yet, or another run judges them.
    """
    seen = list(observations)
    first, managed = _without_history(seen, evidence)
    complete = evidence._replace(managed=managed)
    judged = (judge(one, complete) if one.root_commits else found for one, found in zip(seen, first, strict=True))
    return [found for found in judged if found]


def contested(observations: Iterable[Observation], evidence: Evidence) -> dict[str, list[Repository]]:
    """Return the root commits shared by outside and Managed repositories, each with those Managed repositories.

    Where their histories began decides the labels of the outside ones.
    """
    seen = list(observations)
    first, managed = _without_history(seen, evidence)
    outside = {
        commit
        for one, found in zip(seen, first, strict=True)
        if found and found.reason in {"other-host", "outside-organization"}
        for commit in one.root_commits
    }
    return {commit: [one.repository for one in managed[commit]] for commit in sorted(outside & managed.keys())}


def unlisted(observations: Iterable[Observation], evidence: Evidence) -> Iterator[Repository]:
    """Return the repositories to look up: on the host of an organization, but in no list."""
    hosts = {inventory.host for inventory in evidence.inventories}
    return (
        one.repository
        for one in observations
        if one.repository.host in hosts
        and "/" not in one.repository.owner
        and not evidence.overrides.find(one.repository)
        and not _listed(one.repository.key, evidence.inventories)
        and not _enterprise(one.repository, evidence.inventories)
        and not evidence.others.own(one.repository)
    )


def judge(observation: Observation, evidence: Evidence) -> Judgement | None:
    """Judge one repository by the rules above. Return ``None`` if it keeps its label: it is not looked up yet, or
    another run judges it."""
    repository = observation.repository
    held = observation.scope in evidence.others.keys
    certain = None if held and observation.reason == OVERRIDE else _certain(repository, evidence)
    if certain or held or evidence.others.own(repository):
        return certain
    on_github = any(repository.host == inventory.host for inventory in evidence.inventories)
    there = evidence.whereabouts.get(repository.key) if on_github else None
    if on_github and "/" not in repository.owner:
        if there is None or (there.name and (repository.host, there.owner_id) in evidence.others.ids):
            return None
        if not there.name and (gone := _gone(observation, evidence)):
            return gone
    if not repository.host:
        return _not_pushed(observation, evidence)
    return _outside(observation, there, on_github, evidence)


def _without_history(
    seen: Sequence[Observation], evidence: Evidence
) -> tuple[list[Judgement | None], dict[str, list[Judgement]]]:
    first = [judge(one, evidence._replace(managed={}, histories={})) for one in seen]
    managed: defaultdict[str, list[Judgement]] = defaultdict(list)
    for one, found in sorted(zip(seen, first, strict=True), key=lambda pair: pair[0].repository.key):
        if found and found.label is Label.MANAGED:
            for commit in one.root_commits:
                managed[commit].append(found)
    return first, dict(managed)


def _certain(repository: Repository, evidence: Evidence) -> Judgement | None:
    """Apply the overrides and the rules based on the organization's own GitHub."""
    override = evidence.overrides.find(repository)
    if override:
        scopes = evidence.scopes
        return Judgement(repository, override.label, OVERRIDE, _words(override), scopes[0].key if scopes else "")
    inventory = _listed(repository.key, evidence.inventories)
    if inventory:
        return Judgement(repository, Label.MANAGED, IN_ORGANIZATION, inventory.organization, inventory.scope.key)
    there = evidence.whereabouts.get(repository.key)
    for one in evidence.inventories if there and there.name and "/" not in repository.owner else ():
        if repository.host == one.host and there and there.owner_id == one.id:
            # Created after the list was made, under the same name.
            if _fold(there.name or "") == _fold(_name(repository)):
                return Judgement(repository, Label.MANAGED, IN_ORGANIZATION, one.organization, one.scope.key)
            return Judgement(repository, Label.MANAGED, RENAMED, there.name, one.scope.key)
    account = _enterprise(repository, evidence.inventories)
    if account:
        short_code = repository.owner.rpartition("_")[2]
        return Judgement(repository, Label.MANAGED, "enterprise-account", short_code, account.scope.key)
    return None


def _gone(observation: Observation, evidence: Evidence) -> Judgement | None:
    """Judge a repository that no longer exists under its name and belongs, or belonged, to an organization."""
    repository = observation.repository
    for one in evidence.inventories:
        key = one.scope.key
        named = repository.host == one.host and _fold(repository.owner) == _fold(one.organization)
        if not named and observation.scope != key:
            continue
        was_managed = observation.label == Label.MANAGED and observation.reason not in {OVERRIDE, "enterprise-account"}
        if was_managed or observation.reason in _GONE:
            left_on = observation.left_on or evidence.today
            words = f"{one.organization} until {left_on}"
            if observation.last_seen and observation.last_seen > left_on:
                return Judgement(repository, Label.UNKNOWN, "left-organization", words, key, left_on)
            return Judgement(repository, Label.MANAGED, "deleted-from-organization", words, key, left_on)
        if named:
            return Judgement(repository, Label.UNKNOWN, "hidden-or-deleted", one.organization, key)
    return None


def _not_pushed(observation: Observation, evidence: Evidence) -> Judgement:
    for commit in observation.root_commits:
        for one in evidence.managed.get(commit, ()):
            shares = f"same history as {one.repository.display}"
            return Judgement(observation.repository, Label.UNKNOWN, "not-pushed", shares, one.scope)
    return Judgement(observation.repository, Label.UNKNOWN, "not-pushed")


def _outside(
    observation: Observation, there: Whereabouts | None, on_github: bool, evidence: Evidence
) -> Judgement | None:
    repository = observation.repository
    for name, owner in there.parents if there else ():
        for inventory in evidence.inventories:
            if owner == inventory.id and repository.host == inventory.host:
                return Judgement(repository, Label.UNMANAGED, "fork-of", name, inventory.scope.key)
    shared = [commit for commit in observation.root_commits if commit in evidence.managed]
    if not on_github:
        for one in (one for commit in shared for one in evidence.managed[commit]):
            if _is_mirror(repository, one.repository):
                return Judgement(repository, Label.UNKNOWN, "mirror-of", one.repository.display, one.scope)
    for commit in shared:
        began = evidence.histories.get(commit)
        if began:
            return Judgement(repository, Label.UNMANAGED, SHARES_HISTORY, began, evidence.managed[commit][0].scope)
    if observation.reason == SHARES_HISTORY and any(commit not in evidence.histories for commit in shared):
        # The origin of the history was known before, and is temporarily unknown.
        return None
    if not on_github and repository.host not in evidence.overrides.hosts:
        return Judgement(repository, Label.UNMANAGED, "other-host")
    moved = there.name if there and there.name and _fold(there.name) != _fold(_name(repository)) else None
    return Judgement(repository, Label.UNMANAGED, "outside-organization", moved)


def _is_mirror(repository: Repository, managed: Repository) -> bool:
    """Return whether it has the same owner and name as the Managed one on another host, ignoring subgroups."""
    owner = _fold(repository.owner.partition("/")[0])
    same = owner == _fold(managed.owner.partition("/")[0]) and _fold(repository.name) == _fold(managed.name)
    return same and repository.host != managed.host


def _listed(key: str, inventories: Iterable[Inventory]) -> Inventory | None:
    # Compare as GitHub does, on every host: inventories are from GitHub, whatever the host's name.
    folded = _fold(key)
    return next((inventory for inventory in inventories if folded in inventory.keys), None)


def _enterprise(repository: Repository, inventories: Iterable[Inventory]) -> Inventory | None:
    """Return the inventory of the enterprise that manages the owner's account.

    https://docs.github.com/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
    """
    login, _, short_code = repository.owner.rpartition("_")
    if not login:
        return None
    return next(
        (one for one in inventories if one.host == repository.host and _fold(short_code) in one.short_codes), None
    )


def _name(repository: Repository) -> str:
    return f"{repository.owner}/{repository.name}"


def _fold(name: str) -> str:
    # Fold only ASCII letters; GitHub names contain no others.
    return name.lower() if name.isascii() else "".join(one.lower() if one.isascii() else one for one in name)


def _words(override: Override) -> str:
    return f"{override.pattern}: {override.note}" if override.note else override.pattern
