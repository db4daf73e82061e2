"""Pull requests, as the classifier lists them."""

from datetime import datetime
from typing import NamedTuple


class PullRequest(NamedTuple):
    """A pull request from a branch of its own repository.

    ``repository``: its key. ``state``: open, merged, or closed without a merge. ``title`` and ``author`` may be empty.
    ``head``: name of its branch. ``commits``: ids of its commits, as far as they are known. Moments are naive, in UTC.
    """

    repository: str
    number: int
    title: str
    state: str
    author: str
    head: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    commits: tuple[str, ...] = ()
