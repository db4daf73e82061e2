"""Verdicts: what the classifier says of repositories."""

from typing import NamedTuple


class Verdict(NamedTuple):
    """What it says of one. ``repository``: its key."""

    repository: str
    label: str
    reason: str
    evidence: str | None = None
