"""Describe an alert rule: what it detects, its SQL and its PromQL, read from the rule's own files."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

from whence_ledger.alert.rule import Rule

_FILES = files("whence_ledger")
_NOW = "(now() AT TIME ZONE 'UTC')"


class Description(NamedTuple):
    """``detects``: in words, with the thresholds in force. ``sql``: in DuckDB's dialect, with the thresholds in force,
    as of now. ``promql``: with the thresholds in force, empty if there is none. ``summary``: the PromQL's, a
    template of Prometheus. ``limits``: what the PromQL does not detect, or why there is none."""

    detects: str
    sql: str
    promql: str
    summary: str
    limits: str


def describe(rule: Rule) -> Description:
    """Describe a rule."""
    words, sql = _parts(_FILES.joinpath(f"sql/alerts/{rule.name}.sql").read_text(encoding="utf-8"), "--")
    notes, promql = _parts(_FILES.joinpath(f"alert/promql/{rule.name}.promql").read_text(encoding="utf-8"), "#")
    summary, limits = (notes[0], " ".join(notes[1:])) if promql else ("", " ".join(notes))
    in_words = {name: in_words_of(name, value) for name, value in rule.thresholds.items()}
    # The comment ends with the meaning of the column value, for authors.
    detects = _fill(" ".join(words).partition(" value: ")[0], in_words)
    values = {name: f"{value:.12g}" for name, value in rule.thresholds.items()}
    return Description(detects, _fill(sql, values | {"now": _NOW}), _fill(promql, values), summary, limits)


def in_words_of(name: str, value: float) -> str:
    """Return a threshold as people write it: dollars, a percentage, or a count."""
    if name == "usd":
        return f"${value:,.2f}".removesuffix(".00")
    return f"{value:.0%}" if name == "share" and round(value, 2) == value else f"{value:,.12g}"


def _parts(text: str, sign: str) -> tuple[list[str], str]:
    """Return the lines of the comment at the top of a file, and the rest."""
    lines = text.splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith(sign)), len(lines))
    return [line.removeprefix(sign).strip() for line in lines[:end]], "\n".join(lines[end:]).strip()


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda one: values.get(one[1], one[0]), text)
