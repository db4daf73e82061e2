"""Looking up single repositories: where one is now that is in no organization's list.

A remote may hold a name from before a rename or a transfer; GitHub redirects from it until somebody else takes it.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from whence_classifier.github import GitHub
from whence_contract.repository import Repository

FRESH_SECONDS = 24 * 60 * 60
MAX_LOOKUPS = 2000
"""How many one run asks for: half an hour's share of an ordinary rate limit. The others wait for the next."""


class Whereabouts(NamedTuple):
    """What GitHub says of one repository. ``name``: its full name now, ``None`` where it is not, or hidden.

    ``owner_id``: of its owner now. ``parents``: what it is a fork of, nearest first, as full name and owner's id.
    """

    name: str | None
    owner_id: int | None
    parents: tuple[tuple[str, int], ...]
    asked_at: float
    etag: str | None = None


def is_fresh(known: Whereabouts) -> bool:
    """Whether it need not be asked again yet."""
    return 0 <= time.time() - known.asked_at < FRESH_SECONDS


def look_up(
    github: GitHub,
    repositories: Iterable[Repository],
    known: Mapping[str, Whereabouts],
    organizations: Sequence[str],
    progress: Callable[[int, int | None], None] = lambda *_: None,
) -> dict[str, Whereabouts]:
    """What GitHub says of those that are not ``known``, or not for a day, by key: of as many as one run may ask for,
    those never asked first. Raises ``ClassifierError``.

    https://docs.github.com/rest/repos/repos#get-a-repository
    """
    stale: dict[str, tuple[float, Repository]] = {}
    for repository in repositories:
        key = repository.key
        before = known.get(key)
        if before is None or not is_fresh(before):
            stale[key] = (before.asked_at if before else 0.0, repository)
    asked = sorted(stale, key=lambda key: stale[key][0])[:MAX_LOOKUPS]
    found = {}
    for place, key in enumerate(asked, 1):
        found[key] = _ask(github, stale[key][1], known.get(key), organizations)
        progress(place, len(asked))
    return found


def _ask(
    github: GitHub, repository: Repository, known: Whereabouts | None, organizations: Sequence[str]
) -> Whereabouts:
    path = f"/repos/{quote(repository.owner, safe='')}/{quote(repository.name, safe='')}"
    now = time.time()
    # An App's installation sees what is private in its own organization only.
    for organization in organizations if github.is_app else organizations[:1]:
        answer = github.get(path, etag=known.etag if known else None, organization=organization)
        if answer.status == 304 and known:
            return known._replace(asked_at=now)
        if answer.status == 200:
            return _whereabouts(answer.body, now, answer.etag)
    return Whereabouts(None, None, (), now)


def _whereabouts(body: Mapping[str, Any], now: float, etag: str | None) -> Whereabouts:
    above = [body[name] for name in ("parent", "source") if isinstance(body.get(name), dict)]
    parents = tuple(dict.fromkeys((str(one["full_name"]), int(one["owner"]["id"])) for one in above))
    return Whereabouts(str(body["full_name"]), int(body["owner"]["id"]), parents, now, etag)
