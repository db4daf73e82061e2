"""Split large protobuf messages into smaller ones, in protobuf's wire format.

A parsed message takes up to sixty times its size in memory: two bytes are enough for an empty message inside another.
Parsed piece by piece, a large message takes no more memory than one piece.
https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from google.protobuf.message import DecodeError

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class TooManyError(Exception):
    """A message has more fields, or repeats more bytes, than can be split."""


class Level(NamedTuple):
    """How to split one type of message, by field numbers. ``head``: what each piece repeats. ``parts``: the messages
    to split further if they are large."""

    head: frozenset[int]
    parts: frozenset[int]


def split(
    message: memoryview, levels: Sequence[Level], size: int, budget: Iterator[object]
) -> Iterator[bytes | memoryview | None]:
    """Yield messages of the same type that together have the content of ``message``, each of at most ``size`` bytes
    besides the heads, and ``None`` for each part of the last level that is larger. ``budget`` yields one item for each
    field that may be read. Raises ``DecodeError`` and ``TooManyError``."""
    if len(message) <= size:
        yield message
        return
    if not levels:
        yield None
        return
    level, *rest = levels
    head, chunks, large = bytearray(), [bytearray()], []
    # The bytes between ``start`` and the current field belong to the last chunk.
    start = stop = 0
    for number, content, end in _fields(message):
        if next(budget, None) is None:
            raise TooManyError
        if number in level.head or end - stop > size:
            chunks[-1] += message[start:stop]
            if number in level.head:
                head += message[stop:end]
            elif number in level.parts:
                large.append((number, message[content:end]))
            start = end
        elif len(chunks[-1]) + end - start > size:
            chunks[-1] += message[start:stop]
            chunks.append(bytearray())
            start = stop
        stop = end
    chunks[-1] += message[start:]
    if len(head) > size:
        raise TooManyError
    for chunk in chunks:
        yield bytes(head + chunk)
    for number, part in large:
        for piece in split(part, rest, size, budget):
            yield None if piece is None else bytes(head) + _varint(number << 3 | _LENGTH) + _varint(len(piece)) + piece


def _fields(message: memoryview) -> Iterator[tuple[int, int, int]]:
    """Yield each field's number and where its content begins and ends. Raises ``DecodeError``."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _read_varint(message, at)
        kind, size = tag & 7, 0
        if kind == _LENGTH:
            size, at = _read_varint(message, at)
        elif kind == _VARINT:
            _, at = _read_varint(message, at)
        elif kind in {_FIXED64, _FIXED32}:
            size = 8 if kind == _FIXED64 else 4
        else:
            raise DecodeError("The message has a field of an unknown kind.")
        if size > end - at:
            raise DecodeError("The message is cut off.")
        yield tag >> 3, at, at + size
        at += size


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the integer that begins at ``at``, and where it ends."""
    value = shift = 0
    for place in range(at, min(at + 10, len(message))):
        byte = message[place]
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place + 1
        shift += 7
    raise DecodeError("The message is cut off.")


def _varint(value: int) -> bytes:
    """Return an integer in protobuf's wire format."""
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
