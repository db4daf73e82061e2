"""Blocks of ClickHouse's own protocol, as clickhouse-go, the library of the Collector's exporter, packs them over HTTP.

https://clickhouse.com/docs/native-protocol/basics
"""

import io
import struct

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

_LZ4 = 0x82
_HEAD = struct.Struct("<BII")
"""Method, packed size including this head, plain size."""
_CHECKSUM_BYTES = 16
_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""No overflow, no bucket."""
_WIDTHS = {"UInt8": 1, "UInt16": 2, "UInt32": 4, "UInt64": 8}


def pack(data: bytes) -> bytes:
    """Return one compressed block."""
    packed = lz4.block.compress(data, store_size=False)
    block = _HEAD.pack(_LZ4, _HEAD.size + len(packed), len(data)) + packed
    return _checksum(block) + bytes(block)


def unpack(blocks: bytes) -> bytes:
    """Return the content of compressed blocks. Raises ``ValueError`` if a checksum is wrong."""
    plain, at = b"", 0
    while at < len(blocks):
        start = at + _CHECKSUM_BYTES
        method, size, plain_size = _HEAD.unpack_from(blocks, start)
        block = blocks[start : start + size]
        if method != _LZ4 or _checksum(block) != blocks[at:start]:
            raise ValueError("This is no block that was compressed with LZ4.")
        plain += lz4.block.decompress(block[_HEAD.size :], uncompressed_size=plain_size)
        at = start + size
    return plain


def of_revision(native: bytes) -> bytes:
    """Return the blocks of format Native as a server writes them for a client that names its protocol version.
    Raises ``KeyError`` for types other than text and unsigned numbers: the exporter asks for no others."""
    source, target = io.BytesIO(native), io.BytesIO()
    while source.tell() < len(native):
        columns, rows = _number(source), _number(source)
        target.write(_BLOCK_INFO + _varint(columns) + _varint(rows))
        for _ in range(columns):
            name, kind = _text(source), _text(source)
            # No special serialization.
            target.write(_varint(len(name)) + name + _varint(len(kind)) + kind + b"\0")
            for _ in range(rows):
                if kind == b"String":
                    value = _text(source)
                    target.write(_varint(len(value)) + value)
                else:
                    target.write(source.read(_WIDTHS[kind.decode()]))
    return target.getvalue()


def _checksum(block: bytes) -> bytes:
    number = CityHash128(block)
    return struct.pack("<QQ", number >> 64, number & (2**64 - 1))


def _text(source: io.BytesIO) -> bytes:
    return source.read(_number(source))


def _number(source: io.BytesIO) -> int:
    number = shift = 0
    while True:
        (byte,) = source.read(1)
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
