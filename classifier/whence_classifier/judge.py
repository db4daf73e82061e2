"""The rule: whose a repository is. Pure functions over what GitHub listed and what the hook observed."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from whence_contract.label import Label
from whence_contract.repository import Repository


class Inventory(NamedTuple):
    """The complete list of one organization's repositories. ``host``: where they live. ``keys``: folded keys."""

    organization: str
    host: str
    keys: frozenset[str]


class Observation(NamedTuple):
    """A repository that the hook has reported, with the root commits of its clones."""

    repository: Repository
    root_commits: tuple[str, ...] = ()


class Judgement(NamedTuple):
    """``evidence`` is for people: the display form of the repository that the reason speaks of."""

    repository: Repository
    label: Label
    reason: str
    evidence: str | None = None


def judge_all(observations: Iterable[Observation], inventories: Iterable[Inventory]) -> list[Judgement]:
    """Judge every observed repository, each one's history against that of the Managed ones among them."""
    seen, lists = list(observations), list(inventories)
    managed = [one for one in seen if judge(one, lists, {}).label is Label.MANAGED]
    histories = {commit: one.repository.display for one in reversed(managed) for commit in one.root_commits}
    return [judge(one, lists, histories) for one in seen]


def judge(
    observation: Observation, inventories: Iterable[Inventory], managed_histories: Mapping[str, str]
) -> Judgement:
    """Judge one repository. ``managed_histories``: root commit to the Managed repository that has it.

    The first row that applies decides:

    ==========================================  =========  =======================
    the repository                              label      reason
    ==========================================  =========  =======================
    stands in an organization's list            Managed    ``in-organization``
    shares a root commit with a Managed one     Unmanaged  ``shares-history-with``
    has no usable remote                        Unmanaged  ``no-remote``
    is on a host that holds no organization     Unmanaged  ``other-host``
    is anything else                            Unmanaged  ``outside-organization``
    ==========================================  =========  =======================
    """
    repository = observation.repository
    lists = list(inventories)
    for inventory in lists:
        if fold(repository) in inventory.keys:
            return Judgement(repository, Label.MANAGED, "in-organization", inventory.organization)
    for commit in observation.root_commits:
        if commit in managed_histories:
            return Judgement(repository, Label.UNMANAGED, "shares-history-with", managed_histories[commit])
    if not repository.host:
        return Judgement(repository, Label.UNMANAGED, "no-remote")
    if all(repository.host != inventory.host for inventory in lists):
        return Judgement(repository, Label.UNMANAGED, "other-host")
    return Judgement(repository, Label.UNMANAGED, "outside-organization")


def fold(repository: Repository) -> str:
    """The key, compared as GitHub compares on every host: the inventory tells which hosts are GitHub, the name may not.

    Only ASCII letters fold, because no other letter can stand in a GitHub name.
    """
    return "".join(character.lower() if character.isascii() else character for character in repository.key)
