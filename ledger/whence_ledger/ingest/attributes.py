"""Read attributes of OTLP items by name.

Attributes that the ledger does not use, such as prompts and tool inputs, are discarded.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

MAX_NUMBER = 999_999_999
"""The largest number that one item may carry. It fits into DECIMAL(18, 9) and is far larger than any real delta."""
MAX_TEXT = 512
MAX_ATTRIBUTES = 128
"""The most attributes that one item may carry; OpenTelemetry's default limit.
https://opentelemetry.io/docs/specs/otel/common/#attribute-limits"""
MAX_LISTED = 384
"""The most strings in all lists of one item together: a span of the hook names up to 256 tool calls."""

MAX_KEPT, MAX_KEPT_BYTES = 32_768, 2_048
"""How many lists of attributes are cached, and the longest of them, encoded."""

Attributes = Mapping[str, Any]


def read_attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Return the attributes by key: strings, numbers, booleans and lists of strings. Lists are cut after ``MAX_LISTED``
    strings in total."""
    attributes: dict[str, Any] = {}
    left = MAX_LISTED
    for pair in pairs:
        value = pair.value
        # Nearly all values are text, and reading the field is faster than checking which field is set.
        if text := value.string_value:
            attributes[pair.key] = text
            continue
        kind = value.WhichOneof("value")
        if kind in {"string_value", "int_value", "double_value", "bool_value"}:
            attributes[pair.key] = getattr(value, kind)
        elif kind == "array_value":
            attributes[pair.key] = [item.string_value for item in value.array_value.values[:left]]
            left -= len(attributes[pair.key])
    return attributes


def team_of(attributes: Attributes) -> str:
    """Return ``team.id``, else ``department``, else ``cost_center``; empty if none is set."""
    return text(attributes.get("team.id") or attributes.get("department") or attributes.get("cost_center"))


def text(value: object) -> str:
    """Return a value as text of at most ``MAX_TEXT`` characters; empty if it is missing."""
    if value is None:
        return ""
    return cut(str(value)) if isinstance(value, str | int | float) else ""


def email(value: object) -> str:
    """Return an e-mail address in lower case: addresses that differ only in case are one user."""
    return text(value).lower()


def cut(value: str) -> str:
    """Return ``value`` as the store can hold it: without null characters, at most ``MAX_TEXT`` characters."""
    if "\0" in value:
        value = value.replace("\0", "")
    return value if len(value) <= MAX_TEXT else value[:MAX_TEXT]


def amount(value: object) -> float | None:
    """Return a number from 0 to ``MAX_NUMBER``, which some clients send as text; ``None`` for anything else."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= MAX_NUMBER else None


def count(value: object) -> int | None:
    """Return :func:`amount` as an integer."""
    number = amount(value)
    return None if number is None else int(number)


def utc_offset(value: object) -> int | None:
    """Return an offset from UTC in minutes, from -12:00 to +14:00 as the world's clocks have it; ``None`` for anything
    else."""
    try:
        minutes = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else MAX_NUMBER
    except ValueError:
        return None
    return minutes if -720 <= minutes <= 840 else None


def truth(value: object) -> bool | None:
    """Return a boolean, which some clients send as text."""
    return {"true": True, "false": False}.get(str(value).lower())
