"""Request bodies: read whole, unpacked, and never larger than the limit, whatever their headers say."""

import zlib

from starlette.requests import Request

MAX_BODY_BYTES = 16 * 1024 * 1024


class BodyError(Exception):
    """The body cannot be read; ``status`` is the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_body(request: Request) -> bytes:
    """The body, with gzip undone. Raises ``BodyError`` for one that is too large, damaged or otherwise encoded."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        raise BodyError(415, f"Content-Encoding {encoding[:40]!r} is not supported: send gzip or none.")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    body = bytearray()
    try:
        async for chunk in request.stream():
            # One byte over the limit is enough to know, and all that a bomb may cost.
            body += unpack.decompress(chunk, MAX_BODY_BYTES + 1 - len(body)) if unpack else chunk
            if len(body) > MAX_BODY_BYTES:
                raise BodyError(413, f"The body is larger than {MAX_BODY_BYTES} bytes: send smaller batches.")
    except zlib.error as error:
        raise BodyError(400, "The body is not valid gzip.") from error
    if unpack and not unpack.eof:
        raise BodyError(400, "The gzip body ends too soon.")
    return bytes(body)
