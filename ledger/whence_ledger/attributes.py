"""Attributes of OTLP items, read by name.

Whatever nobody asks for, prompts and tool inputs among it, goes no further than this.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

MAX_NUMBER = 999_999_999
"""The largest number that one item may carry: what DECIMAL(18, 9) holds, and far more than one delta can be."""
MAX_TEXT = 512

Attributes = Mapping[str, Any]


def read_attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Strings, numbers, truths and lists of strings, by key."""
    attributes: dict[str, Any] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in {"string_value", "int_value", "double_value", "bool_value"}:
            attributes[pair.key] = getattr(pair.value, kind)
        elif kind == "array_value":
            attributes[pair.key] = [item.string_value for item in pair.value.array_value.values]
    return attributes


def team_of(attributes: Attributes) -> str | None:
    """``team.id``, else ``department``, else ``cost_center``."""
    names = (text(attributes.get(name)) for name in ("team.id", "department", "cost_center"))
    return next((name for name in names if name), None)


def text(value: object) -> str | None:
    """A value as text of at most ``MAX_TEXT`` characters; ``None`` for none."""
    return cut(str(value)) or None if isinstance(value, str | int | float) else None


def cut(value: str) -> str:
    """``value`` as the store can hold it."""
    return value.replace("\0", "")[:MAX_TEXT]


def amount(value: object) -> float | None:
    """A number from 0 to ``MAX_NUMBER``, which some clients send as text; ``None`` for anything else."""
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= MAX_NUMBER else None


def count(value: object) -> int | None:
    """As :func:`amount`, whole."""
    number = amount(value)
    return None if number is None else int(number)


def truth(value: object) -> bool | None:
    """True and false, which some clients send as text."""
    return {"true": True, "false": False}.get(str(value).lower())


def item_id(identity: tuple[object, ...]) -> str:
    """128 bits in hex that tell one item from another, the same whoever delivers it and however often."""
    return hashlib.blake2b(repr(identity).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
