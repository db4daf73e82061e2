"""Insights: what the rules of ``insights.sql`` found, in words."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """``title`` and ``evidence`` are filled with the row. ``widget``: the report that shows more."""

    title: str
    evidence: str
    widget: str


RULES = {
    "low-cache-hit-rate-of-user": Rule(
        "{subject} misses the cache more than others",
        "{measured:.0%} of the prompt tokens came from the cache, against {reference:.0%} of everybody's. Long pauses, "
        "changing CLAUDE.md or tools within a session, and many short sessions cost cache hits.",
        "users",
    ),
    "low-cache-hit-rate-of-repository": Rule(
        "Work on {subject} misses the cache more than other work",
        "{measured:.0%} of the prompt tokens came from the cache, against {reference:.0%} of everything. Large files "
        "that each session reads anew are a usual cause.",
        "repositories",
    ),
    "expensive-model-on-small-sessions": Rule(
        "Small sessions on {subject}",
        "Sessions with less than 2,000 output tokens cost ${cost_usd:,.2f} on {subject}. It costs "
        "${measured:.2f} for a million input tokens' worth, {cheapest_model} ${reference:.2f}.",
        "models",
    ),
    "fast-mode": Rule(
        "Fast mode on {subject}",
        "It cost ${cost_usd:,.2f}: ${measured:.2f} for a million input tokens' worth, against ${reference:.2f} at "
        "normal speed.",
        "models",
    ),
    "high-effort-on-small-sessions": Rule(
        "High effort on small sessions",
        "{high_sessions:,} small {high_sessions_word} at high effort cost ${measured:.2f} each, against "
        "${reference:.2f} at less.",
        "sessions",
    ),
    "cache-writes-never-read": Rule(
        "Cache writes that nobody read",
        "{unread_sessions:,} {unread_sessions_word} wrote {measured:,.0f} tokens to the cache and read "
        "{reference:,.0f} from it. A write costs a quarter more than the same tokens without a cache.",
        "sessions",
    ),
    "sessions-without-a-change": Rule(
        "Expensive sessions that changed nothing",
        "{unchanged_sessions:,} {unchanged_sessions_word} left no line, commit or pull request and cost "
        "${measured:.2f} each, against ${reference:.2f} on average. The estimate is what they cost beyond "
        "that average.",
        "sessions",
    ),
    "subagents-on-an-expensive-model": Rule(
        "Subagents on {subject}",
        "Subagents cost ${cost_usd:,.2f} on {subject}, ${measured:.2f} for a million input tokens' worth; "
        "{cheapest_model} costs ${reference:.2f}.",
        "models",
    ),
    "outside-the-organization": Rule(
        "Spend outside the organization",
        "${cost_usd:,.2f}, {measured:.1%} of all, went to {reference:,.0f} {repositories_word} that the organization "
        "does not own.",
        "unmanaged",
    ),
}


def explain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the question with its title, its evidence and the report that shows more."""
    rule = RULES[row["rule"]]
    counts = ("high_sessions", "unread_sessions", "unchanged_sessions")
    nouns = {f"{name}_word": "session" if row.get(name) == 1 else "sessions" for name in counts}
    nouns["repositories_word"] = "repository" if row.get("reference") == 1 else "repositories"
    # A name is a value here, so that whatever it holds stays as it is.
    words = {"title": rule.title.format(**row), "evidence": rule.evidence.format(**row, **nouns), "widget": rule.widget}
    return {name: row[name] for name in ("rule", "subject", "saving_usd", "cost_usd")} | words
