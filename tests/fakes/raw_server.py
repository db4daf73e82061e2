"""A server that answers everything with the same bytes, be they HTTP or not."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def raw_server(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, endless: bytes = b""
) -> Iterator[str]:
    """Serve ``body`` with ``status``, or with 0 nothing but ``body``, until the block ends. Gives the address.

    ``endless``: sent after it again and again, slowly.
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
            # Whoever asked may have read enough.
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
