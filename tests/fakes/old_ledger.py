"""A ledger from before scopes, as far as ``whence classify`` needs one: no scopes, no owners, and fewer columns."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class OldLedger(NamedTuple):
    """``put``: the bodies of ``PUT /api/v1/labels``."""

    url: str
    put: list[dict[str, Any]]


@contextmanager
def old_ledger(*observations: Mapping[str, Any]) -> Iterator[OldLedger]:
    """Serve these observations until the block ends."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/api/v1/observations"
            self._send(200 if found else 404, observations if found else {"error": "Not Found"})

        def do_PUT(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._send(200, {"labels": len(bodies[-1]["labels"])})

        def _send(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield OldLedger(f"http://127.0.0.1:{server.server_port}", bodies)
    finally:
        server.shutdown()
        server.server_close()
