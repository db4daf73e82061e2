"""A server that answers every request with the same bytes, which need not be HTTP."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def raw_server(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, endless: bytes = b""
) -> Iterator[str]:
    """Serve ``body`` with ``status``, or only ``body`` if it is 0, until the block ends. Yield the address.

    ``endless``: sent after the body again and again, slowly.
    """
    ended = threading.Event()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    answer = ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode() + body if status else body

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()) not in {b"\r\n", b""}:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            self.rfile.read(length)
            # The client may have stopped reading.
            with suppress(OSError):
                self.wfile.write(answer)
                while endless and not ended.wait(0.02):
                    self.wfile.write(endless)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ended.set()
            server.shutdown()
