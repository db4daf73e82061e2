"""Why a repository has its label, in words."""

from whence_ledger.dashboard.look import Row

_LEADS_ON = {"shares-history-with", "fork-of", "mirror-of"}
"""Reasons that end in a preposition: what follows is the evidence."""


def reason_of(row: Row) -> str | None:
    """Put ``reason`` and ``evidence`` into words: ``shares history with acme/api``; ``None`` without a reason."""
    reason, evidence = row["reason"], row["evidence"]
    if not reason:
        return None
    words: str = reason.replace("-", " ")
    if not evidence:
        return words
    return f"{words} {evidence}" if reason in _LEADS_ON else f"{words}: {evidence}"
