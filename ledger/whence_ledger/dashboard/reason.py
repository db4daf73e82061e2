"""Explain in words why a repository has its label."""

from whence_ledger.dashboard.look import Row

_LEADS_ON = {"shares-history-with", "fork-of", "mirror-of"}
"""Reasons that read on into their evidence."""


def reason_of(row: Row) -> str | None:
    """Return ``reason`` and ``evidence`` as words, such as ``shares history with acme/api``, or ``None``."""
    reason, evidence = row["reason"], row["evidence"]
    if not reason:
        return None
    words: str = reason.replace("-", " ")
    if not evidence:
        return words
    return f"{words} {evidence}" if reason in _LEADS_ON else f"{words}: {evidence}"
