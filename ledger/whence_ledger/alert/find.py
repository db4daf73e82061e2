"""Finding: every rule's question, asked of the ledger."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from whence_ledger.alert.book import Found, look_of
from whence_ledger.alert.rule import Rules

MAX_SUBJECTS = 200
"""Of one alert at a time: past that it is one matter, not many."""

_log = logging.getLogger(__name__)

Ask = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Answers ``sql/alerts/<name>.sql`` with these parameters."""


def find(ask: Ask, rules: Rules, now: datetime) -> list[Found]:
    """What is so ``now`` (UTC, without zone). Raises what the ledger raises: then nothing can be said of anything."""
    found = []
    for rule in rules.rules.values():
        rows = ask(rule.name, {"now": now, **rule.thresholds})
        if len(rows) > MAX_SUBJECTS:
            _log.warning("%s: %d subjects, of which %d are told", rule.name, len(rows), MAX_SUBJECTS)
        for row in sorted(rows, key=lambda row: (-float(row["value"]), row["subject"]))[:MAX_SUBJECTS]:
            value = float(row["value"])
            words = {"user": "", **rule.thresholds, **row, "value": value}
            found.append(Found(rule.name, row["subject"], value, rule.says.format_map(words), look_of(rule, row)))
    return found
