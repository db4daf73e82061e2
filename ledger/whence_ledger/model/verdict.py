"""Verdicts: labels that one run of the classifier gives, the scopes it judges, and which earlier labels stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

OVERRIDE = "override"
CERTAIN = frozenset({OVERRIDE, "in-organization", "renamed-in-organization"})
"""Reasons that another run cannot improve on: manual labels, and what the organization's own GitHub reports."""


class Verdict(NamedTuple):
    """The label of one repository.

    ``repository``: its key. ``scope``: the scope of the organization that the label is based on; empty for none.
    ``left_on``: the day (UTC) on which it had left the organization.
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
    """Return the verdicts without those that must not replace another run's label.

    ``held``: reason by repository, for the labels that are based on a scope of another run. A certain verdict replaces
    them, unless they are manual.
    """
    return [
        one
        for one in verdicts
        if one.repository not in held or (one.reason in CERTAIN and held[one.repository] != OVERRIDE)
    ]
