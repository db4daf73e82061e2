"""Make the answers of two engines comparable."""

from datetime import datetime
from typing import Any

import pytest

_OWN = {"at", "classified_at"}
"""Columns that differ between stores: when a label changed or a scope was labelled."""


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without differences in notation: time zones, the last bits of quotients."""
    return [{name: _plain(value) for name, value in row.items() if name not in _OWN} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9)
    return value
