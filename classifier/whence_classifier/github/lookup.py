"""Look up repositories that are in no organization's list.

A remote may use a name from before a rename or a transfer; GitHub redirects it until somebody else takes the name.
GitHub may refuse to answer about one repository. That does not concern the others: a later run asks again, and until
then the repository keeps its last answer.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from whence_classifier.error import ClassifierError
from whence_classifier.github import parse
from whence_classifier.github.github import GitHub
from whence_classifier.github.refusal import Reach, Refusal
from whence_contract.repository import Repository

FRESH_SECONDS = 24 * 60 * 60
MAX_LOOKUPS = 2000
"""Look-ups per run: what the standard rate limit allows in half an hour. The others wait for the next run."""
FIRST_REFUSAL_SECONDS = 30 * 60
"""How long to wait after a first refusal; each further refusal doubles it, up to a day."""
MAX_FAILURES = 3
"""After this many consecutive failures, we assume that GitHub itself is down."""


class Whereabouts(NamedTuple):
    """GitHub's answer about one repository. ``name``: its current full name; ``None`` if it is missing or hidden.

    ``owner_id``: id of its current owner. ``parents``: the repositories it was forked from, nearest first, as full name
    and owner's id.
    """

    name: str | None
    owner_id: int | None
    parents: tuple[tuple[str, int], ...]
    asked_at: float
    etag: str | None = None


class Refused(NamedTuple):
    """GitHub's refusal to answer about a repository. ``times``: how often. ``asked_at``: when last."""

    reason: str
    times: int
    asked_at: float


class LookUps(NamedTuple):
    """The look-ups of one run, by repository key. ``refused``: the refusals of this run. ``stopped``: why the run
    stopped looking up early; empty if it did not."""

    found: dict[str, Whereabouts]
    refused: dict[str, Refused]
    stopped: str = ""


def is_fresh(known: Whereabouts) -> bool:
    """Return whether the answer is recent enough."""
    return 0 <= time.time() - known.asked_at < FRESH_SECONDS


def is_waiting(refused: Refused) -> bool:
    """Return whether it is too early to retry."""
    pause = min(float(FIRST_REFUSAL_SECONDS << min(refused.times - 1, 10)), FRESH_SECONDS)
    return 0 <= time.time() - refused.asked_at < pause


def look_up(
    github: GitHub,
    repositories: Iterable[Repository],
    known: Mapping[str, Whereabouts],
    organizations: Sequence[str],
    progress: Callable[[int, int | None], None] = lambda *_: None,
    *,
    refused: Mapping[str, Refused] = {},
) -> LookUps:
    """Look up repositories that have no ``known`` answer of the last day, up to the limit of a run.

    Repositories that were never looked up come first; those that were ``refused`` before come last.
    https://docs.github.com/rest/repos/repos#get-a-repository
    """
    stale: dict[str, Repository] = {}
    for repository in repositories:
        key = repository.key
        if key in known and is_fresh(known[key]):
            continue
        if not (key in refused and is_waiting(refused[key])):
            stale[key] = repository
    asked = sorted(stale, key=lambda key: (key in refused, known[key].asked_at if key in known else 0.0))[:MAX_LOOKUPS]
    looked, failures = LookUps({}, {}), 0
    for place, key in enumerate(asked, 1):
        answer = _ask(github, stale[key], known.get(key), organizations)
        progress(place, len(asked))
        if isinstance(answer, Whereabouts):
            looked.found[key] = answer
            failures = 0
            continue
        if answer.reach in {Reach.LIMIT, Reach.CREDENTIALS}:
            return looked._replace(stopped=answer.problem)
        times = refused[key].times + 1 if key in refused else 1
        looked.refused[key] = Refused(answer.reason, times, time.time())
        failures = failures + 1 if answer.reach is Reach.OUTAGE else 0
        if failures == MAX_FAILURES:
            return looked._replace(stopped=answer.problem)
    return looked


def _ask(
    github: GitHub, repository: Repository, known: Whereabouts | None, organizations: Sequence[str]
) -> Whereabouts | Refusal:
    path = f"/repos/{quote(repository.owner, safe='')}/{quote(repository.name, safe='')}"
    now = time.time()
    refusal = None
    # An App's installation sees only its own organization's private repositories.
    for organization in organizations if github.is_app else organizations[:1]:
        answer = github.look(path, known.etag if known else None, organization)
        if isinstance(answer, Refusal):
            refusal = answer
        elif answer.status == 304 and known:
            return known._replace(asked_at=now)
        elif answer.status == 200:
            try:
                there = parse.repository(answer.body)
            except ClassifierError as error:
                refusal = Refusal(Reach.REQUEST, str(error), str(error))
            else:
                return Whereabouts(there.full_name, there.owner_id, there.parents, now, answer.etag)
    return refusal or Whereabouts(None, None, (), now)
