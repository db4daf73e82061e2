"""Explain the rows of ``sql/insights`` with the text of ``insights.toml``."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """One insight. ``title`` and ``evidence`` are filled with the row. ``report``: the report that shows more.
    ``thresholds``: the numbers that its SQL names."""

    title: str
    evidence: str
    report: str
    thresholds: dict[str, float]


def _load() -> dict[str, Rule]:
    tables = tomllib.loads(files("whence_ledger.model").joinpath("insights.toml").read_text(encoding="utf-8"))
    rules = {}
    for name, table in tables.items():
        thresholds = {key: value for key, value in table.items() if isinstance(value, (int, float))}
        rules[name] = Rule(table["title"], table["evidence"], table["report"], thresholds)
    return rules


RULES = _load()


def explain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the insights with its title, its evidence and the report that shows more."""
    rule = RULES[row["rule"]]
    counts = ("high_sessions", "unread_sessions", "unchanged_sessions")
    nouns = {f"{name}_word": "session" if row.get(name) == 1 else "sessions" for name in counts}
    nouns["repositories_word"] = "repository" if row.get("reference") == 1 else "repositories"
    # Names are passed as values, so braces in them are not replaced.
    words = {"title": rule.title.format(**row), "evidence": rule.evidence.format(**row, **nouns), "widget": rule.report}
    return {name: row[name] for name in ("rule", "subject", "saving_usd", "cost_usd")} | words
