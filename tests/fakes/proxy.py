"""A proxy that records requests and forwards nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Proxy(NamedTuple):
    """``asked``: request line and ``Authorization`` of every request."""

    url: str
    asked: list[tuple[str, str | None]]

    @property
    def variables(self) -> dict[str, str]:
        """Return environment variables that name the proxy."""
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        return dict.fromkeys(names, self.url)


@contextmanager
def recording_proxy() -> Iterator[Proxy]:
    """Serve until the block ends."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def _refuse(self) -> None:
            asked.append((self.requestline, self.headers["Authorization"]))
            self.close_connection = True
            self.send_response(502)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = _refuse

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Proxy(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
