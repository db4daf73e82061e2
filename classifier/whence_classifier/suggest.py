"""Suggest organizations that many people work in and no run lists."""

from collections.abc import Iterable

from whence_classifier.judge import Evidence, Judgement
from whence_classifier.ledger import Owner

MANY = 5
"""Minimum number of people who worked in an owner's repositories; fewer may be contributors."""
MOST = 3
"""Suggestions per run."""


def missing(owners: Iterable[Owner], judgements: Iterable[Judgement], evidence: Evidence) -> list[Owner]:
    """Return the owners on an organization's host with many users and repositories judged to be outside, most users
    first. Owners covered by overrides are left out."""
    outside = {
        (one.repository.host, one.repository.owner.lower())
        for one in judgements
        if one.reason in {"outside-organization", "fork-of", "shares-history-with"}
    }
    hosts = {one.host for one in evidence.inventories}
    found = [one for one in owners if one.users >= MANY and one.host in hosts]
    found = [one for one in found if (one.host, one.name.lower()) in outside]
    return sorted(found, key=lambda one: -one.users)[:MOST]
