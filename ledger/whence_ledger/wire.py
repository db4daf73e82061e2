"""Protobuf's wire format, taken apart one level at a time.

A message that is parsed whole takes up to sixty times its size in memory: two bytes are enough for an empty one inside
another. Taken apart, it takes no more than its largest part, and whoever does it can stop at any part.
https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator

from google.protobuf.message import DecodeError

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """The number and the value of each field: of a varint an integer, else its bytes. Raises ``DecodeError``."""
    at, end = 0, len(message)
    while at < end:
        tag = message[at]
        at += 1
        if tag > 127:
            tag, at = _varint(message, at - 1)
        kind = tag & 7
        if kind == _LENGTH:
            if at >= end:
                raise DecodeError("The message is cut off.")
            size = message[at]
            at += 1
            if size > 127:
                size, at = _varint(message, at - 1)
            if size > end - at:
                raise DecodeError("The message is cut off.")
            yield tag >> 3, message[at : at + size]
            at += size
        elif kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
        elif kind in {_FIXED64, _FIXED32}:
            size = 8 if kind == _FIXED64 else 4
            if size > end - at:
                raise DecodeError("The message is cut off.")
            yield tag >> 3, message[at : at + size]
            at += size
        else:
            raise DecodeError("The message has a field of an unknown kind.")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The integer that begins at ``at``, and where it ends."""
    value = shift = 0
    for place in range(at, min(at + 10, len(message))):
        byte = message[place]
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place + 1
        shift += 7
    raise DecodeError("The message is cut off.")


def parts(message: memoryview, number: int) -> Iterator[memoryview]:
    """The messages in the repeated field of that number."""
    for found, value in fields(message):
        if found == number and not isinstance(value, int):
            yield value
