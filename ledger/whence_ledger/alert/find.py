"""Evaluate the alert rules against the ledger."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from whence_ledger.alert.book import Found, look_of
from whence_ledger.alert.rule import Rules

MAX_SUBJECTS = 200
"""The most subjects of one alert that are reported at a time."""

_log = logging.getLogger(__name__)

Ask = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Runs ``sql/alerts/<name>.sql`` with these parameters and returns its rows."""


def find(ask: Ask, rules: Rules, now: datetime) -> list[Found]:
    """Return every condition that holds at ``now`` (UTC, naive). Raises whatever the ledger raises."""
    found = []
    for rule in rules.rules.values():
        rows = ask(rule.name, {"now": now, **rule.thresholds})
        if len(rows) > MAX_SUBJECTS:
            _log.warning(
                "Alert %s has %d subjects; only the %d largest are reported", rule.name, len(rows), MAX_SUBJECTS
            )
        for row in sorted(rows, key=lambda row: (-float(row["value"]), row["subject"]))[:MAX_SUBJECTS]:
            value = float(row["value"])
            words = {"user": "", **rule.thresholds, **row, "value": value}
            found.append(Found(rule.name, row["subject"], value, rule.says.format_map(words), look_of(rule, row)))
    return found
