"""Read and decompress request bodies, within a size limit that does not rely on their headers."""

import zlib

from starlette.requests import Request

from whence_ledger.access.gate import MAX_BODY_BYTES
from whence_ledger.ingest.room import Take


class BodyError(Exception):
    """The body cannot be read; ``status`` is the HTTP status to answer with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_body(request: Request, take: Take, limit: int = MAX_BODY_BYTES) -> bytes:
    """Return the decompressed body; ``take`` counts its bytes as they arrive. Raises ``BodyError`` if the body is too
    large, damaged or in another encoding, and ``HTTPException`` if there is no room."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        raise BodyError(415, f"Content-Encoding {encoding[:40]!r} is not supported: send gzip or none.")
    too_large = BodyError(413, f"The body is larger than {limit} bytes: send smaller batches.")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 18 or int(length) > limit:
        raise too_large
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    body, sent = bytearray(), 0
    try:
        async for chunk in request.stream():
            # Empty gzip blocks decompress to nothing, however many there are.
            sent += len(chunk)
            # Stop one byte over the limit, so that a decompression bomb costs no more.
            piece = unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
            if sent > limit or len(body) + len(piece) > limit:
                raise too_large
            take(len(piece))
            body += piece
    except zlib.error as error:
        raise BodyError(400, "The body is not valid gzip.") from error
    if unpack and not unpack.eof:
        raise BodyError(400, "The gzip body ends too soon.")
    return bytes(body)
