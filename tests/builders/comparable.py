"""Answers of two engines, made comparable."""

from datetime import datetime
from typing import Any

import pytest

_OWN = {"at", "classified_at"}
"""When a label changed or a scope was judged is each store's own."""


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what the engines' clients merely write differently: zones, the last bits of quotients."""
    return [{name: _plain(value) for name, value in row.items() if name not in _OWN} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9)
    return value
