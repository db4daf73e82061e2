"""Verdicts: labels that one run of the classifier gives, the scopes it judges, and which earlier labels stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

OVERRIDE = "override"
CERTAIN = frozenset({OVERRIDE, "in-organization", "renamed-in-organization"})
"""Reasons that nobody else can know better: what people wrote, and what the organization's own GitHub says."""


class Verdict(NamedTuple):
    """The label of one repository.

    ``repository``: its key. ``scope``: that of the organization which the label follows from; empty where it follows
    from none. ``left_on``: the day (UTC) on which the organization did not have it any more.
    """

    repository: str
    label: str
    reason: str
    evidence: str | None = None
    scope: str = ""
    left_on: date | None = None


class Scope(NamedTuple):
    """An organization that a run lists, or a host that its overrides name (``organization`` is then empty).

    ``scope``: its key. ``organization_id``: GitHub's, which a rename keeps; 0 for a host.
    """

    scope: str
    host: str
    organization: str
    organization_id: int


def without_held(verdicts: Sequence[Verdict], held: Mapping[str, str]) -> list[Verdict]:
    """Drop the verdicts that another run's label withstands.

    ``held``: repository to reason, of the labels that follow from a scope of another run. They give way to a certain
    verdict, unless people wrote them.
    """
    return [
        one
        for one in verdicts
        if one.repository not in held or (one.reason in CERTAIN and held[one.repository] != OVERRIDE)
    ]
