"""Why a repository has its label, in words."""

from whence_ledger.dashboard.look import Row


def reason_of(row: Row) -> str | None:
    """Of ``reason`` and ``evidence``: ``shares history with acme/api``; ``None`` where there is no reason."""
    reason, evidence = row["reason"], row["evidence"]
    if not reason:
        return None
    words: str = reason.replace("-", " ")
    if not evidence:
        return words
    return f"{words} {evidence}" if reason in {"shares-history-with", "fork-of"} else f"{words}: {evidence}"
