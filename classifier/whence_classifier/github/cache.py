"""The cache: GitHub's answers from earlier runs, in one file, so that the next run requests only changes.

It can be deleted at any time. Only one run at a time can use it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import filelock
import platformdirs

from whence_classifier.error import ClassifierError
from whence_classifier.github.github import api_url
from whence_classifier.github.inventory import Listing
from whence_classifier.github.lookup import Refused, Whereabouts
from whence_classifier.github.origin import Origin
from whence_classifier.github.pulls import Pulls
from whence_contract.private_file import write_private

VERSION = 1


class Cache(NamedTuple):
    """``listings``: by the requested organization name, in lower case. ``whereabouts``, ``refused``: by repository key.
    ``origins``: by root commit. ``suggested``: owners that earlier runs have suggested to list. ``pulls``,
    ``pulls_refused``: by repository key."""

    listings: dict[str, Listing]
    whereabouts: dict[str, Whereabouts]
    refused: dict[str, Refused]
    origins: Mapping[str, Origin] = {}
    suggested: tuple[str, ...] = ()
    pulls: Mapping[str, Pulls] = {}
    pulls_refused: Mapping[str, Refused] = {}


@contextmanager
def locked(github_url: str, owners: Iterable[str]) -> Iterator[Path]:
    """Lock the cache of one GitHub for these organizations and enterprises; yield its path.

    Other organizations mean other credentials, which see other repositories. Raises ``ClassifierError`` if another run
    has locked it.
    """
    folder = Path(platformdirs.user_cache_dir("whence", appauthor=False)) / "classifier"
    # Different spellings of one GitHub's address share a cache.
    address = api_url(github_url).partition("://")[2].lower()
    place = address.removesuffix("/api/v3") if "/" in address else address.removeprefix("api.")
    name = "".join(character if character.isalnum() or character in ".-" else "_" for character in place)
    name += "-" + hashlib.sha256("\n".join(sorted(owners)).lower().encode()).hexdigest()[:8]
    lock = filelock.FileLock(folder / f"{name}.lock", timeout=0, mode=0o600)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise ClassifierError(f"Another 'whence classify' for {place} is running. Wait until it ends.") from None
    except OSError as error:
        raise ClassifierError(f"Cannot use the cache in {folder} ({error.strerror}).") from error
    try:
        yield folder / f"{name}.json"
    finally:
        lock.release()


def load(path: Path) -> Cache:
    """Load the cache; return an empty one if it is missing or unreadable."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            return Cache({}, {}, {})
        return Cache(
            {name: _listing(item) for name, item in content["listings"].items()},
            {key: _whereabouts(item) for key, item in content["whereabouts"].items()},
            {key: _refused(**item) for key, item in content.get("refused", {}).items()},
            {commit: _origin(**item) for commit, item in content.get("origins", {}).items()},
            tuple(map(str, content.get("suggested", ()))),
            {key: Pulls(*map(str, item)) for key, item in content.get("pulls", {}).items()},
            {key: _refused(**item) for key, item in content.get("pulls_refused", {}).items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Cache({}, {}, {})


def save(path: Path, cache: Cache) -> None:
    """Write the cache atomically. Raises ``ClassifierError``."""
    content = {
        "version": VERSION,
        "listings": {name: item._asdict() for name, item in cache.listings.items()},
        "whereabouts": {key: list(item) for key, item in cache.whereabouts.items()},
        "refused": {key: item._asdict() for key, item in cache.refused.items()},
        "origins": {commit: item._asdict() for commit, item in cache.origins.items()},
        "suggested": cache.suggested,
        "pulls": cache.pulls,
        "pulls_refused": {key: item._asdict() for key, item in cache.pulls_refused.items()},
    }
    try:
        write_private(path, json.dumps(content))
    except OSError as error:
        raise ClassifierError(f"Cannot write {path} ({error.strerror}).") from error


def _listing(item: Mapping[str, Any]) -> Listing:
    repositories = {int(key): (str(name), str(updated)) for key, (name, updated) in item["repositories"].items()}
    return Listing(**{**item, "repositories": repositories})


def _whereabouts(item: list[Any]) -> Whereabouts:
    name, owner_id, parents, asked_at, etag = item
    above = tuple((str(one), int(owner)) for one, owner in parents) if parents else ()
    return Whereabouts(name, owner_id, above, float(asked_at), etag)


def _refused(reason: str, times: int, asked_at: float) -> Refused:
    return Refused(str(reason), int(times), float(asked_at))


def _origin(began_in: str | None, why: str, carriers: Iterable[str], asked_at: float) -> Origin:
    return Origin(began_in, str(why), tuple(map(str, carriers)), float(asked_at))
