"""List the pull requests of repositories: those that have changed since the ledger last had them.

GitHub may refuse to list those of one repository. That says nothing of the others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

import click

from whence_classifier.error import ClassifierError
from whence_classifier.github import parse
from whence_classifier.github.github import PER_PAGE, Answer, GitHub
from whence_classifier.github.lookup import MAX_FAILURES, Refused, is_waiting
from whence_classifier.github.parse import PullRequest
from whence_classifier.github.refusal import Reach, Refusal
from whence_contract.terminal import plain

MAX_PAGES = 1000
"""Requests per run. The other repositories wait for the next run."""
MAX_PAGES_OF_ONE = 100
MAX_COMMITS = 500
"""Pull requests per run whose commits are listed, one request each. Of the others only the last commit is known."""
NO_PERMISSION = "Resource not accessible by"
"""How GitHub begins to say that a token, or an App, lacks a permission.
https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible"""
NAMES_SHOWN = 5
_NEWEST = {"state": "all", "sort": "updated", "direction": "desc", "per_page": PER_PAGE}


class Wanted(NamedTuple):
    """A repository whose pull requests are asked for.

    ``key``: in the ledger. ``owner``, ``name``: on GitHub now. ``since``: the first touch of one of its branches.
    ``until``: the last change of a pull request that the ledger has; ``None`` if it has none.
    """

    key: str
    owner: str
    name: str
    since: datetime
    until: datetime | None


class Pulls(NamedTuple):
    """The ETag of the first page, and the last change that the ledger had then, as GitHub writes it; empty for none."""

    etag: str
    until: str


class Listed(NamedTuple):
    """The listings of one run. ``found``: with the repository's key. ``pages``: of what was found, by key. ``refused``:
    by key. ``denied``: owners whose repositories the credentials may not list pull requests of. ``waiting``: how many
    repositories wait for the next run; ``stopped``: why, if not because of the limit of a run."""

    found: list[tuple[str, PullRequest]]
    pages: dict[str, Pulls]
    refused: dict[str, Refused]
    denied: list[str]
    waiting: int = 0
    stopped: str = ""


def list_pulls(
    github: GitHub,
    wanted: Sequence[Wanted],
    known: Mapping[str, Pulls],
    refused: Mapping[str, Refused],
    progress: Callable[[int, int | None], None] = lambda *_: None,
) -> Listed:
    """List the pull requests that have changed, from branches of the repositories themselves; forks' are left out.

    ``known``, ``refused``: of earlier runs. https://docs.github.com/rest/pulls/pulls#list-pull-requests
    """
    listed = Listed([], {}, {}, [])
    asked = [one for one in wanted if not (one.key in refused and is_waiting(refused[one.key]))]
    # Those that were never listed come last: they take the most requests.
    asked.sort(key=lambda one: (one.key not in known, one.key))
    pages, failures, left = 0, 0, MAX_COMMITS
    for place, one in enumerate(asked):
        progress(place, len(asked))
        if one.owner.lower() in listed.denied:
            continue
        if pages >= MAX_PAGES:
            return listed._replace(waiting=len(asked) - place)
        found, used = _list(github, one, known.get(one.key))
        pages += used
        if isinstance(found, _Found):
            newest = sorted(found.changed, key=lambda each: each.updated_at, reverse=True)
            some = newest[:left]
            left -= len(some)
            listed.found.extend((one.key, _with_commits(github, one, each)) for each in some)
            listed.found.extend((one.key, each) for each in newest[len(some) :])
            listed.pages[one.key] = found.pulls
            failures = 0
            continue
        if found.reach in {Reach.LIMIT, Reach.CREDENTIALS}:
            return listed._replace(waiting=len(asked) - place, stopped=found.problem)
        if NO_PERMISSION in found.reason:
            listed.denied.append(one.owner.lower())
            continue
        times = refused[one.key].times + 1 if one.key in refused else 1
        listed.refused[one.key] = Refused(found.reason, times, time.time())
        failures = failures + 1 if found.reach is Reach.OUTAGE else 0
        if failures == MAX_FAILURES:
            return listed._replace(waiting=len(asked) - place - 1, stopped=found.problem)
    return listed


class _Found(NamedTuple):
    changed: list[PullRequest]
    pulls: Pulls


def _list(github: GitHub, one: Wanted, known: Pulls | None) -> tuple[_Found | Refusal, int]:
    """Return what has changed, all of it or a refusal, and how many requests it took."""
    until = _written(one.until) if one.until else ""
    # What the ledger lost since, as after the restore of a backup, is listed again.
    etag = known.etag if known and known.until == until else None
    enough = max(until, _written(one.since))
    found: dict[int, PullRequest] = {}
    first = ""
    for page in range(1, 1 + MAX_PAGES_OF_ONE):
        answer = _page(github, one, page, etag if page == 1 else None)
        if isinstance(answer, Refusal):
            return answer, page
        if answer.status == 304 and known:
            return _Found([], known), page
        try:
            pulls = parse.pull_requests(answer.body)
        except ClassifierError as error:
            return Refusal(Reach.REQUEST, str(error), str(error)), page
        first = first or answer.etag or ""
        found.update((each.number, each) for each, own in pulls if own and each.updated_at >= enough)
        if not answer.has_next or not pulls or pulls[-1][0].updated_at < enough:
            newest = max((each.updated_at for each in found.values()), default=until)
            return _Found(list(found.values()), Pulls(first, newest)), page
    problem = f"more than {MAX_PAGES_OF_ONE * PER_PAGE} pull requests have changed"
    return Refusal(Reach.REQUEST, problem, problem), MAX_PAGES_OF_ONE


def _with_commits(github: GitHub, one: Wanted, pull: PullRequest) -> PullRequest:
    """Return the pull request with its first commits too. If GitHub does not list them, its last one has to do."""
    answer = github.look(f"{_path(one)}/{pull.number}/commits", None, one.owner, {"per_page": PER_PAGE})
    if isinstance(answer, Refusal) or answer.status != 200:
        return pull
    try:
        found = parse.commits(answer.body)
    except ClassifierError:
        return pull
    return pull._replace(commits=tuple(dict.fromkeys((*pull.commits, *found))))


def _path(one: Wanted) -> str:
    return f"/repos/{quote(one.owner, safe='')}/{quote(one.name, safe='')}/pulls"


def _page(github: GitHub, one: Wanted, page: int, etag: str | None) -> Answer | Refusal:
    answer = github.look(_path(one), etag, one.owner, _NEWEST | {"page": page})
    if isinstance(answer, Answer) and answer.status == 404:
        return Refusal(Reach.REQUEST, "404: not found, or hidden from these credentials", "404: not found, or hidden")
    return answer


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def explain_pulls(listed: Sequence[Listed]) -> None:
    """Print for which repositories no pull requests could be listed, and why."""
    denied = sorted({owner for one in listed for owner in one.denied})
    if denied:
        said = (
            f"The credentials may not read pull requests of {', '.join(denied)}: none were listed. Give them the "
            "permission 'Pull requests: read', or leave out --pull-requests."
        )
        click.echo(plain(said), err=True)
    by_reason: dict[str, list[str]] = {}
    for one in listed:
        for key, refused in one.refused.items():
            by_reason.setdefault(refused.reason, []).append(key)
    for reason, keys in by_reason.items():
        shown = ", ".join(keys[:NAMES_SHOWN]) + (f" and {len(keys) - NAMES_SHOWN} more" * (len(keys) > NAMES_SHOWN))
        said = f"GitHub lists no pull requests of {shown} ({reason.rstrip('.')}); whence will retry later."
        click.echo(plain(said), err=True)
    for stopped in dict.fromkeys(one.stopped for one in listed if one.stopped):
        click.echo(plain(f"Stopped listing pull requests early: {stopped}"), err=True)
    if waiting := sum(one.waiting for one in listed):
        wait = "repository waits" if waiting == 1 else "repositories wait"
        click.echo(f"{waiting} {wait} for the next run to list pull requests.", err=True)
