"""Suggest organizations that many people work in and no run lists."""

from collections.abc import Iterable

from whence_classifier.judge import Evidence, Judgement
from whence_classifier.ledger import Owner

MANY = 5
"""Minimum number of people who worked in an owner's repositories; fewer may be outside contributors."""
MOST = 3
"""Suggestions per run."""


def missing(owners: Iterable[Owner], judgements: Iterable[Judgement], evidence: Evidence) -> list[Owner]:
    """Return the owners with at least ``MANY`` users whose repositories are labelled as outside, most users first.

    Only owners on the host of a listed organization. Owners in the overrides are left out.
    """
    outside = {
        (one.repository.host, one.repository.owner.lower())
        for one in judgements
        if one.reason in {"outside-organization", "fork-of", "shares-history-with"}
    }
    hosts = {one.host for one in evidence.inventories}
    found = [one for one in owners if one.users >= MANY and one.host in hosts]
    found = [one for one in found if (one.host, one.name.lower()) in outside]
    return sorted(found, key=lambda one: -one.users)[:MOST]
