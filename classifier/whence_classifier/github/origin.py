"""Find out whether a history shared by a Managed repository and an outside one began in the organization.

Only then does an outside copy contain company history. A history began elsewhere if one of the Managed repositories
with its root commit is a fork of somebody else's, if the root commit was made long before the first of them was created
on GitHub (the history was imported), or if an older public repository of somebody else has it. GitHub is the only
source. If GitHub does not answer, the origin is unknown, and nobody is accused.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from whence_classifier.github.github import GitHub
from whence_classifier.github.refusal import Reach, Refusal
from whence_contract.repository import Repository

FRESH_SECONDS = 7 * 24 * 60 * 60
MAX_ORIGINS = 100
"""Searches per run: searches have their own rate limit, one per two seconds."""
FIRST_PUSH = timedelta(days=30)
"""How long before its first push a project may have existed on somebody's machine."""


class Origin(NamedTuple):
    """Where the history of one root commit began.

    ``began_in``: the full name of the organization's repository, ``None`` for elsewhere. ``why``: the evidence.
    ``carriers``: keys of the Managed repositories that have it.
    """

    began_in: str | None
    why: str
    carriers: tuple[str, ...]
    asked_at: float


class _First(NamedTuple):
    """The first of the repositories that have a root commit."""

    created_at: datetime
    id: int
    full_name: str


class _UnknownError(Exception):
    """GitHub gave no answer. ``stops``: it will not answer further requests either."""

    def __init__(self, stops: bool) -> None:
        super().__init__()
        self.stops = stops


def find_origins(
    github: GitHub,
    contested: Mapping[str, Sequence[Repository]],
    known: Mapping[str, Origin],
    owners: Mapping[int, str],
) -> dict[str, Origin]:
    """Find the origin of each root commit without a ``known`` origin of the last week for the same carriers.

    ``contested``: root commit to the Managed repositories that have it, all on this GitHub. ``owners``: id to name of
    its organizations. Returns no entry for a root commit if GitHub does not answer.
    """
    found: dict[str, Origin] = {}
    stale = [commit for commit, carriers in contested.items() if not _is_fresh(known.get(commit), carriers)]
    for commit in stale[:MAX_ORIGINS]:
        try:
            found[commit] = _ask(github, commit, contested[commit], owners)
        except _UnknownError as unknown:
            if unknown.stops:
                break
    return found


def _is_fresh(known: Origin | None, carriers: Sequence[Repository]) -> bool:
    return (
        known is not None
        and known.carriers == tuple(one.key for one in carriers)
        and 0 <= time.time() - known.asked_at < FRESH_SECONDS
    )


def _ask(github: GitHub, commit: str, carriers: Sequence[Repository], owners: Mapping[int, str]) -> Origin:
    keys, now = tuple(one.key for one in carriers), time.time()
    firsts = []
    for one in carriers:
        body = _get(github, f"/repos/{_path(one.owner, one.name)}", owners.values(), one.owner)
        if body.get("fork"):
            # The root of the network of forks; https://docs.github.com/rest/repos/repos#get-a-repository
            body = body.get("source") or body.get("parent") or {}
            if not isinstance(body, dict) or _owner_id(body) not in owners:
                upstream = str(body.get("full_name") or "a repository that is hidden")
                return Origin(None, f"{one.display} is a fork of {upstream}", keys, now)
        firsts.append(_first(body))
    first = min(firsts)
    found = _search(github, commit, owners.values(), first)
    made = _made_at(found[0]) if found else _made_in(github, commit, owners.values(), first)
    if made < first.created_at - FIRST_PUSH:
        return Origin(None, f"made on {made:%Y-%m-%d}, before {first.full_name} was created", keys, now)
    for item in found:
        there = item["repository"]
        # GitHub numbers repositories in the order of their creation.
        if _owner_id(there) not in owners and there["id"] < first.id:
            return Origin(None, f"in the older {there.get('full_name')} too", keys, now)
    return Origin(first.full_name, f"made on {made:%Y-%m-%d}", keys, now)


def _search(github: GitHub, commit: str, organizations: Collection[str], first: _First) -> list[dict[str, Any]]:
    """Return the commit in each visible repository whose default branch contains it.

    https://docs.github.com/search-github/searching-on-github/searching-commits
    """
    owner = first.full_name.partition("/")[0]
    answer = _get(github, f"/search/commits?q={quote('hash:' + commit)}&per_page=100", organizations, owner)
    items = answer.get("items")
    if answer.get("incomplete_results") is not False or not isinstance(items, list):
        raise _UnknownError(False)
    for item in items:
        there = item.get("repository") if isinstance(item, dict) else None
        if not isinstance(there, dict) or not isinstance(there.get("id"), int):
            raise _UnknownError(False)
    return items


def _made_in(github: GitHub, commit: str, organizations: Collection[str], first: _First) -> datetime:
    """Return when the commit was made. https://docs.github.com/rest/commits/commits#get-a-commit"""
    owner, _, name = first.full_name.partition("/")
    return _made_at(_get(github, f"/repos/{_path(owner, name)}/commits/{quote(commit)}", organizations, owner))


def _get(github: GitHub, path: str, organizations: Collection[str], owner: str) -> dict[str, Any]:
    """Return the body of a GET request, sent as the App's installation in ``owner`` if that is an organization.

    Raises ``_UnknownError``.
    """
    asked_as = next((one for one in organizations if one.lower() == owner.lower()), next(iter(organizations), ""))
    answer = github.look(path, organization=asked_as)
    if isinstance(answer, Refusal):
        raise _UnknownError(answer.reach is not Reach.REQUEST)
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise _UnknownError(False)
    return answer.body


def _path(owner: str, name: str) -> str:
    return f"{quote(owner, safe='')}/{quote(name, safe='')}"


def _owner_id(body: Mapping[str, Any]) -> int | None:
    owner = body.get("owner")
    number = owner.get("id") if isinstance(owner, dict) else None
    return number if isinstance(number, int) else None


def _first(body: Mapping[str, Any]) -> _First:
    try:
        return _First(datetime.fromisoformat(body["created_at"]), int(body["id"]), str(body["full_name"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _UnknownError(False) from error


def _made_at(body: Mapping[str, Any]) -> datetime:
    try:
        return min(datetime.fromisoformat(body["commit"][who]["date"]) for who in ("author", "committer"))
    except (KeyError, TypeError, ValueError) as error:
        raise _UnknownError(False) from error
