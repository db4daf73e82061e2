"""The rule: whose a repository is. Pure functions over what GitHub listed and what the hook observed.

The first row that applies decides. Each row names who is hurt by a mistake in it, and what keeps that from happening.

``override`` (Managed or Unmanaged): an entry of ``--overrides`` matches.
    Hurt: whoever a pattern covers by accident. The entry that matched is the evidence, and is in the file of the
    person who can change it.
``in-organization`` (Managed): it is in the list of an organization.
    Hurt: the organization, if a stranger's repository passed as its own. Only the organization's GitHub fills the list,
    and the organization is known by its id, which nobody can register again.
``renamed-in-organization`` (Managed): GitHub redirects its name to a repository of an organization.
    Hurt: the organization, as above. The owner's id decides, not the name.
``enterprise-account`` (Managed): its owner is an account that the enterprise manages, ``login_shortcode``.
    Hurt: the enterprise, if anybody could take such a name. GitHub allows no underscore in any other login.
(kept): another run lists its host or its owner, or its label follows from an organization of another run.
    Hurt: everybody, if labels changed from run to run. This run says nothing.
``deleted-from-organization`` (Managed): it was Managed, its organization has it no more, and nobody used it after that.
    Hurt: users, if work that the organization owned when it was done turned against them.
``left-organization`` (Unknown): as above, but somebody used it after the day it left. It may be deleted, or transferred
    to a place that the credentials cannot see. Hurt: the organization, if it stayed Managed for ever; users, if it was
    Unmanaged, because a deleted repository's clones go on working. So whence says the day, and that it cannot tell.
``hidden-or-deleted`` (Unknown): it has the name of an organization, which shows no such repository.
    Hurt: users whose repository the credentials do not see, if it was Unmanaged.
``not-pushed`` (Unknown): it has no usable remote. Hurt: users who begin a project before its first push, if it was
    Unmanaged; all that is known of it is the name of its folder.
``fork-of`` (Unmanaged): GitHub says that it is a fork of an organization's repository. Before history, because every
    fork shares history: contributors would be accused of taking it. Hurt: nobody; GitHub shows the fork to all.
``mirror-of`` (Unknown): on a host without organizations, it has the owner, the name and a root commit of a Managed one.
    Hurt: people who work in the company's own mirror, if it was said to hold company history outside; the company, if
    somebody took its name there and the copy was Managed. Overrides decide it.
``shares-history-with`` (Unmanaged): it shares a root commit with a Managed one, where that history began.
    Hurt: whoever uses public code that the organization forked or imported. So it must have begun in the organization,
    as ``origin.py`` finds; where that is not known, this row does not apply.
``other-host`` (Unmanaged): its host has no organization and is not in the overrides.
    Hurt: companies that are on other hosts too. The reason says no more than what is known; overrides decide it.
``outside-organization`` (Unmanaged): anything else. The evidence is where it moved, if it did.
    Hurt: people of an organization that nobody listed. Organizations that many work in are suggested.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
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
    """The complete list of one organization's repositories. ``host``: where they live. ``keys``: folded keys.
    ``id``: the organization's own, which a rename keeps. ``short_codes``: of its enterprise's managed accounts."""

    organization: str
    host: str
    keys: frozenset[str]
    id: int = 0
    short_codes: frozenset[str] = frozenset()

    @property
    def scope(self) -> Scope:
        """What a run that has this inventory judges."""
        return Scope(self.host, self.organization, self.id)


class Observation(NamedTuple):
    """A repository that the hook has reported, with the root commits of its clones and the judgement it has so far.

    ``scope``: key of the scope that this judgement follows from. ``left_on``: the day (UTC) on which its organization
    was first seen without it. ``last_seen``: the day of its last use.
    """

    repository: Repository
    root_commits: tuple[str, ...] = ()
    label: str | None = None
    reason: str | None = None
    scope: str = ""
    left_on: date | None = None
    last_seen: date | None = None


class Judgement(NamedTuple):
    """``evidence`` is for people: the repository, the pattern or the organization that the reason speaks of.
    ``scope``: key of the organization's scope that it follows from; empty where it follows from none."""

    repository: Repository
    label: Label
    reason: str
    evidence: str | None = None
    scope: str = ""
    left_on: date | None = None


class Evidence(NamedTuple):
    """All that the rule looks at beside the repository itself.

    ``whereabouts``: what GitHub says of those in no list, by key. ``managed``: root commit to the Managed repositories
    that have it. ``histories``: root commit to the display form of the Managed repository in which that history began,
    or ``None`` for one that began elsewhere; without an entry it is not known. ``scopes``: this run's.
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
        """What this run judges."""
        return [one.scope for one in self.inventories] + [Scope(host) for host in sorted(self.overrides.hosts)]


def judge_all(observations: Iterable[Observation], evidence: Evidence) -> list[Judgement]:
    """Judge every observed repository, each one's history against that of the Managed ones among them. Those that keep
    their label are left out: those that have yet to be looked up, and those that other runs judge."""
    seen = list(observations)
    first, managed = _without_history(seen, evidence)
    complete = evidence._replace(managed=managed)
    judged = (judge(one, complete) if one.root_commits else found for one, found in zip(seen, first, strict=True))
    return [found for found in judged if found]


def contested(observations: Iterable[Observation], evidence: Evidence) -> dict[str, list[Repository]]:
    """Return the root commits that decide the label of a repository outside, with the Managed ones that have them."""
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
    """Return those of which only GitHub itself can tell where they are: on a host of an organization, in no list."""
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
    """Judge one repository by the table above; ``None`` for one that keeps its label: it has yet to be looked up, or
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
    """What people wrote, and what only the organization's own GitHub can say."""
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
            # What came after the list was made has the name that it had.
            if _fold(there.name or "") == _fold(_name(repository)):
                return Judgement(repository, Label.MANAGED, IN_ORGANIZATION, one.organization, one.scope.key)
            return Judgement(repository, Label.MANAGED, RENAMED, there.name, one.scope.key)
    account = _enterprise(repository, evidence.inventories)
    if account:
        short_code = repository.owner.rpartition("_")[2]
        return Judgement(repository, Label.MANAGED, "enterprise-account", short_code, account.scope.key)
    return None


def _gone(observation: Observation, evidence: Evidence) -> Judgement | None:
    """A repository that is not where its name says, if that is an organization, or was an organization's."""
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
        # Where the history began was known before, and is not for now.
        return None
    if not on_github and repository.host not in evidence.overrides.hosts:
        return Judgement(repository, Label.UNMANAGED, "other-host")
    moved = there.name if there and there.name and _fold(there.name) != _fold(_name(repository)) else None
    return Judgement(repository, Label.UNMANAGED, "outside-organization", moved)


def _is_mirror(repository: Repository, managed: Repository) -> bool:
    """Tell whether it has owner and name of the Managed one, on another host; the owner may have subgroups."""
    owner = _fold(repository.owner.partition("/")[0])
    same = owner == _fold(managed.owner.partition("/")[0]) and _fold(repository.name) == _fold(managed.name)
    return same and repository.host != managed.host


def _listed(key: str, inventories: Iterable[Inventory]) -> Inventory | None:
    # GitHub's way to compare, on every host: the inventory tells which are GitHub, the name may not.
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
    # Only ASCII letters, because no other letter can stand in a GitHub name.
    return name.lower() if name.isascii() else "".join(one.lower() if one.isascii() else one for one in name)


def _words(override: Override) -> str:
    return f"{override.pattern}: {override.note}" if override.note else override.pattern
