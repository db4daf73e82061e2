"""Count the objects in a parsed OTLP item: attributes, values, exemplars, events and links, at every depth.

Each takes memory, so the number in one request is limited.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_PARTS: dict[str, Sequence[tuple[str, str]]] = {
    "NumberDataPoint": [("exemplars", "filtered_attributes")],
    "HistogramDataPoint": [("exemplars", "filtered_attributes")],
    "ExponentialHistogramDataPoint": [("exemplars", "filtered_attributes")],
    "SummaryDataPoint": [("quantile_values", "")],
    "Span": [("events", "attributes"), ("links", "attributes")],
}
"""Fields of an item that hold messages other than attributes; and the field of those messages that holds their
attributes."""


def count_held(item: Any) -> int:
    """Return the number of objects in a data point, log record or span."""
    found = count_values(item.attributes)
    name = item.DESCRIPTOR.name
    if name == "LogRecord":
        return found + _count_nested([item.body])
    for field, attributes in _PARTS.get(name, ()):
        parts = getattr(item, field)
        found += len(parts)
        if attributes:
            found += sum(count_values(getattr(part, attributes)) for part in parts)
    return found


def count_values(pairs: Sequence[KeyValue]) -> int:
    """Return the number of attributes and of the values nested in them."""
    # Nearly all values are text, and reading the field is faster than checking which field is set.
    return len(pairs) + _count_nested(pair.value for pair in pairs if not pair.value.string_value)


def _count_nested(values: Iterable[AnyValue]) -> int:
    found = 0
    waiting = [value for value in values if _is_container(value)]
    while waiting:
        value = waiting.pop()
        inner = value.array_value.values or value.kvlist_value.values
        found += len(inner)
        waiting += (
            one for one in (item.value if isinstance(item, KeyValue) else item for item in inner) if _is_container(one)
        )
    return found


def _is_container(value: AnyValue) -> bool:
    return value.HasField("array_value") or value.HasField("kvlist_value")
